"""What a serializer needs to validate that a message has not: the database, a request, files."""

from collections.abc import Iterator
from typing import Any

from rest_framework.fields import CurrentUserDefault, FileField
from rest_framework.relations import ManyRelatedField, RelatedField


def needs_of(field: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what of a serializer cannot validate in an event loop, and why.

    What a method of the project's own does is not known before it is called.

    Args:
        field: The serializer, or a field.
        path: The names that lead to it.
    """
    if need := _own_need(field):
        yield path, need
    # What is only read asks for nothing when a client writes.
    elif not field.read_only:
        for name, each in getattr(field, "fields", {}).items():
            yield from needs_of(each, (*path, name))
        if (child := getattr(field, "child", None)) is not None:
            yield from needs_of(child, path)


def _own_need(field: Any) -> str | None:
    default = getattr(field.default, "default", field.default)  # of a CreateOnlyDefault
    if isinstance(default, CurrentUserDefault):
        return "needs a request, whose user it takes"
    if field.read_only:
        return None
    if isinstance(field, RelatedField | ManyRelatedField):
        return "looks into the database"
    if isinstance(field, FileField):
        return "takes a file, which JSON has none of"
    # UniqueValidator and its kin have a queryset, as have those that projects derive from them.
    for each in field.validators:
        if hasattr(each, "queryset"):
            return f"looks into the database, as {type(each).__name__} asks"
    return None


__all__ = ["needs_of"]
