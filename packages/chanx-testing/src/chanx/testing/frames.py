"""The frames of a test's WebSocket connection, and the client's pace of reading them."""

from chanx.testing.connection import ClientConnection
from chanx.testing.errors import UnexpectedFrame, is_told_by_its_text

__tracebackhide__ = is_told_by_its_text


class FrameClient(ClientConnection):
    """Exchanges frames with an ASGI application, whatever they hold."""

    async def send_text(self, text: str) -> None:
        """Send a text frame as it is.

        Args:
            text: The frame's text.

        Raises:
            UnexpectedClose: If the connection is closed.
            Exception: What the application raised.
        """
        await self.end_handshake()
        self._require_open()
        self._driver.give_frame(text)

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary frame.

        Args:
            data: The frame's content.

        Raises:
            UnexpectedClose: If the connection is closed.
            Exception: What the application raised.
        """
        await self.end_handshake()
        self._require_open()
        self._driver.give_frame(data)

    async def receive_text(self, timeout: float = 1) -> str:
        """Return the next frame's text.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            TimeoutError: If none comes in time.
            UnexpectedFrame: If the frame is binary.
            UnexpectedClose: If the connection is closed instead.
            Exception: What the application raised.
        """
        frame = await self.receive_frame(timeout)
        if isinstance(frame, bytes):
            raise UnexpectedFrame(frame, "It is binary, and messages are text.")
        return frame

    async def receive_bytes(self, timeout: float = 1) -> bytes:
        """Return the next frame's bytes.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            TimeoutError: If none comes in time.
            UnexpectedFrame: If the frame is text.
            UnexpectedClose: If the connection is closed instead.
            Exception: What the application raised.
        """
        frame = await self.receive_frame(timeout)
        if isinstance(frame, str):
            raise UnexpectedFrame(frame, "It is text, and not binary.")
        return frame

    async def receive_frame(self, timeout: float = 1) -> str | bytes:
        """Return the next frame, be it text or binary.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            TimeoutError: If none comes in time.
            UnexpectedClose: If the connection is closed instead.
            Exception: What the application raised.
        """
        if not await self._wait_for_frame(timeout):
            self._require_open()
        return self._driver.frames.popleft()

    async def receive_nothing(self, timeout: float = 1) -> bool:
        """Return whether neither a message nor a close waits or comes.

        Args:
            timeout: Seconds to wait at most; less if the application has nothing left to do.

        Raises:
            Exception: What the application raised.
        """
        await self._wait_quiescent(timeout)
        return not self._driver.frames and self._driver.closed is None

    async def receive_all_frames(self, timeout: float = 1) -> list[str | bytes]:
        """Return every frame, text or binary, until the application has nothing left to do.

        Args:
            timeout: Seconds to wait at most; what came until then is returned.

        Raises:
            Exception: What the application raised.
        """
        await self._wait_quiescent(timeout)
        return self.take_frames()

    def take_frames(self) -> list[str | bytes]:
        """Return every frame that has come so far, text or binary, without waiting."""
        frames = [*self._driver.frames]
        self._driver.frames.clear()
        return frames

    async def _wait_for_frame(self, timeout: float) -> bool:
        """Wait until a frame can be received; return False if the connection is closed instead."""
        driver = self._driver
        await self._wait(lambda: driver.frames or driver.closed, timeout, "message")
        return bool(driver.frames)

    # Flow

    def stop_reading(self) -> None:
        """Take nothing more from the application: what it sends waits, as behind a full socket."""
        self._driver.read(False)

    def resume_reading(self) -> None:
        """Read again, what waits first."""
        self._driver.read(True)

    async def expect_stalled(self, timeout: float = 1) -> None:
        """Expect that the application waits for the client to read, now or in time.

        Args:
            timeout: Seconds to wait for that.

        Raises:
            ExpectationFailed: If it does not.
            Exception: What the application raised.
        """
        driver = self._driver
        try:
            await self._wait(lambda: driver.stalled, timeout, "stall")
        except TimeoutError:
            outcome = f"The application sent nothing that had to wait within {timeout:g} s."
            raise self._failed(outcome) from None


__all__ = ["FrameClient"]
