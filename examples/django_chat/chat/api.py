"""The HTTP API, by session or token."""

from typing import Any

from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, DateTimeField, IntegerField, Serializer

from django_chat.chat.consumer import post_message
from django_chat.chat.models import Message, Room
from django_chat.chat.permissions import IsMember


class MessageSerializer(Serializer[Any]):
    """A message: its text is given, the rest is known."""

    id = IntegerField(read_only=True)
    author = CharField(source="author.username", read_only=True)
    text = CharField(max_length=500)
    sent_at = DateTimeField(read_only=True)


class RoomMessages(GenericAPIView[Any]):
    """A room's messages, for its members."""

    queryset = Room.objects.all()
    lookup_field = "slug"
    permission_classes = (IsAuthenticated, IsMember)
    serializer_class = MessageSerializer

    def get(self, request: Request, **kwargs: Any) -> Response:
        """Return the messages, oldest first."""
        room: Room = self.get_object()
        messages: Any = Message.objects.filter(room=room).select_related("author")
        serializer: Any = MessageSerializer(messages, many=True)
        return Response(serializer.data)

    def post(self, request: Request, **kwargs: Any) -> Response:
        """Say something: it is stored, and everyone who is connected hears it."""
        room: Room = self.get_object()
        author: Any = request.user  # a User, as the permissions see to
        serializer: Any = MessageSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.instance = post_message(room, author, serializer.validated_data["text"])
        return Response(serializer.data, status=201)
