"""Documents read from text: JSON, or the YAML that AsyncAPI permits."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn

import yaml

from chanx.asyncapi.reading.size import too_many
from chanx.asyncapi.walk import is_array, is_object
from chanx.core.errors import ChanxError

_SUPPORTED: Final = re.compile(r"3\.\d+\.\d+")


class DocumentError(ChanxError):
    """A text is not the document that it is read as; the error's text says why, in one line."""


def parse_document(name: str, text: str, *, may_repeat: bool = False) -> dict[str, Any]:
    """Return an AsyncAPI 3 document.

    Args:
        name: Its file's name: what ends with ``.json`` is JSON, all else YAML, of which JSON is a
            part.
        text: The file's text.
        may_repeat: As for :func:`parse`.

    Raises:
        DocumentError: If it is not JSON or YAML, or no document of AsyncAPI 3.
    """
    document = parse(name, text, may_repeat=may_repeat)
    if not is_object(document) or "asyncapi" not in document:
        raise DocumentError(f'{name} is not an AsyncAPI document: it has no key "asyncapi".')
    version = document["asyncapi"]
    if not isinstance(version, str) or not _SUPPORTED.fullmatch(version):
        remedy = " `asyncapi convert`, of the AsyncAPI CLI, makes one of a 2.x document."
        known = f"{name} is of version {version!r}; AsyncAPI 3 is known, as '3.0.0'."
        raise DocumentError(known + (remedy if str(version).startswith("2") else ""))
    return document


def parse(name: str, text: str, *, may_repeat: bool = False) -> Any:
    """Return what a file holds.

    Args:
        name: Its name: what ends with ``.json`` is JSON, all else YAML, of which JSON is a part.
        text: Its text.
        may_repeat: Whether its aliases may multiply it beyond what can be walked through.

    Raises:
        DocumentError: If it is not JSON or YAML.
    """
    kind = "JSON" if name.lower().endswith(".json") else "YAML"
    try:
        found = _parse_json(text) if kind == "JSON" else yaml.load(text, _Loader)  # safe
        if kind == "YAML" and not may_repeat and (count := too_many(found)):
            raise DocumentError(f"{name} has {count:,} values where its aliases are written out.")
    except yaml.MarkedYAMLError as error:
        if error.problem == _TOO_DEEP:
            raise DocumentError(f"{name} is nested too deeply to be read.") from error
        raise DocumentError(f"{name} is not {kind}: {_reason(error)}.") from error
    except (ValueError, yaml.YAMLError) as error:
        raise DocumentError(f"{name} is not {kind}: {error}.") from error
    except RecursionError as error:
        raise DocumentError(f"{name} is nested too deeply to be read.") from error
    return found


def compose(text: str) -> yaml.Node | None:
    """Return the nodes of a text, which know their lines; None if it is not YAML or JSON.

    Args:
        text: The text.
    """
    try:
        node: yaml.Node | None = yaml.compose(text, _Loader)
    except (ValueError, yaml.YAMLError, RecursionError):
        return None
    return node


def _parse_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object, where the last of several equal keys would win without a word."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one object")
        found[key] = value
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number of JSON")


def _reason(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    reason = error.problem or error.context or "it cannot be read"
    return f"{reason} (line {mark.line + 1}, column {mark.column + 1})" if mark else reason


# Reads YAML as AsyncAPI has it: by the JSON schema of YAML 1.2, with texts as keys. PyYAML's own
# rules are those of YAML 1.1, where `on` and `no` are booleans, `1:30` is a number and `2024-01-01`
# a date. Nodes within themselves, which no JSON can spell, are refused by deep construction.
# libyaml, where PyYAML was built with it, reads several times as fast as PyYAML's own parser.
_Loader: Any = type(
    "_Loader",
    (getattr(yaml, "CSafeLoader", yaml.SafeLoader),),
    {"yaml_implicit_resolvers": {}, "yaml_constructors": {}},
)

_TOO_DEEP: Final = "exceeded maximum nesting depth"
"""What libyaml says beyond 1,000 levels, where Python's parser raises ``RecursionError``."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    """Make an object. What is merged counts after its own keys, the first of several before others.

    PyYAML merges nodes, where merges of merges multiply.
    """
    merged: dict[str, Any] = {}
    pairs: list[tuple[str, Any]] = []
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a key is not a text", problem_mark=key.start_mark)
        made = loader.construct_object(value, deep=True)
        if key.tag != f"{_TAG}merge":
            pairs.append((key.value, made))
            continue
        for part in made if is_array(made) else [made]:
            if not is_object(part):
                mark = value.start_mark
                raise yaml.MarkedYAMLError(
                    problem="what is merged is not a mapping", problem_mark=mark
                )
            merged = {**part, **merged}
    return {**merged, **_unique(pairs)}


def _sequence(loader: Any, node: yaml.SequenceNode) -> list[Any]:
    return [loader.construct_object(item, deep=True) for item in node.value]


def _unknown(loader: Any, node: yaml.Node) -> NoReturn:
    raise yaml.MarkedYAMLError(problem=f"the tag {node.tag}", problem_mark=node.start_mark)


def _scalar(read: Callable[[str], Any]) -> Callable[[Any, yaml.ScalarNode], Any]:
    def construct(loader: Any, node: yaml.ScalarNode) -> Any:
        return read(node.value)

    return construct


def _null(text: str) -> None:
    """Read what can only be null."""


def _bool(text: str) -> bool:
    return text.lower() == "true"


_TAG: Final = "tag:yaml.org,2002:"
_DIGITS: Final = "-+0123456789"
_SCALARS: Final[tuple[tuple[str, str, str, Callable[[str], Any]], ...]] = (
    ("null", "~|null|Null|NULL|", "~nN", _null),
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF", _bool),
    ("int", "[-+]?(?:0|[1-9][0-9]*)", _DIGITS, int),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?", _DIGITS, float),
    ("merge", "<<", "<", str),
)
"""Tags, with what plain scalars of them look like, how these begin, and how they are read."""

for _name, _pattern, _begins, _read in _SCALARS:
    _first = [*_begins, *([""] if _name == "null" else [])]  # what is empty begins with ""
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), _first)
    _Loader.add_constructor(_TAG + _name, _scalar(_read))
_Loader.add_constructor(_TAG + "str", _scalar(str))
_Loader.add_constructor(_TAG + "map", _mapping)
_Loader.add_constructor(_TAG + "seq", _sequence)
_Loader.add_constructor(None, _unknown)


__all__ = ["DocumentError", "compose", "parse", "parse_document"]
