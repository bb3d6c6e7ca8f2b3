# SPDX-License-Identifier: 0BSD
"""What a machine is told of a connection, and what it says of it. All times are seconds."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

Frame: TypeAlias = Any
"""A frame, as JSON is read: an object mostly."""

Ref: TypeAlias = int | str
Verdict: TypeAlias = Literal["never", "refresh", "backoff", "spread"]
"""What follows a close. ``never``: nothing, it is final. ``refresh``: another token, at once.
``backoff``: another attempt, after waits that grow. ``spread``: the same, at a moment that chance
decides, since many were closed at once."""

TokenReason: TypeAlias = Literal["connect", "rejected", "expiring", "unknown"]
"""Why a token is asked for: at first; the server refused the one before; it is about to end; three
attempts in a row failed, and nobody said why."""

Why: TypeAlias = Literal["by_client", "refused", "gave_up"]


@dataclass(frozen=True, slots=True)
class Close:
    """Why a connection ended, and what follows.

    Attributes:
        code: The close code; 1006 if there was none, 4000 plus the status of a refused handshake.
        reason: What the server said.
        verdict: What follows.
        meaning: What the document says of the code; None for nothing.
    """

    code: int
    reason: str
    verdict: Verdict
    meaning: str | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing has begun."""


@dataclass(frozen=True, slots=True)
class Connecting:
    """An attempt is under way.

    Attributes:
        attempt: How many have failed before it, in a row.
    """

    attempt: int


@dataclass(frozen=True, slots=True)
class Open:
    """What is sent goes.

    Attributes:
        first: Whether it is the first time.
    """

    first: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """The next attempt follows.

    Attributes:
        attempt: How many have failed, in a row.
        retry_in: Seconds until then.
        close: Why.
    """

    attempt: int
    retry_in: float
    close: Close


@dataclass(frozen=True, slots=True)
class Closed:
    """It is over.

    Attributes:
        why: Who ended it.
        close: How.
    """

    why: Why
    close: Close


State: TypeAlias = Idle | Connecting | Open | Waiting | Closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the document says of something that a client sends; messages go by their keys.

    Attributes:
        errors: The replies that refuse.
        end: Those that end a stream.
        cancel: The frame that ends it before its time; None if nothing does.
        cancels_by_ref: Whether that carries the id of what it ends.
        idempotent: Whether it may be sent again.
    """

    errors: tuple[str, ...] = ("error",)
    end: tuple[str, ...] = ()
    cancel: Frame | None = None
    cancels_by_ref: bool = False
    idempotent: bool = False


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How to see that a connection is alive.

    Attributes:
        ping: The frame that asks.
        pong: The key of its answer, which nobody else is told of; None if that does not tell it.
        interval: Seconds of silence; None for the client's own.
    """

    ping: Frame
    pong: str | None
    interval: float | None = None


@dataclass(frozen=True, slots=True)
class ServerHeartbeat:
    """How the server sees that a client is there.

    Attributes:
        ping: The key of the message that asks, which nobody else is told of.
        pong: The frame that answers.
    """

    ping: str
    pong: Frame


@dataclass(frozen=True, slots=True)
class Reconnect:
    """How the server says, before it closes, when the client is to come back.

    Attributes:
        key: The key of the message.
        retry_after: Where the seconds stand in it, key by key.
    """

    key: str
    retry_after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """How much may be sent.

    Attributes:
        per_second: Frames, over a longer time.
        burst: Frames that may come at once before that counts.
    """

    per_second: float
    burst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """What the document says of the connection.

    Attributes:
        messages: The keys of what may come unasked.
        complete: The key of the message that says of a request that nothing more comes.
        ready: The key of the message by which a client knows that it can begin.
        ref: Where the id of a request stands, key by key; empty for nowhere.
        is_ref_text: Whether the id has to be a text.
        heartbeat: None if the document describes none.
        server_heartbeat: Likewise.
        reconnect: Likewise.
        max_size: Bytes of a frame in UTF-8; None for no limit.
        rate: None for no limit.
        close_codes: What the document says of codes: the verdict, and the meaning.
    """

    messages: frozenset[str] = frozenset()
    complete: str | None = None
    ready: str | None = None
    ref: tuple[str, ...] = ()
    is_ref_text: bool = False
    heartbeat: Heartbeat | None = None
    server_heartbeat: ServerHeartbeat | None = None
    reconnect: Reconnect | None = None
    max_size: int | None = None
    rate: Rate | None = None
    close_codes: Mapping[int, tuple[Verdict | None, str | None]] = field(
        default_factory=dict[int, tuple[Verdict | None, str | None]]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a user may choose. Times are seconds.

    Attributes:
        open_timeout: For the socket, the ready message and the hook together.
        timeout: For a reply, or the first item of a stream.
        item_timeout: Between two items of a stream; None for endless.
        ping_interval: Of silence, before a ping; None for the document's, else 25.
        pong_timeout: For any frame after a ping.
        send_timeout: How long a socket may take nothing of what is sent.
        max_attempts: Failures in a row before the client gives up; None for endless.
        offline: What becomes of what is sent while there is no connection.
        max_queued: How much is queued at most.
        max_age: How long a message is queued.
        pace: Whether frames are spaced as the document's limits ask.
        resend: Whether idempotent requests are sent again after a loss.
        decide: Chooses another verdict for a close; None leaves it, and so does failing.
    """

    open_timeout: float = 10
    timeout: float = 10
    item_timeout: float | None = None
    ping_interval: float | None = None
    pong_timeout: float = 10
    send_timeout: float = 10
    max_attempts: int | None = None
    offline: Literal["refuse", "queue"] = "refuse"
    max_queued: int = 100
    max_age: float = 30
    pace: bool = True
    resend: bool = False
    decide: Callable[[Close], Verdict | None] | None = None


Failure: TypeAlias = Literal[
    "cancelled",
    "closed",
    "connection_lost",
    "expired",
    "invalid",
    "not_connected",
    "overflow",
    "queue_full",
    "server_error",
    "timeout",
    "too_large",
]


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """Something to send.

    Attributes:
        kind: What is waited for.
        frame: The frame, without an id.
        rules: What the document says of it.
        timeout: Seconds for a reply, or the first item; None for the client's own.
        item_timeout: Seconds between two items; None for the client's own.
        ref: The id that the machine gave it; None before it was sent.
    """

    kind: Literal["send", "request", "stream"]
    frame: Frame
    rules: Rules
    timeout: float | None = None
    item_timeout: float | None = None
    ref: Ref | None = None


AnyCall = TypeVar("AnyCall", bound=Call)


@dataclass(frozen=True, slots=True)
class StateChange:
    """The state is another one."""

    state: State


@dataclass(frozen=True, slots=True)
class NeedToken:
    """The provider is to be asked."""

    reason: TokenReason


@dataclass(frozen=True, slots=True)
class OpenSocket:
    """A socket is to be opened, with the token if there is one."""

    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Drop:
    """The socket is to be given up: nothing that it brings counts any more."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Send:
    """A frame is to be sent; ``text`` is how it is written."""

    frame: Frame
    text: str


@dataclass(frozen=True, slots=True)
class Hook:
    """The connection is ready, and the hook is to run, if there is one."""

    first: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A message came unasked."""

    key: str
    frame: Frame


@dataclass(frozen=True, slots=True)
class UnknownFrame:
    """What came is not a message of the document."""

    frame: Frame
    problem: str


@dataclass(frozen=True, slots=True)
class Report:
    """Something of the user's failed, which changes nothing else."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Item(Generic[AnyCall]):
    """A stream brought something; ``is_end`` says whether it ends it."""

    call: AnyCall
    key: str
    frame: Frame
    is_end: bool


@dataclass(frozen=True, slots=True)
class Settle(Generic[AnyCall]):
    """A call is over.

    Attributes:
        call: Which.
        error: Why it failed; None if it did not.
        sent: Of a request that failed: whether the server may have done what was asked.
        amount: The bytes that are too many, or the seconds that have passed.
        key: The key of the message that answered.
        frame: What answered.
        close: Why the connection ended, where that is the reason.
    """

    call: AnyCall
    error: Failure | None
    sent: bool
    amount: float = 0
    key: str = ""
    frame: Frame = None
    close: Close | None = None


Effect: TypeAlias = (
    StateChange
    | NeedToken
    | OpenSocket
    | Drop
    | Send
    | Hook
    | Message
    | UnknownFrame
    | Report
    | Item[AnyCall]
    | Settle[AnyCall]
)

_VERDICTS: Final[Mapping[int, Verdict]] = {
    1000: "never",
    1001: "spread",
    1002: "never",
    1003: "never",
    1007: "never",
    1008: "refresh",
    1010: "never",
    1012: "spread",
    1013: "spread",
    4401: "refresh",
    4408: "backoff",
    4413: "backoff",
    4425: "backoff",
    4429: "spread",
}


def verdict_of(code: int) -> Verdict:
    """Return what follows a close code of which the document says nothing (R6).

    Args:
        code: The code.
    """
    if code in _VERDICTS:
        return _VERDICTS[code]
    if 4400 <= code < 4500:
        return "never"
    return "spread" if 4500 <= code < 4600 else "backoff"


_HINT: Final = re.compile(r"Retry in ([0-9]+\.[0-9]) s\.\Z")


def hint_of(reason: str) -> float:
    """Return the seconds after which a reason wants the client back; 0 if it says nothing (R27).

    Args:
        reason: The reason of a close.
    """
    found = _HINT.search(reason)
    return float(found[1]) if found else 0.0


__all__ = [
    "AnyCall",
    "Behaviour",
    "Call",
    "Close",
    "Closed",
    "Connecting",
    "Drop",
    "Effect",
    "Failure",
    "Frame",
    "Heartbeat",
    "Hook",
    "Idle",
    "Item",
    "Message",
    "NeedToken",
    "Open",
    "OpenSocket",
    "Protocol",
    "Rate",
    "Reconnect",
    "Ref",
    "Report",
    "Rules",
    "Send",
    "ServerHeartbeat",
    "Settle",
    "State",
    "StateChange",
    "TokenReason",
    "UnknownFrame",
    "Verdict",
    "Waiting",
    "Why",
    "hint_of",
    "verdict_of",
]
