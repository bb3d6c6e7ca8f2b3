"""The names of a document's schemas: short, telling, and the same on every run."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from chanx.asyncapi.class_schemas import Token
from chanx.asyncapi.definitions import Definition, Definitions, references
from chanx.asyncapi.names import distinguish, key_of, unique
from chanx.asyncapi.walk import Schema, map_subschemas
from chanx.core.errors import ConfigurationError

_TOKENS: Final = re.compile(r"[^\[\],\s]+")
_LABELS: Final = {"received": "Input", "sent": "Output"}


def rename(schema: Schema, name: Callable[[Token], str]) -> dict[str, Any]:
    """Copy a schema with its references replaced.

    Args:
        schema: The schema.
        name: Returns what stands for a reference.
    """
    result = map_subschemas(schema, lambda part: rename(part, name))
    if "$ref" in result:
        result["$ref"] = name(result["$ref"])
    return result


@dataclass(frozen=True, slots=True)
class _Shape:
    """Definitions that say the same: one schema of the document."""

    tokens: tuple[Token, ...]
    members: tuple[Definition, ...]

    @property
    def path(self) -> str:
        return self.members[0].path


def name_definitions(definitions: Definitions) -> dict[Token, str]:
    """Return a name for each definition; those that say the same of one class share it.

    A class keeps its own name unless another class of the document has the same (or the same but
    for case): then each gets the nearest part of its surroundings that tells them apart, and what
    nothing tells apart gets numbers. A class whose two directions differ is split in ``-Input``
    and ``-Output``. A class with an explicit title gets that as its name; others make way for it.

    Args:
        definitions: The definitions.

    Raises:
        ConfigurationError: If two classes have the same explicit title, or the same but for case.
    """
    groups: defaultdict[str, list[_Shape]] = defaultdict(list)
    titles = definitions.titles
    _check_titles(titles)
    shapes = _merge(definitions.by_token)
    for shape in shapes:
        groups[_base_name(shape.path, titles).casefold()].append(shape)
    # Names without a suffix go first, so that none of them is taken by one made up here.
    ordered = sorted(groups.values(), key=lambda group: (len(group) > 1, group[0].path))
    named = [item for group in ordered for item in _name_group(group, definitions)]
    names: dict[Token, str] = {}
    taken: set[str] = set()
    for shape, name in sorted(named, key=lambda item: item[0].path not in titles):
        name = unique(name, taken)
        taken.add(name)
        names.update(dict.fromkeys(shape.tokens, name))
    return names


def _check_titles(titles: Mapping[str, str]) -> None:
    paths: dict[str, str] = {}
    for path, title in sorted(titles.items()):
        other = paths.setdefault(key_of(title).casefold(), path)
        if other != path:
            raise ConfigurationError(
                f"{other} and {path} both have the title {title!r}, which names them in the "
                f"AsyncAPI document: give one of them another."
            )


def _merge(by_token: Mapping[Token, Definition]) -> list[_Shape]:
    """Find the definitions that say the same: refine by what they and their references say."""
    texts = {token: _text(definition.schema) for token, definition in by_token.items()}
    below = {
        token: [ref for ref in references(definition.schema) if ref in by_token]
        for token, definition in by_token.items()
    }
    classes = {token: item.path for token, item in by_token.items()}
    count = len(set(classes.values()))
    while True:
        signatures = {
            token: (classes[token], texts[token], tuple(classes[ref] for ref in below[token]))
            for token in by_token
        }
        numbers: dict[Any, str] = {}
        classes = {
            token: numbers.setdefault(signature, str(len(numbers)))
            for token, signature in signatures.items()
        }
        if len(numbers) == count:
            break
        count = len(numbers)
    merged: defaultdict[str, list[Token]] = defaultdict(list)
    for token, number in classes.items():
        merged[number].append(token)
    return [
        _Shape(tuple(tokens), tuple(by_token[token] for token in tokens))
        for tokens in merged.values()
    ]


def _text(schema: Schema) -> str:
    return json.dumps(rename(schema, lambda token: ""), sort_keys=True)


def _name_group(group: list[_Shape], definitions: Definitions) -> list[tuple[_Shape, str]]:
    titles = definitions.titles
    families: defaultdict[str, list[_Shape]] = defaultdict(list)
    for shape in group:
        families[shape.path].append(shape)
    paths = sorted(families)
    suffixes = distinguish(_surroundings(path) for path in paths) if len(paths) > 1 else [""]
    named: list[tuple[_Shape, str]] = []
    titled: list[tuple[_Shape, str]] = []
    for path, suffix in zip(paths, suffixes, strict=True):
        base = _base_name(path, titles)
        name, found = (base, titled) if path in titles else (_suffixed(base, suffix), named)
        found += [(shape, _suffixed(name, label)) for shape, label in _label(families[path])]
    return [*_numbered(titled, definitions.by_token), *_numbered(named, definitions.by_token)]


def _label(family: list[_Shape]) -> list[tuple[_Shape, str]]:
    """Tell variants of one class apart by as few facts as do it."""
    facts = [_common_facts(shape) for shape in family]
    labels: list[tuple[str, ...]] = [() for _ in family]
    for column in zip(*facts, strict=True):
        longer = [(*label, fact) for label, fact in zip(labels, column, strict=True)]
        if len(set(longer)) > len(set(labels)):
            labels = longer
    return [
        (shape, "-".join(filter(None, label))) for shape, label in zip(family, labels, strict=True)
    ]


def _common_facts(shape: _Shape) -> list[str]:
    columns = zip(*map(_facts, shape.members), strict=True)
    return [column[0] if len(set(column)) == 1 else "" for column in columns]


def _facts(item: Definition) -> tuple[str, ...]:
    direction, spelling = _LABELS[item.direction], "camelCase" if item.is_camel else ""
    if item.use is None:
        return "Nested", "", direction, spelling, ""
    actions = "-".join(map(key_of, item.use.actions))
    return "", actions, direction, spelling, key_of(item.use.wire.discriminator)


def _numbered(
    named: list[tuple[_Shape, str]], by_token: Mapping[Token, Definition]
) -> list[tuple[_Shape, str]]:
    """Number what still has the same name, in an order that only the content decides."""
    same: defaultdict[str, list[_Shape]] = defaultdict(list)
    for shape, name in named:
        same[name.casefold()].append(shape)
    numbers = {
        shape.tokens: index
        for shapes in same.values()
        if len(shapes) > 1
        for index, shape in enumerate(sorted(shapes, key=lambda shape: _said(shape, by_token)), 1)
    }
    result = [
        (shape, f"{name}-{numbers[shape.tokens]}" if shape.tokens in numbers else name)
        for shape, name in named
    ]
    return sorted(result, key=lambda item: item[1])


def _said(shape: _Shape, by_token: Mapping[Token, Definition]) -> list[tuple[str, str, list[int]]]:
    """Return what a definition says, followed by what all that it refers to says."""
    places = {shape.tokens[0]: 0}
    said: list[tuple[str, str, list[int]]] = []
    for token in (reached := [*places]):
        schema = by_token[token].schema
        below = [ref for ref in references(schema) if ref in by_token]
        reached += dict.fromkeys(ref for ref in below if ref not in places)
        for ref in below:
            places.setdefault(ref, len(places))
        said.append((by_token[token].path, _text(schema), [places[ref] for ref in below]))
    return said


def _suffixed(name: str, suffix: str) -> str:
    return f"{name}-{key_of(suffix)}" if suffix else name


def _base_name(path: str, titles: Mapping[str, str]) -> str:
    if path in titles:
        return key_of(titles[path])
    return key_of(_TOKENS.sub(lambda found: found.group().rpartition(".")[2], path))


def _surroundings(path: str) -> tuple[str, ...]:
    """Return what stands around a class and around its type arguments, the nearest first."""
    parts: list[str] = []
    for token in _TOKENS.findall(path):
        parts += [part for part in token.split(".")[-2::-1] if part != "<locals>"]
    return tuple(parts)


__all__ = ["name_definitions", "rename"]
