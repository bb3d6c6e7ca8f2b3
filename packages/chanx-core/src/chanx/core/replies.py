"""Replies that are none of the classes that their handler declares."""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import ValidationError

from chanx.core.errors import ChanxError
from chanx.core.handler import Handler
from chanx.messages import BaseMessage, actions_of


class WrongReply(ChanxError):
    """A handler returned what its declaration does not let it."""


def conform(handler: Handler, reply: Any) -> BaseMessage:
    """Validate a reply into what its handler declares, as FastAPI does with a response model.

    ``Created(payload=1)`` is none of ``-> Created[int]`` for Python, though it is for type
    checkers; dictionaries and other objects with the fields of a message are taken as well.

    Args:
        handler: The handler.
        reply: What it returned, which is not an instance of a class that it declares.

    Raises:
        WrongReply: If it declares no message of this action, or the reply does not validate.
    """
    declared = _meant(handler, reply)
    reason = "which its declaration does not name: return a declared message, or declare it."
    for message in declared:
        try:
            # By both spellings: a dictionary may have been made by hand, or dumped in the wire's.
            return message.model_validate(reply, from_attributes=True, by_alias=True, by_name=True)
        except ValidationError as error:
            # Nothing of the reply itself: this text goes into the log.
            said = error.errors(include_input=False, include_context=False, include_url=False)
            first = f"{'.'.join(map(str, said[0]['loc'])) or 'it'}: {said[0]['msg']}"
            reason = f"which is not a {message.__qualname__} as declared: {first}."
    raise WrongReply(f"{handler.name} returned {type(reply).__qualname__}, {reason}")


def without_end(handler: Handler) -> WrongReply:
    """Return the error for a stream that stopped before the end that it declares.

    Args:
        handler: The handler.
    """
    names = " or ".join(message.__qualname__ for message in handler.ends)
    return WrongReply(f"{handler.name} stopped without its end: yield {names} last.")


def _meant(handler: Handler, reply: Any) -> list[type[BaseMessage]]:
    """Return the declared classes of a reply's action; without one, the only class there is."""
    declared = [message for message in handler.outputs or () if actions_of(message)]
    if isinstance(reply, Mapping):
        action = cast(Mapping[str, Any], reply).get("action")
    else:
        action = getattr(reply, "action", None)
    if action is None:
        # A reply without an action means the only message there is; of several, to try each would
        # take whichever validates first.
        return declared if len(declared) == 1 else []
    return [message for message in declared if action in actions_of(message)]


__all__ = ["WrongReply", "conform", "without_end"]
