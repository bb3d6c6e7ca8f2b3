"""What each tenant has in a schema of its own."""

from django.db import models


class Entry(models.Model):
    """What somebody said."""

    text = models.CharField(max_length=500)
