"""``manage.py seed``: two users and three rooms to begin with."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from rest_framework.authtoken.models import Token

from django_chat.chat.models import Message, Room

ROOMS = {
    "lobby": ("Lobby", ["ada", "grace"]),
    "attic": ("Attic", ["ada"]),
    "den": ("Den", ["grace"]),
}


class Command(BaseCommand):
    """Makes the users ada and grace, with their names as passwords, and their rooms.

    What exists already stays as it is.
    """

    help = "Makes two users, ada and grace, and three rooms."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing, and tell how to log in."""
        users = {name: self._user(name) for name in ("ada", "grace")}
        for slug, (title, members) in ROOMS.items():
            room, is_new = Room.objects.get_or_create(slug=slug, defaults={"title": title})
            if is_new:
                room.members.set(users[name] for name in members)
                text = f"Welcome to the {title.lower()}."
                Message.objects.create(room=room, author=users[members[0]], text=text)

    def _user(self, name: str) -> User:
        user = User.objects.filter(username=name).first()
        if user is None:
            is_ada = name == "ada"
            user = User.objects.create_user(
                name, password=name, is_staff=is_ada, is_superuser=is_ada
            )
        token, _ = Token.objects.get_or_create(user=user)
        self.stdout.write(f"user {name}, password {name}, token {token}")
        return user
