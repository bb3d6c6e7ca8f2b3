# SPDX-License-Identifier: 0BSD
"""What every client has."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, TypeVar, cast
from weakref import WeakSet

from .address import Address
from .behaviour import Behaviour
from .channel import Channel
from .connection import Connection, own
from .effects import reportable
from .errors import ConnectionClosed
from .items import Items
from .options import Options, TokenProvider
from .states import Closed, Open, State

Ready = TypeVar("Ready")
Pushed = TypeVar("Pushed")

_MAX_BUFFERED: Final = 1024
_MAX_FRAME: Final = 4 * 1024 * 1024
_MAX_REASON: Final = 123  # RFC 6455, 5.5: what a control frame has room for


@dataclass(frozen=True, slots=True)
class Unknown:
    """A frame that is not a message of the document, or a wrong one.

    Attributes:
        raw: The frame, as JSON is read; the text where it is not JSON, None where it is bytes.
        problem: What is wrong with it.
    """

    raw: Any
    problem: str


class Client(Generic[Ready, Pushed]):
    """A connection to a channel, kept through losses.

    Args:
        channel: What the document says of it.
        server: A URL; None for the document's first.
        parameters: What the address needs.
        query: What the query says.
        headers: What headers say.
        cookies: What cookies say.
        token: A token, or who has them.
        on_connect: Runs on each connection before it is open; failing drops the connection.
        options: The rest.

    Raises:
        ValueError: If there is no server, or it is not a URL.
    """

    def __init__(
        self,
        channel: Channel,
        server: str | None,
        *,
        parameters: Mapping[str, Any],
        query: Mapping[str, Any],
        headers: Mapping[str, Any],
        cookies: Mapping[str, Any],
        token: str | TokenProvider | None,
        on_connect: Callable[[Any, bool], Awaitable[None]] | None,
        options: Options,
    ) -> None:
        given = {
            key: value
            for key, value in options.items()
            if key in Behaviour.__annotations__
        }
        if server is None and not channel.servers:
            raise ValueError(
                "The document names no server: say server=, as wss://example.com."
            )
        self._channel = channel
        self._on_connect = on_connect
        self._on_error = options.get("on_error")
        self._is_lazy = options.get("lazy", False)
        self._max_buffered = options.get("max_buffered", _MAX_BUFFERED)
        self._ready: Ready | None = None
        self._handlers: dict[type[Any], list[Callable[[Any], object]]] = {}
        # Weakly: `async for` tells no iterator that it was left. What nobody holds is forgotten.
        self._messages: WeakSet[Items[Any]] = WeakSet()
        self._states: WeakSet[Items[State]] = WeakSet()
        self._settled = asyncio.Event()  # open once, or closed
        self._address = Address(
            server=server or channel.servers[0],
            path=channel.path,
            parameters=parameters,
            query=query,
            headers=headers,
            cookies=cookies,
            credentials=channel.credentials,
        )
        self._connection = Connection(
            channel.protocol,
            Behaviour(**cast(Any, given)),
            self._address,
            self,
            token=token,
            has_hook=on_connect is not None,
            headers=options.get("extra_headers", {}),
            subprotocols=options.get("subprotocols", ()),
            max_frame=options.get("max_frame", _MAX_FRAME),
            socket_options=options.get("socket_options", {}),
        )

    def __repr__(self) -> str:
        state = type(self.state).__name__.lower()
        return f"<{type(self).__name__} {self._address} {state}>"

    async def __aenter__(self) -> "Client[Ready, Pushed]":
        """Connect, and wait until the client is open for the first time.

        Raises:
            ConnectionClosed: If that will not be.
        """
        if not self._is_lazy:
            # Nobody leaves a block that was not entered: from here on this closes what it began.
            self.connect()
            try:
                await self.opened()
            except BaseException:
                await self.close()
                raise
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Close for good."""
        await self.close()

    @property
    def state(self) -> State:
        """Where the client stands."""
        return self._connection.state

    @property
    def ready(self) -> Ready:
        """The ready message of the latest connection.

        Raises:
            RuntimeError: If none came yet.
        """
        if self._ready is None:
            raise RuntimeError(
                "There is no ready message: the document has none, or the client was not open yet."
            )
        return self._ready

    async def opened(self) -> None:
        """Wait until the client has been open.

        Raises:
            ConnectionClosed: If it will not be.
        """
        await self._settled.wait()
        if isinstance(self.state, Closed):
            raise ConnectionClosed(self.state.close)

    def connect(self) -> None:
        """Connect, where ``lazy`` has kept the client from that."""
        self._connection.connect()

    def wake(self) -> None:
        """Wait no longer before the next attempt; ask whether the connection is alive."""
        self._connection.wake()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close for good, and wait until nothing is left.

        Args:
            code: 1000, or 3000 to 4999.
            reason: What the server is told.

        Raises:
            ValueError: If no client may close with the code, or the reason is over 123 bytes.
        """
        if len(reason.encode()) > _MAX_REASON:
            raise ValueError(f"A reason has {_MAX_REASON} bytes of UTF-8 at most.")
        if code != 1000 and not 3000 <= code <= 4999:
            raise ValueError(
                f"A client closes with 1000, or 3000 to 4999, not with {code}."
            )
        await self._connection.close(code, reason)

    async def refresh_token(self) -> str | None:
        """Ask the provider for another token, for the next connection and for the caller."""
        return await self._connection.refresh()

    def messages(self) -> Items[Pushed | Unknown]:
        """Return the messages that come from now on, without replies.

        The iterator ends when the client is closed, and raises ``Overflow`` when too many wait.
        """
        items: Items[Pushed | Unknown] = Items(self._max_buffered)
        self._keep(self._messages, items)
        return items

    def states(self) -> Items[State]:
        """Return the present state, and those that follow; the iterator ends with ``Closed``."""
        items: Items[State] = Items(self._max_buffered)
        items.put(self.state)
        self._keep(self._states, items)
        return items

    def _keep(self, kept: "WeakSet[Items[Any]]", items: Items[Any]) -> None:
        if isinstance(self.state, Closed):
            items.end()
        else:
            kept.add(items)

    def _on(self, message: type[Any], handler: Callable[[Any], object] | None) -> Any:
        """Have something called with messages of a type; without it, return a decorator."""
        if not isinstance(message, type):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"on() takes a class of this client's models, not {message!r}."
            )
        if handler is None:

            def decorate(decorated: Callable[[Any], object]) -> Callable[[Any], object]:
                self._on(message, decorated)
                return decorated

            return decorate
        handlers: list[Callable[[Any], object]] = self._handlers.setdefault(message, [])
        handlers.append(handler)

        def forget() -> None:
            if handler in handlers:
                handlers.remove(handler)

        return forget

    # What a connection tells.

    def identify(self, frame: Any) -> tuple[str, Any, str | None]:
        """Return the key of a frame's message, what it is, and what is wrong with it."""
        return self._channel.identify(frame)

    def became(self, state: State) -> None:
        """Take a state."""
        if isinstance(state, Open | Closed):
            self._settled.set()
        for items in [*self._states]:
            items.put(state)
        # After the state was put: `Closed` is the last that an iterator of states has.
        if isinstance(state, Closed):
            for ending in [*self._states, *self._messages]:
                ending.end()

    def received(self, key: str, message: Any) -> None:
        """Take a message that nobody asked for."""
        if key == self._channel.protocol.ready:
            self._ready = message
        self._tell(message)

    def unknown(self, raw: Any, problem: str) -> None:
        """Take what is not a message of the document."""
        self._tell(Unknown(raw, problem))

    async def connected(self, first: bool) -> None:
        """Run the hook."""
        if self._on_connect is not None:
            await self._on_connect(self, first)

    def failed(self, error: Exception) -> None:
        """Take what a handler, a hook or another function of the user's raised."""
        if self._on_error is not None:
            try:
                return self._on_error(error)
            except (Exception, asyncio.CancelledError) as another:  # nor is this
                error = reportable(another)
        logging.getLogger(__name__).error("%r: something failed", self, exc_info=error)
        return None

    def _tell(self, message: Any) -> None:
        # A handler may add and remove some, also itself.
        for handler in [*self._handlers.get(message.__class__, ())]:
            try:
                made = handler(message)
            except (Exception, asyncio.CancelledError) as error:  # it is not our code
                self.failed(reportable(error))
                continue
            if inspect.isawaitable(made):
                task = self._connection.start(self._finish(made))
                # Closing may cancel it before it begins, and what it was to wait for would be told
                # of as never awaited. Closing a coroutine that has ended does nothing.
                if inspect.iscoroutine(made):
                    task.add_done_callback(partial(_close, made))
        for items in [*self._messages]:
            items.put(message)

    async def _finish(self, made: Awaitable[Any]) -> None:
        try:
            await own(made)
        except Exception as error:  # it is not our code
            self.failed(error)


def _close(coroutine: Coroutine[Any, Any, Any], task: asyncio.Task[None]) -> None:
    coroutine.close()


__all__ = ["Client", "Unknown"]
