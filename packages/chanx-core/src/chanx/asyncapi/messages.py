"""The messages of a document."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from pydantic_core import from_json, to_json

from chanx.asyncapi.binary_frames import BINARY_TYPE, BinaryFrame
from chanx.asyncapi.class_paths import written_class
from chanx.asyncapi.definitions import MessageUse
from chanx.asyncapi.examples import NoExample, make_example
from chanx.asyncapi.schemas import SCHEMAS, SchemaRegistry
from chanx.asyncapi.texts import described, own_docstring
from chanx.asyncapi.validation import matches
from chanx.asyncapi.walk import is_object
from chanx.messages import (
    AuthenticationMessage,
    AuthenticationPayload,
    BaseMessage,
    ErrorMessage,
    ErrorPayload,
    FieldError,
    is_error,
)

CONTENT_TYPE: Final = "application/json"

_OWN: Final[Mapping[type[BaseMessage], BaseMessage]] = {
    AuthenticationMessage: AuthenticationMessage(
        payload=AuthenticationPayload(status_code=200, status_text="OK")
    ),
    ErrorMessage: ErrorMessage(
        payload=ErrorPayload(
            code="validation_error",
            detail="The message does not validate.",
            errors=[FieldError(loc=["payload"], msg="Field required", type="missing")],
        )
    ),
}
"""Examples of chanx's messages that say more than made ones."""


def message_object(use: MessageUse, registry: SchemaRegistry) -> dict[str, Any]:
    """Return the Message Object of a message.

    Args:
        use: The message.
        registry: The document's schemas.
    """
    key = registry.name(use)
    message: dict[str, Any] = {
        "name": "|".join(use.actions),
        "title": written_class(use.model).__name__,
        **described(own_docstring(written_class(use.model))),
        "contentType": BINARY_TYPE if use.model is BinaryFrame else CONTENT_TYPE,
        "payload": {"$ref": SCHEMAS + key},
    }
    if use.has_ref:
        message["correlationId"] = {"location": "$message.payload#/ref"}
    if is_error(use.model):
        message["x-outcome"] = "error"
    if use.model is BinaryFrame:
        return message
    if use in registry.problems:
        message["x-undescribed"] = True
    elif examples := _examples(use, registry):
        message["examples"] = [{"payload": example} for example in examples]
    return message


def _examples(use: MessageUse, registry: SchemaRegistry) -> list[Any]:
    """Return the model's own examples as far as they match, otherwise one that is made."""
    schema = registry.schemas[registry.name(use)]
    if use.model in _OWN:
        return [_on_the_wire(use, _OWN[use.model])]
    own = [
        example
        for given in registry.definitions.examples.get(use, ())
        for example in _spellings(use, given)
        if matches(schema, example, registry.lookup)
    ]
    if own:
        return own
    for is_full in (True, False):
        with suppress(NoExample):
            example = make_example(schema, registry.lookup, is_full=is_full)
            example.pop("ref", None)  # only a request chooses one
            if use.direction == "sent" or _is_accepted(use, example):
                return [example]
    return []


def _spellings(use: MessageUse, example: Any) -> Iterator[Any]:
    """Yield an example as it crosses the wire; its class may spell it otherwise."""
    if not is_object(example):
        return
    spelled = {use.wire.discriminator: use.actions[0], **example}
    if use.wire.is_plain:
        yield spelled
        return
    example = {"action": use.actions[0], **example}
    try:
        yield _on_the_wire(use, use.model.model_validate(example))
    except Exception:  # noqa: BLE001 - users' validators may raise anything, and expect a running application
        yield spelled


def _on_the_wire(use: MessageUse, message: BaseMessage) -> Any:
    return from_json(use.wire.serializer(use.model).to_json(message, by_alias=True))


def _is_accepted(use: MessageUse, example: Any) -> bool:
    try:
        use.wire.validator(use.model).validate_json(to_json(example))
    except Exception:  # noqa: BLE001 - as above
        return False
    return True


__all__ = ["CONTENT_TYPE", "message_object"]
