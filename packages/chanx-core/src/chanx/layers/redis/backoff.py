"""How long to wait before trying again."""

import random
from collections.abc import Iterator
from typing import Final

# Short enough that a restart of Redis is little more than itself, long enough that a process which
# is refused at once costs nothing.
SHORTEST: Final = 0.05
# For so long a process may go on being away once Redis is back.
LONGEST: Final = 5.0


def delays() -> Iterator[float]:
    """Yield the seconds to wait before each further try, for ever.

    They double up to five seconds. Each is drawn between half and the whole of that, so that the
    processes that lost one server together do not come back to it together.
    """
    limit = SHORTEST
    while True:
        yield random.uniform(limit / 2, limit)
        limit = min(LONGEST, limit * 2)


__all__ = ["delays"]
