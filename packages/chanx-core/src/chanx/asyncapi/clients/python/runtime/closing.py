# SPDX-License-Identifier: 0BSD
"""What the code and the reason of a close say."""

import re
from collections.abc import Mapping
from typing import Final

from .states import Verdict

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


__all__ = ["hint_of", "verdict_of"]
