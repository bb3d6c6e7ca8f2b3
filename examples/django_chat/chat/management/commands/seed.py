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
        user, is_new = User.objects.get_or_create(
            username=name, defaults={"is_staff": name == "ada", "is_superuser": name == "ada"}
        )
        if is_new:
            user.set_password(name)
            user.save()
        token, _ = Token.objects.get_or_create(user=user)
        self.stdout.write(f"user {name}, password {name}, token {token}")
        return user
