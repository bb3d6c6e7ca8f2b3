"""One of the channels of Redis that are heard: what is wanted of it, and what Redis knows."""

import asyncio


class Topic:
    """One of Redis's channels: whether it is wanted here, and what Redis was told.

    Commands and their confirmations keep their order on the connection. So what Redis knows is what
    it was told last (``is_sent``), once nothing is ``unconfirmed``: a subscription that was ended
    and begun again meanwhile does not pass for confirmed by the first answer that comes.
    """

    __slots__ = ("is_sent", "is_wanted", "unconfirmed", "waiters")

    def __init__(self) -> None:
        self.is_wanted: bool = True
        self.is_sent: bool = False
        self.unconfirmed: int = 0
        self.waiters: list[asyncio.Future[None]] = []

    @property
    def is_live(self) -> bool:
        """Whether everything that is published from now on comes."""
        return self.is_sent and self.is_wanted and self.unconfirmed == 0

    def confirm(self) -> None:
        """Wake who waits for it."""
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


__all__ = ["Topic"]
