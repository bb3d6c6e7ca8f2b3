"""The ASGI events of a test's WebSocket connection, under the names that channels gives them."""

from chanx.core.asgi import Event
from chanx.testing.errors import is_told_by_its_text
from chanx.testing.frames import FrameClient

__tracebackhide__ = is_told_by_its_text


class EventClient(FrameClient):
    """Answers to what tests of Django Channels call.

    Each of these is another name for something here, except that a time-out leaves the application
    undisturbed, as everywhere in this package.
    """

    async def send_input(self, message: Event) -> None:
        """Give the application an ASGI event, and wait for nothing.

        Args:
            message: ``websocket.connect``, ``websocket.receive`` or ``websocket.disconnect``.

        Raises:
            ValueError: If it is another event.
            UnexpectedClose: If the connection is closed.
            Exception: What the application raised.
        """
        kind = message.get("type")
        if kind == "websocket.connect":
            # Nothing is waited for, as Channels' tests wait by receive_output().
            self._start()
        elif kind == "websocket.receive":
            await self.send_to(message.get("text"), message.get("bytes"))
        elif kind == "websocket.disconnect":
            self._require_sound()
            self._driver.disconnect(message.get("code", 1005), message.get("reason") or "")
        else:
            raise ValueError(f"A WebSocket's client sends no event of type {kind!r}.")

    async def receive_output(self, timeout: float = 1) -> Event:
        """Return the application's next ASGI event, as it sent it.

        What :meth:`connect` has told does not come again.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            TimeoutError: If none comes in time.
            UnexpectedClose: If the connection is closed and nothing is left to be received.
            Exception: What the application raised.
        """
        driver = self._driver
        await self._wait(lambda: driver.answers or driver.frames or driver.closed, timeout, "event")
        self._is_refusal_seen = True
        is_close = bool(driver.answers) and driver.answers[0]["type"] == "websocket.close"
        # A close comes after the frames that were sent before it; all other answers come before any
        # frame.
        if driver.answers and not (is_close and driver.frames):
            return driver.answers.popleft()
        if not driver.frames:
            self._require_open()
        frame = driver.frames.popleft()
        return {"type": "websocket.send", "text" if isinstance(frame, str) else "bytes": frame}

    async def send_to(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Send a text frame, or a binary one.

        Args:
            text_data: The text.
            bytes_data: The bytes.

        Raises:
            TypeError: If there are both, or neither.
            UnexpectedClose: If the connection is closed.
            Exception: What the application raised.
        """
        if (text_data is None) == (bytes_data is None):
            raise TypeError("A frame is text or bytes: give text_data or bytes_data.")
        if text_data is not None:
            await self.send_text(text_data)
        if bytes_data is not None:
            await self.send_bytes(bytes_data)

    async def receive_from(self, timeout: float = 1) -> str | bytes:
        """Return the next frame, text or bytes.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            TimeoutError: If none comes in time.
            UnexpectedClose: If the connection is closed instead.
            Exception: What the application raised.
        """
        return await self.receive_frame(timeout)

    async def wait(self, timeout: float = 1) -> None:
        """Wait until the application has ended by itself.

        Args:
            timeout: Seconds to wait for that.

        Raises:
            ApplicationStillRunning: If it has not ended by then; it is cancelled.
            Exception: What the application raised.
        """
        self._require_sound()
        await self._end(timeout)


__all__ = ["EventClient"]
