"""The chat in Django's admin."""

from typing import TYPE_CHECKING

from django.contrib import admin

from django_chat.chat.models import Message, Room

if TYPE_CHECKING:
    # Generic in the stubs only.
    RoomOptions = admin.ModelAdmin[Room]
    MessageOptions = admin.ModelAdmin[Message]
else:
    RoomOptions = MessageOptions = admin.ModelAdmin


@admin.register(Room)
class RoomAdmin(RoomOptions):
    """Rooms, and who may enter them."""

    list_display = ("title", "slug")
    fields = ("title", "slug", "members")
    filter_horizontal = ("members",)
    prepopulated_fields = {"slug": ("title",)}  # noqa: RUF012 - as Django's admin declares it


@admin.register(Message)
class MessageAdmin(MessageOptions):
    """Messages, by room and author."""

    list_display = ("text", "author", "room", "sent_at")
    list_filter = ("room", "author")
    list_select_related = ("room", "author")
