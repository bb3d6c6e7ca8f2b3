"""Cases, what was said in them, and who may see them."""

from django.conf import settings
from django.db import models


class Case(models.Model):
    """What a customer needs help with."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="cases")
    title = models.CharField(max_length=100)
    is_closed = models.BooleanField(default=False)

    @property
    def group(self) -> str:
        """The group of those who have it open."""
        return f"case {self.pk}"


class Entry(models.Model):
    """What somebody said."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="entries")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    text = models.CharField(max_length=500)
