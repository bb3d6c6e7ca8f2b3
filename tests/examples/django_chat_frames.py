"""Two members talk in the Django chat; every frame is held against the project's document.

A program of its own, since Django is configured once in a process. It prints the actions of the
frames that crossed, as JSON: what clients sent, and what the server sent.
"""

import asyncio
import json
import sys

import django
from django.core.management import call_command

django.setup()

from rest_framework.authtoken.models import Token  # noqa: E402 - needs Django to be set up

from chanx.ext.channels.testing import DjangoWebsocketCommunicator  # noqa: E402
from chanx.ext.channels.views import generate_asyncapi_schema  # noqa: E402
from chanx.messages import ErrorMessage, PingMessage, PongMessage  # noqa: E402
from django_chat.asgi import application  # noqa: E402
from django_chat.chat.consumer import RoomConsumer  # noqa: E402
from django_chat.chat.messages import IsTyping, Said, Say, Typing, Welcome  # noqa: E402
from tests.examples.truth import Truth  # noqa: E402


def member(truth: Truth, name: str) -> DjangoWebsocketCommunicator:
    """Return a client of the lobby that sends a user's token."""
    token = Token.objects.get(user__username=name)
    return DjangoWebsocketCommunicator(
        truth,
        "/ws/rooms/lobby/",
        headers=[(b"authorization", f"Token {token}".encode())],
        consumer=RoomConsumer,
    )


async def talk(ada: DjangoWebsocketCommunicator, grace: DjangoWebsocketCommunicator) -> None:
    """Use all that the chat can do, and some that it cannot."""
    async with ada, grace:
        for client in (ada, grace):
            await client.wait_for_auth()
            await client.expect(Welcome)
        await ada.send_message(Say(payload="Hello."))
        await ada.expect(Said)
        await grace.expect(Said)
        await grace.send_message(Typing())
        await ada.expect(IsTyping)
        await ada.request(PingMessage(), expect=PongMessage)
        await ada.send_json({"action": "say", "payload": ""})
        await ada.expect(ErrorMessage)
        await ada.send_json({"action": "shout"})
        await ada.expect(ErrorMessage)


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("seed", stdout=sys.stderr)
    truth = Truth(application, generate_asyncapi_schema())
    asyncio.run(talk(member(truth, "ada"), member(truth, "grace")))
    truth.check()
    crossed = {
        "received": [frame for connection in truth.connections for frame in connection.received],
        "sent": [frame for connection in truth.connections for frame in connection.sent],
    }
    print(json.dumps({way: sorted({f["action"] for f in crossed[way]}) for way in crossed}))


if __name__ == "__main__":
    main()
