"""Users and cases; a project of yours asks its database."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends

from messages import Entry


@dataclass
class User:
    id: int
    name: str
    helps: bool = False


@dataclass
class CaseFile:
    owner: int
    entries: list[Entry] = field(default_factory=list[Entry])
    is_closed: bool = False

    def add(self, by: User, text: str) -> Entry:
        number = self.entries[-1].id + 1 if self.entries else 1
        entry = Entry(id=number, by=by.name, text=text)
        self.entries.append(entry)
        return entry

    def take_back(self, by: User, number: int) -> bool:
        """Remove what a user said; whether there was such a thing."""
        for entry in self.entries:
            if entry.id == number and entry.by == by.name:
                self.entries.remove(entry)
                return True
        return False

    def is_open_to(self, user: User) -> bool:
        return user.helps or user.id == self.owner


@dataclass
class Desk:
    users: dict[str, User]
    """By their tokens."""
    cases: dict[int, CaseFile]


DESK = Desk(
    users={
        "token-of-ada": User(1, "ada"),
        "token-of-eve": User(2, "eve"),
        "token-of-grace": User(3, "grace", helps=True),
    },
    cases={1: CaseFile(owner=1), 2: CaseFile(owner=2)},
)


# --8<-- [start:dependency]
async def desk() -> Desk:
    return DESK


DeskDependency = Annotated[Desk, Depends(desk)]
# --8<-- [end:dependency]
