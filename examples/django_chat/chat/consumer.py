"""The WebSocket of a room, and how a message gets into the database and to everyone."""

from django.contrib.auth.models import User
from django.db import transaction
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.permissions import IsAuthenticated

from chanx.core.authenticator import Credential
from chanx.core.limits import Limits
from chanx.ext.channels import (
    AsyncJsonWebsocketConsumer,
    channel,
    event_handler,
    ws_handler,
)
from chanx.ext.channels.authenticator import DjangoAuthenticator
from chanx.messages import PingMessage, PongMessage
from django_chat.chat.messages import (
    ChatMessage,
    IsTyping,
    Posted,
    Said,
    Say,
    Typing,
    Welcome,
    WelcomePayload,
)
from django_chat.chat.models import Message, Room
from django_chat.chat.permissions import IsMember

HISTORY = 50


class RoomAuthenticator(DjangoAuthenticator):
    """Lets the members of a room in: by session as the page, by token as other clients."""

    # The first one says how to answer strangers: with 401, as tokens have a challenge.
    authentication_classes = (TokenAuthentication, SessionAuthentication)
    permission_classes = (IsAuthenticated, IsMember)
    queryset = Room.objects.all()
    lookup_field = "slug"
    token_locations = (Credential("token", "subprotocol", "For pages of other sites."),)


@channel(name="room", tags=["chat"])
class RoomConsumer(AsyncJsonWebsocketConsumer[Posted]):
    """One member in one room.

    A `welcome` comes first, with the latest messages. What a member says is stored; everyone in the
    room hears it once it is, its author too.
    """

    authenticator_class = RoomAuthenticator
    emits = (IsTyping,)
    ready_message = Welcome
    limits = Limits(max_message_size=16 * 1024, max_messages_per_second=10, max_burst=40)

    @property
    def room(self) -> Room:
        """The room, as the authenticator found it."""
        assert isinstance(self.authenticator, RoomAuthenticator)
        room: Room = self.authenticator.obj
        return room

    async def connect(self) -> None:
        """Hear what is said in the room."""
        self.groups = [self.room.group]

    async def on_layer_gap(self, seconds: float) -> None:
        """Tell anew what was said, since some of it may not have come."""
        await self.post_authentication()

    async def post_authentication(self) -> None:
        """Tell the newcomer what was said before."""
        latest = Message.objects.filter(room=self.room).select_related("author").order_by("-pk")
        history = [ChatMessage.of(message) async for message in latest[:HISTORY]]
        await self.send_message(
            Welcome(
                payload=WelcomePayload(
                    you=self.user.username, room=self.room.title, history=history[::-1]
                )
            )
        )

    @ws_handler(permission_classes=[IsMember])
    def say(self, message: Say) -> None:
        """Store a message; it comes back as `said`, to everyone in the room.

        Who is not a member any more is told so, and stored is nothing.
        """
        post_message(self.room, self.user, message.payload)

    @ws_handler(idempotent=True)
    async def typing(self, message: Typing) -> None:
        """Tell the others that one is writing."""
        typing = IsTyping(payload=self.user.username)
        await self.broadcast_message(typing, exclude_current=True)

    @ws_handler(heartbeat=20)
    async def ping(self, message: PingMessage) -> PongMessage:
        """Answer, so that the page knows that the connection is alive."""
        return PongMessage()

    @event_handler
    async def posted(self, event: Posted) -> Said:
        """Tell the page of a message that was committed, wherever it came from."""
        return Said(payload=event.payload)


def post_message(room: Room, author: User, text: str) -> Message:
    """Store a message, and tell the room once it is committed.

    Args:
        room: The room.
        author: A member of it.
        text: At most 500 characters.
    """
    with transaction.atomic():
        message = Message.objects.create(room=room, author=author, text=text)
        posted = Posted(payload=ChatMessage.of(message))
        # Not before: who hears of it may ask the database for it at once.
        RoomConsumer.broadcast_event_on_commit(posted, [room.group])
    return message
