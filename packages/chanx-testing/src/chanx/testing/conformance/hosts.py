"""Where a server is reached: in this process, as whatever drives an application by ASGI does."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any, ClassVar, Final, Protocol

from chanx.core.asgi import ASGIApplication, Event
from chanx.testing.conformance.opening import Opening
from chanx.testing.conformance.scripts import Frame
from chanx.testing.driver import Close
from chanx.testing.frames import FrameClient

_ENOUGH: Final = 1_000
"""Frames after one step; a stream that has no end has shown what it is by then."""


class Connection(Protocol):
    """One connection to a server, of which only frames are known."""

    @property
    def closed(self) -> Close | None:
        """How the server closed it, or the HTTP status of a refusal; None while it is open."""
        ...

    @property
    def is_denied(self) -> bool:
        """Whether the handshake was refused by HTTP."""
        ...

    async def send(self, frame: Frame) -> None:
        """Send a frame."""
        ...

    async def first(self, timeout: float) -> Frame | None:
        """Return the next frame; None if there is none in so many seconds."""
        ...

    async def rest(
        self, timeout: float, until: Callable[[list[Frame]], bool] | None = None
    ) -> tuple[list[Frame], bool]:
        """Return all frames until no more come, and whether the server has come to rest.

        Args:
            timeout: Seconds to wait at most.
            until: Whether frames are all that is to come; None if nothing tells.
        """
        ...

    def taken(self) -> list[Frame]:
        """Return the frames that have come, without waiting."""
        ...

    async def close(self) -> None:
        """Close it."""
        ...


class Host(Protocol):
    """A server.

    Attributes:
        frames_for_step: How many frames a step may take, as limits count them.
    """

    frames_for_step: ClassVar[int]

    def running(self) -> Any:
        """Return an asynchronous context in which it can be connected to."""
        ...

    async def connect(self, opening: Opening, timeout: float) -> Connection:
        """Connect.

        Args:
            opening: What the handshake says.
            timeout: Seconds to wait for the server's answer.
        """
        ...

    def errors(self) -> list[str]:
        """Return what has failed since this was last asked, as far as one can see it."""
        ...

    def silent(self) -> AbstractContextManager[None]:
        """Return a context in which nobody else hears of errors: they come again and again."""
        ...


class InProcess:
    """An ASGI application, driven without a socket, with its lifespan.

    Args:
        application: The application.
    """

    frames_for_step: ClassVar[int] = 2

    def __init__(self, application: ASGIApplication) -> None:
        self.application = application
        self._log = _ErrorLog()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Run the application's lifespan (ASGI 3, lifespan 2.0), if it has one."""
        with self._log.listening():
            async with _lifespan(self.application):
                yield

    async def connect(self, opening: Opening, timeout: float) -> "_Driven":
        """Connect, and wait until the consumer has done what it does at first."""
        headers = [(name.lower().encode(), value.encode()) for name, value in opening.all_headers]
        client = FrameClient(self.application, opening.path, headers, opening.subprotocols)
        connection = _Driven(client, self._log)
        await connection.begin(timeout)
        return connection

    def errors(self) -> list[str]:
        """Return what was logged as an error or raised since this was last asked."""
        return self._log.taken()

    @contextmanager
    def silent(self) -> Generator[None]:
        """Have what is logged reach nobody else."""
        root = logging.getLogger()
        others = root.handlers
        # By the list itself, since handlers of the project, and pytest's, stand there by any class
        # and level.
        root.handlers = [*filter(lambda handler: handler is self._log, others)]
        try:
            yield
        finally:
            root.handlers = others


class _ErrorLog(logging.Handler):
    def __init__(self) -> None:
        # What chanx and frameworks log as an error is what failed; warnings are of clients that do
        # wrong.
        super().__init__(logging.ERROR)
        self._kept = list[str]()

    def emit(self, record: logging.LogRecord) -> None:
        raised = record.exc_info[1] if record.exc_info else None
        cause = f"{type(raised).__name__}: {raised}" if raised is not None else "an error"
        self._kept.append(f"{cause} is logged ({record.name}: {record.getMessage()})")

    def raised(self, error: BaseException) -> None:
        self._kept.append(f"{type(error).__name__}: {error} is raised")

    def taken(self) -> list[str]:
        kept, self._kept = self._kept, []
        return kept

    @contextmanager
    def listening(self) -> Generator[None]:
        root = logging.getLogger()
        root.addHandler(self)
        try:
            yield
        finally:
            root.removeHandler(self)


class _Driven:
    """A connection of a client that drives the application."""

    def __init__(self, client: FrameClient, log: _ErrorLog) -> None:
        self._client = client
        self._log = log
        self._is_broken = False

    @property
    def closed(self) -> Close | None:
        code = self._client.close_code
        if code is None:
            return Close(1006, "the application has ended") if self._is_broken else None
        return Close(code, self._client.close_reason or "")

    @property
    def is_denied(self) -> bool:
        return self._client.denial is not None

    async def begin(self, timeout: float) -> None:
        try:
            # It waits for groups and post_authentication() as well, so that nothing of them is
            # taken for an answer.
            await self._client.connect(timeout)
        except TimeoutError:
            self._is_broken = True
        # Whatever an application raises is what is looked for.
        except Exception as error:  # noqa: BLE001 - what an application raises is what is looked for
            self._broken(error)

    async def send(self, frame: Frame) -> None:
        if isinstance(frame, bytes):
            await self._client.send_bytes(frame)
        else:
            await self._client.send_text(frame)

    async def first(self, timeout: float) -> Frame | None:
        try:
            return await self._client.receive_frame(timeout)
        # The toolkit's own failures (UnexpectedClose and its kin) are AssertionErrors: a close is
        # an answer.
        except (TimeoutError, AssertionError):
            return None
        except Exception as error:  # noqa: BLE001 - what an application raises is what is looked for
            self._broken(error)
            return None

    async def rest(
        self, timeout: float, until: Callable[[list[Frame]], bool] | None = None
    ) -> tuple[list[Frame], bool]:
        if self._is_broken:
            return [], True
        started = asyncio.get_running_loop().time()
        try:
            frames = await self._client.receive_all_frames(timeout)
        except Exception as error:  # noqa: BLE001 - what an application raises is what is looked for
            self._broken(error)
            return [], True
        return frames[:_ENOUGH], asyncio.get_running_loop().time() - started < timeout

    def taken(self) -> list[Frame]:
        return self._client.take_frames()

    async def close(self) -> None:
        try:
            await self._client.disconnect()
        except Exception as error:  # noqa: BLE001 - what an application raises is what is looked for
            if not self._is_broken:
                self._broken(error)

    def _broken(self, error: Exception) -> None:
        self._is_broken = True
        self._log.raised(error)


@asynccontextmanager
async def _lifespan(application: ASGIApplication) -> AsyncGenerator[None]:
    """Run the lifespan of an application; one that raises at once has none."""
    to_application = asyncio.Queue[Event]()
    answers = asyncio.Queue[Event]()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    task = asyncio.ensure_future(application(scope, to_application.get, answers.put))

    async def answered(kind: str) -> Event | None:
        to_application.put_nowait({"type": f"lifespan.{kind}"})
        answer = asyncio.ensure_future(answers.get())
        # An application may end, or raise, instead of answering: one that knows no lifespan does
        # (ASGI).
        await asyncio.wait([answer, task], return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        answer.cancel()
        return None

    started = await answered("startup")
    if started and started["type"] == "lifespan.startup.failed":
        await asyncio.wait([task])
        raise RuntimeError(f"The application does not start: {started.get('message', '')}")
    try:
        yield
    finally:
        if not task.done():
            await answered("shutdown")
            task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # an application without a lifespan raises (ASGI 3, lifespan 2.0)


__all__ = ["Connection", "Host", "InProcess"]
