"""From Django's path patterns to addresses and their parameters."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from chanx.ext.channels.path_regex import read_regex
from chanx.routing import PathParameter

# As Django's RoutePattern reads it: <converter:name> or <name>.
_ANGLED: Final = re.compile(r"<(?:([^<>:]+):)?([^<>:]+)>")
# What is a number to a reader of the document; other expressions stay patterns.
_DIGITS: Final = frozenset({r"\d+", "[0-9]+"})


@dataclass(frozen=True, slots=True)
class PathPattern:
    """An address, or a part of one, with its parameters.

    Attributes:
        address: The text, with ``{name}`` for each variable part.
        parameters: The variable parts, in the order of the text.

    Example:
        >>> (angled_path("rooms/<int:room>/") / regex_path(r"^(?P<tab>chat|files)$")).address
        'rooms/{room}/{tab}'
    """

    address: str
    parameters: tuple[PathParameter, ...] = ()

    def __truediv__(self, below: "PathPattern") -> "PathPattern":
        """Return this pattern with another behind it, as a mount or an include has it.

        A parameter whose name is taken gets a number; the texts are put together as they are.
        """
        return _assembled([*_split(self), *_split(below)])


def angled_path(path: str, converters: Mapping[str, str] | None = None) -> PathPattern:
    """Read a path as Django's ``path()`` writes it: ``rooms/<int:room>/`` or ``rooms/<room>/``.

    Args:
        path: The path.
        converters: The regular expressions of further converters by name; None for none.
    """
    parts: list[str | PathParameter] = []
    begin = 0
    for found in _ANGLED.finditer(path):
        converter = found[1] or "str"
        pattern = (converters or {}).get(converter)
        parts += [
            path[begin : found.start()],
            PathParameter(name=found[2], converter=converter, pattern=pattern),
        ]
        begin = found.end()
    return _assembled([*parts, path[begin:]])


def regex_path(pattern: str) -> PathPattern:
    """Read a path as Django's ``re_path()`` writes it: ``^rooms/(?P<room>\\w+)/$``.

    Groups without a name, and what else varies, are called ``param1``, ``param2`` and so on.

    Args:
        pattern: The regular expression.

    Example:
        >>> regex_path(r"^rooms/(?P<room>\\w+)/(\\d+)/$").address
        'rooms/{room}/{param1}/'
    """
    parts: list[str | PathParameter] = []
    numbers = count(1)
    for piece in read_regex(pattern):
        if piece.is_literal:
            parts.append(piece.text)
            continue
        name = piece.name or f"param{next(numbers)}"
        if piece.text in _DIGITS:
            parts.append(PathParameter(name=name, converter="int"))
        else:
            parts.append(PathParameter(name=name, pattern=piece.text))
    return _assembled(parts)


def _split(pattern: PathPattern) -> list[str | PathParameter]:
    # Braces of the text itself are escaped (_assembled), so those that are left are of parameters.
    texts = re.split(r"\{[^{}]*\}", pattern.address)
    parts: list[str | PathParameter] = [texts[0]]
    for parameter, text in zip(pattern.parameters, texts[1:], strict=True):
        parts += [parameter, text]
    return parts


def _assembled(parts: Iterable[str | PathParameter]) -> PathPattern:
    address, parameters = "", dict[str, PathParameter]()
    for part in parts:
        if isinstance(part, str):
            # As a client would have to write them (RFC 3986, 2.1): a template has no other form for
            # them.
            address += part.replace("{", "%7B").replace("}", "%7D")
            continue
        name = _free(part.name, parameters)
        parameters[name] = replace(part, name=name)
        address += f"{{{name}}}"
    return PathPattern(address, tuple(parameters.values()))


def _free(name: str, taken: Mapping[str, PathParameter]) -> str:
    if name not in taken:
        return name
    stem = re.sub(r"\d+$", "", name) if name.startswith("param") else f"{name}_"
    return next(free for number in count(2) if (free := f"{stem}{number}") not in taken)


__all__ = ["PathPattern", "angled_path", "regex_path"]
