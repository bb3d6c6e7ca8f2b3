"""Cases, and who may see them."""

from django.conf import settings
from django.db import models


class Case(models.Model):
    """What a customer needs help with."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="cases")
    title = models.CharField(max_length=100)
