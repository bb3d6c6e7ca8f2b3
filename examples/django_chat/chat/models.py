"""What the database holds: rooms with their members, and messages."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models


class Room(models.Model):
    """Where its members talk."""

    slug: "models.SlugField[str, str]" = models.SlugField(unique=True)
    title: "models.CharField[str, str]" = models.CharField(max_length=80)
    members: "models.ManyToManyField[User, Any]" = models.ManyToManyField(
        User, related_name="rooms"
    )

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title

    @property
    def group(self) -> str:
        """The group of everyone who is connected to the room."""
        return f"room.{self.pk}"


class Message(models.Model):
    """What a member said."""

    room: "models.ForeignKey[Room, Room]" = models.ForeignKey(
        Room, on_delete=models.CASCADE, related_name="messages"
    )
    author: "models.ForeignKey[User, User]" = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="messages"
    )
    text: "models.CharField[str, str]" = models.CharField(max_length=500)
    sent_at: "models.DateTimeField[datetime, datetime]" = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.author}: {self.text}"
