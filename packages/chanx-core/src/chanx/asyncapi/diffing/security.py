"""The changes of who may connect or begin an operation."""

import json
from collections.abc import Iterator

from chanx.asyncapi.diffing.change import Told


def compare_security(old: frozenset[str], new: frozenset[str]) -> Iterator[Told]:
    """Yield the changes of alternatives, one of which has to be satisfied (AsyncAPI 3.0, security).

    Args:
        old: The schemes, as JSON; empty if everybody may.
        new: Likewise.

    Yields:
        Each of them.
    """
    removed, added = sorted(old - new), sorted(new - old)
    if not old and new:
        yield Told(
            "security-added",
            "breaking",
            f"It was open, and asks for {' or '.join(map(_named, added))}.",
            " or ".join(map(_named, added)),
        )
    elif old and not new:
        yield Told("security-lifted", "safe", "It asked for credentials, and is open.")
    elif len(removed) == len(added) == 1:
        named = "scheme-changed"
        if _without_form(removed[0]) == _without_form(added[0]):
            named = "subprotocol-form-changed"
        was, is_now = _named(removed[0]), _named(added[0])
        yield Told(named, "breaking", f"It took {was}, and takes {is_now}.", f"{was} {is_now}")
    else:
        for scheme in removed:
            yield Told(
                "security-alternative-removed",
                "breaking",
                f"It does not take {_named(scheme)} any more.",
                _named(scheme),
            )
        for scheme in added:
            yield Told(
                "security-alternative-added",
                "safe",
                f"It takes {_named(scheme)} too.",
                _named(scheme),
            )


def _named(scheme: str) -> str:
    given = json.loads(scheme)
    parts = (given.get(key) for key in ("type", "scheme", "in", "name", "x-subprotocol"))
    return " ".join(part if isinstance(part, str) else json.dumps(part) for part in parts if part)


def _without_form(scheme: str) -> object:
    return {key: value for key, value in json.loads(scheme).items() if key != "x-subprotocol"}


__all__ = ["compare_security"]
