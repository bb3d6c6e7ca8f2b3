"""Who comes into the Django chat, of which the database knows."""

from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.core.management import call_command

from chanx.testing.conformance import Hooks, Opening, Place


def session_of(user: User) -> str:
    """Return the key of a session in which a user is logged in."""
    engine: Any = import_module(settings.SESSION_ENGINE)
    session = engine.SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    key: str = session.session_key
    return key


class ChatHooks(Hooks):
    """Ada and Grace in the lobby."""

    def __init__(self) -> None:
        call_command("migrate", verbosity=0)
        call_command("seed")

    async def credentials(self, place: Place, member: int) -> str | None:
        """Return the token or a session of a member."""
        from rest_framework.authtoken.models import Token  # needs Django to be set up

        user = await User.objects.aget(username=["ada", "grace"][member])
        if place.kind == "cookie":
            return await sync_to_async(session_of)(user)
        token = await Token.objects.aget(user=user)
        return token.key

    async def prepare(self, connection: Opening) -> None:
        """Go to the lobby."""
        connection.parameters["slug"] = "lobby"
