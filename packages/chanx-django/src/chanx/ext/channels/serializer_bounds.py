"""How many items of a serializer's lists may be wrong before it stops to look at more.

A serializer collects the errors of every item, which takes fifty microseconds for each: a frame of
64 KiB has room for twenty thousand empty objects, and would keep its process busy for a second.
"""

from collections.abc import Iterator
from typing import Any, Final

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.exceptions import ValidationError
from rest_framework.fields import empty

# More than anybody reads, and at fifty microseconds each over in three milliseconds.
MOST_WRONG: Final = 50
"""Items of one payload."""


# No ValidationError, which lists would collect as one more.
class TooManyWrong(Exception):
    """More items are wrong than a client needs to be told of."""


def lists_of(field: Any) -> Iterator[Any]:
    """Yield the lists and dictionaries of a serializer whose items are validated one by one.

    Args:
        field: The serializer, or a field.
    """
    if (child := getattr(field, "child", None)) is not None:
        yield field
        yield from lists_of(child)
    for each in getattr(field, "fields", {}).values():
        # What is only read is not validated.
        if not each.read_only:
            yield from lists_of(each)


def bound(serializer: Any) -> None:
    """Have a serializer raise :class:`TooManyWrong` where it would go on with its errors.

    Args:
        serializer: The serializer, which validates one payload.
    """
    wrong = 0

    def counted(validate: Any) -> Any:
        def run_validation(data: Any = empty) -> Any:
            nonlocal wrong
            try:
                return validate(data)
            except (ValidationError, DjangoValidationError):
                wrong += 1
                if wrong > MOST_WRONG:
                    raise TooManyWrong from None
                raise

        return run_validation

    for each in lists_of(serializer):
        # On the instance, which was made for this one payload.
        each.child.run_validation = counted(each.child.run_validation)


__all__ = ["MOST_WRONG", "TooManyWrong", "bound", "lists_of"]
