"""The pages: the rooms of a member, and one room."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from django_chat.chat.models import Room


@login_required
def rooms(request: HttpRequest) -> HttpResponse:
    """Show the rooms that one may enter, and those that one may not."""
    all_rooms = Room.objects.all()
    mine = set(all_rooms.filter(members=_user(request)))
    entries = [(room, room in mine) for room in all_rooms]
    return render(request, "chat/rooms.html", {"entries": entries})


@login_required
def room(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a room to whoever is logged in; its WebSocket lets in its members alone."""
    found = get_object_or_404(Room, slug=slug)
    return render(request, "chat/room.html", {"room": found})


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)
    return user
