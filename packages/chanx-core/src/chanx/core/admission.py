"""How many connections a process serves: in all, of an address, of a user, and in handshakes."""

from collections import Counter
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock
from typing import Any, Final

from chanx.core.asgi import Scope
from chanx.core.close_codes import close_code_for
from chanx.core.errors import RefuseConnection
from chanx.core.limits import Limits
from chanx.core.runtime import Runtime

_Key = tuple[str, object]


class Places:
    """How many places of each kind are taken in the process, by all of its event loops."""

    def __init__(self) -> None:
        self._taken: Counter[_Key] = Counter()
        # One table for all event loops of the process, which run in threads of their own.
        self._lock = Lock()

    def take(self, key: _Key, most: int) -> bool:
        """Take a place, and return whether there was one.

        Args:
            key: The kind, and whose it is.
            most: How many there are.
        """
        with self._lock:
            # Counter returns 0 for what is missing, and does not keep it.
            if self._taken[key] >= most:
                return False
            self._taken[key] += 1
            return True

    def give(self, key: _Key) -> None:
        """Give a place back."""
        with self._lock:
            self._taken[key] -= 1
            # Or each address that ever came would keep an entry.
            if self._taken[key] <= 0:
                del self._taken[key]

    def __len__(self) -> int:
        """Return how many keys have places taken."""
        return len(self._taken)


PLACES: Final = Places()
"""Those of the process."""


class Admission:
    """The places that one connection takes.

    Connections count where their consumer has the limit, all of the process together.

    Args:
        runtime: How many places there are, and when those come back that find none.
        address: Where the client is; None if that is not known, and nothing is counted by it.
    """

    __slots__ = ("_address", "_held", "_limits", "_runtime")

    def __init__(self, runtime: Runtime, address: str | None) -> None:
        self._runtime = runtime
        self._limits = runtime.limits
        self._address = address
        self._held: list[_Key] = []

    @staticmethod
    def is_needed(limits: Limits) -> bool:
        """Return whether limits have any of the caps that are kept here.

        Args:
            limits: The limits.
        """
        # A chain of `is`: true where all four are None. Zero, which would be falsy, is refused by
        # Limits.
        return not (
            limits.max_connections
            is limits.max_connections_per_address
            is limits.max_connections_per_user
            is limits.max_handshakes_per_address
            is None
        )

    def enter(self) -> None:
        """Take the places of a connection that begins, before anything is asked about it.

        Raises:
            RefuseConnection: If there is none; with 503 for all, with 429 for the address.
        """
        limits, address = self._limits, self._address
        # In this order: where the process is full nobody's address matters, and 503 tells the
        # client that it did nothing wrong. What was taken before one is missing, leave() gives
        # back.
        self._take("process", None, limits.max_connections, 503)
        if address is not None:
            self._take("address", address, limits.max_connections_per_address)
            self._take("handshake", address, limits.max_handshakes_per_address)

    def end_handshake(self) -> None:
        """Give back the place of a handshake, once it is decided."""
        key = "handshake", self._address
        # It has none where that limit is not set.
        if key in self._held:
            self._held.remove(key)
            PLACES.give(key)

    def enter_user(self, user_id: object) -> None:
        """Take the place of a user's connection, once it is known whose it is; one is taken once.

        Args:
            user_id: Whose; None for nobody yet, who is not counted.

        Raises:
            RefuseConnection: If there is none, with 429.
        """
        # Called up to three times in a handshake, as user, dependency and connect() come to know
        # who it is; the first one counts.
        if user_id is not None and not any(kind == "user" for kind, _ in self._held):
            self._take("user", str(user_id), self._limits.max_connections_per_user)

    def leave(self) -> None:
        """Give everything back, at the connection's end."""
        while self._held:
            PLACES.give(self._held.pop())

    def _take(self, kind: str, whose: object, most: int | None, status: int = 429) -> None:
        if most is None:
            return
        key = kind, whose
        if not PLACES.take(key, most):
            # Another moment for each client, at random: those who find a full process come back at
            # once together.
            retry_after = self._runtime.retry_after(close_code_for(status))
            raise RefuseConnection(status, _WORDS[kind].format(most), retry_after=retry_after)
        self._held.append(key)


_WORDS: Final = {
    "process": "No further connection fits on the server: it serves {}.",
    "address": "This address may have no further connection: it has {}.",
    "handshake": "This address may have no further handshake under way: it has {}.",
    "user": "This user may have no further connection: it has {}.",
}


def address_of(scope: Scope, header: str | None) -> str | None:
    """Return where a client is, as far as it is counted by that.

    Args:
        scope: The ASGI connection scope.
        header: The header in which a trusted proxy says so; its last address counts, which is the
            one that the proxy saw itself. None for the address from which the connection comes.

    Returns:
        The address; of IPv6 the network of 64 bits that one client has for itself; None if there
        is none, or no address of the Internet's protocols.

    Example:
        >>> address_of({"client": ("2001:db8::1", 5000), "headers": []}, None)
        '2001:db8::/64'
    """
    client: Any = scope.get("client")
    said: str | None = client[0] if client else None
    if header is not None:
        name = header.lower().encode()
        # ASGI has names in lower case. Several headers of one name count as one list (RFC 9110,
        # 5.3), whose end stands in the last of them.
        values = [value for key, value in scope["headers"] if key == name]
        # What stands before the last comma came from the client, who may write anything there.
        # Without the header, the connection did not come through the proxy, and counts by its own
        # address.
        said = values[-1].decode("latin-1").rpartition(",")[2].strip() if values else said
    try:
        address = ip_address(said or "")
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        # A socket that listens on both protocols names IPv4 clients so; they would all be one
        # network of 64 bits.
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address.packed, 64), strict=False))
    return str(address)


def user_id_of(user: Any) -> str | None:
    """Return what a user is known by in every process; None for nobody, as for anonymous users.

    Args:
        user: An object with a primary key ``pk`` or an ``id``, or what stands for one: a text or a
            whole number.

    Example:
        >>> user_id_of(7), user_id_of("ada"), user_id_of(None)
        ('7', 'ada', None)
    """
    # Django's AnonymousUser, which has a pk of None anyway, and whatever stands for it elsewhere.
    if user is None or getattr(user, "is_anonymous", False):
        return None
    known = getattr(user, "pk", None)
    # `is None` and not truth: 0 is a key.
    known = getattr(user, "id", None) if known is None else known
    if known is None and isinstance(user, str | int):
        known = user
    # As text, since a UUID, a number and the text that a layer carried are to mean the same user.
    return None if known is None else str(known)


__all__ = ["PLACES", "Admission", "Places", "address_of", "user_id_of"]
