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
        # What Redis was told last, and not what it has confirmed: see the class.
        self.is_sent: bool = False
        # A number, as the answers do not say which command they are for.
        self.unconfirmed: int = 0
        self.waiters: list[asyncio.Future[None]] = []

    @property
    def is_live(self) -> bool:
        """Whether everything that is published from now on comes."""
        # is_wanted too: one that has just ended is still confirmed, until that is told.
        return self.is_sent and self.is_wanted and self.unconfirmed == 0

    def confirm(self) -> None:
        """Wake who waits for it."""
        # Taken out first: who is woken may wait for it again.
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            # A caller that was cancelled or late has given its own up.
            if not waiter.done():
                waiter.set_result(None)


__all__ = ["Topic"]
