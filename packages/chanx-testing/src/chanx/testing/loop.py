"""The event loop of a test."""

import asyncio


def running_loop() -> asyncio.AbstractEventLoop:
    """Return asyncio's event loop, in which the test runs.

    Raises:
        RuntimeError: If the test runs in none, or in another library's.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError as error:
        raise RuntimeError(
            "Consumers need asyncio, and this test runs without it. Under anyio, let the fixture "
            'anyio_backend return "asyncio".'
        ) from error


__all__ = ["running_loop"]
