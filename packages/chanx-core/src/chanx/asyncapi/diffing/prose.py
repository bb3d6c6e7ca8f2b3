"""The changes that no client can tell: words, tags, examples and versions."""

from collections.abc import Iterator
from typing import Any, Final

from chanx.asyncapi.diffing.change import Change
from chanx.asyncapi.reading import Document
from chanx.asyncapi.walk import escaped, is_array, is_object, object_of

_WORDS: Final = frozenset(
    {
        *("title", "summary", "description", "tags", "examples", "externalDocs", "example"),
        *("contact", "license", "termsOfService", "deprecated", "$comment", "bindingVersion"),
    }
)
_NAMES: Final = frozenset(
    {
        *("properties", "patternProperties", "definitions", "dependencies", "channels", "messages"),
        *("operations", "parameters", "servers", "variables", "securitySchemes", "schemas"),
        *("messageTraits", "operationTraits", "replies", "correlationIds", "tags", "externalDocs"),
    }
)
"""Keys under which keys are names of the user's."""


def compare_prose(old: Document, new: Document) -> Iterator[Change]:
    """Yield the changes of words that stand at the same place of both documents.

    Args:
        old: The old document.
        new: The new document.
    """
    if old.get("asyncapi") != new.get("asyncapi"):
        said = f"AsyncAPI {old.get('asyncapi')} has become {new.get('asyncapi')}."
        yield _change("asyncapi-version", "/asyncapi", said)
    before, after = (object_of(given.get("info")).get("version") for given in (old, new))
    if before != after:
        yield _change("info-version", "/info/version", f"The version was {before}, and is {after}.")
    yield from _below(old, new, "", is_named=False)


def _below(old: Any, new: Any, at: str, *, is_named: bool) -> Iterator[Change]:
    if old is new:
        return
    if is_array(old) and is_array(new):
        for index, (one, other) in enumerate(zip(old, new, strict=False)):
            yield from _below(one, other, f"{at}/{index}", is_named=False)
    if not is_object(old) or not is_object(new):
        return
    for key in dict.fromkeys((*old, *new)):
        place = f"{at}/{escaped(key)}"
        if key in _WORDS and not is_named:
            if old.get(key) != new.get(key):
                yield _change("prose", place, f"{key} has changed.")
        elif key in old and key in new and key not in ("const", "enum", "default"):
            yield from _below(old[key], new[key], place, is_named=key in _NAMES and not is_named)


def _change(named: str, at: str, sentence: str) -> Change:
    return Change(
        id=named, verdict="none", place="", sentence=sentence, old_pointer=at, new_pointer=at
    )


__all__ = ["compare_prose"]
