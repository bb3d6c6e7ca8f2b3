"""Who may do what: the same for the API and for the WebSocket."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from django_chat.chat.models import Room


class IsMember(BasePermission):
    """Permits a room to its members."""

    message = "Only its members may enter this room."

    def has_object_permission(self, request: Request, view: Any, obj: Room) -> bool:
        """Return whether the user is a member."""
        return obj.members.filter(pk=request.user.pk).exists()
