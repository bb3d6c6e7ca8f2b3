"""What pydantic says of the messages of a document: every class, each direction apart."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chanx.asyncapi.binary_frames import BinaryFrame, binary_schema
from chanx.asyncapi.class_paths import path_of
from chanx.asyncapi.class_schemas import ClassSchemas, Direction, Token
from chanx.asyncapi.draft07 import to_draft07
from chanx.asyncapi.walk import Schema, is_array, subschemas
from chanx.core.errors import ChanxError
from chanx.core.wire import DEFAULT_DISCRIMINATOR, WireFormat
from chanx.messages import (
    RESERVED_KEYS,
    AuthenticationMessage,
    BaseMessage,
    EventCompleteMessage,
    GroupCompleteMessage,
    ReconnectMessage,
)

_WITHOUT_REF = (
    AuthenticationMessage,
    BinaryFrame,
    EventCompleteMessage,
    GroupCompleteMessage,
    ReconnectMessage,
)
"""Messages that no request causes."""

OTHER_RESERVED = f"^({'|'.join(sorted(RESERVED_KEYS - {'ref'}))})$"
"""Keys of the protocol that a message may carry though it has no others than its fields."""

REF_SCHEMA: Mapping[str, Any] = {
    "type": ["string", "integer", "null"],
    "description": "Chosen by the client for a request; what the request causes carries it too.",
}


@dataclass(frozen=True, slots=True)
class MessageUse:
    """A message class as one direction of a consumer's wire spells it.

    Attributes:
        model: The message class.
        actions: Those of its actions that occur.
        direction: Whether the server receives or sends it.
        wire: How keys are spelled.
    """

    model: type[BaseMessage]
    actions: tuple[str, ...]
    direction: Direction
    wire: WireFormat

    @property
    def has_ref(self) -> bool:
        """Whether it may carry the correlation id of a request."""
        return not issubclass(self.model, _WITHOUT_REF)


@dataclass(frozen=True, slots=True)
class Definition:
    """A schema that is to get a name.

    Attributes:
        path: Where its class stands.
        schema: The schema, draft-07; references are tokens.
        direction: In which direction it is meant.
        is_camel: Whether its keys are spelled in camelCase.
        use: The message that it describes as a whole; None if it is part of others.
    """

    path: str
    schema: dict[str, Any]
    direction: Direction
    is_camel: bool
    use: MessageUse | None = None


@dataclass(slots=True)
class Definitions:
    """The schemas of a document's messages, and of what these refer to.

    Attributes:
        by_token: The schemas.
        messages: The token of each message.
        examples: Those that a message's class gives itself, in any spelling.
        titles: Titles that classes were given explicitly, by where these stand.
        problems: The messages that cannot be described, with the reason.
    """

    by_token: dict[Token, Definition] = field(default_factory=dict[Token, Definition])
    messages: dict[MessageUse, Token] = field(default_factory=dict[MessageUse, Token])
    examples: dict[MessageUse, list[Any]] = field(default_factory=dict[MessageUse, list[Any]])
    titles: dict[str, str] = field(default_factory=dict[str, str])
    problems: dict[MessageUse, Exception] = field(default_factory=dict[MessageUse, Exception])


def collect(uses: Iterable[MessageUse]) -> Definitions:
    """Describe messages and all that they refer to, each class and direction once.

    Args:
        uses: The messages.
    """
    found = Definitions()
    generators: dict[bool, ClassSchemas] = {}
    for use in dict.fromkeys(uses):
        camelize = use.wire.camelize
        if camelize not in generators:
            generators[camelize] = ClassSchemas(WireFormat(camelize=camelize), found.titles)
        try:
            _add(use, generators[camelize], found)
        except ChanxError:
            raise
        except Exception as error:  # noqa: BLE001 - pydantic, or a project's own hook
            # Whatever pydantic or a user's own hook raises: the rest of the document stands.
            found.problems[use] = error
            _add_message(use, path_of(use.model), {}, found)
    return found


def _add(use: MessageUse, generator: ClassSchemas, found: Definitions) -> None:
    described = generator.describe(use.model, use.direction)
    path = path_of(use.model)
    if "$ref" in described:
        token = described["$ref"]
        path = generator.path(token)
        described = generator.definition(token)
    converted = to_draft07(described)
    found.by_token.update(_reachable(converted, generator, use, found))
    if is_array(examples := described.get("examples")):
        found.examples[use] = examples
    _add_message(use, path, converted, found)


def _reachable(
    schema: Schema, generator: ClassSchemas, use: MessageUse, found: Definitions
) -> dict[Token, Definition]:
    """Return what a schema refers to, directly or not, and is not known yet."""
    reached: dict[Token, Definition] = {}
    waiting = list(references(schema))
    while waiting:
        token = waiting.pop()
        if token in reached or token in found.by_token or not generator.is_own(token):
            continue
        converted = to_draft07(generator.definition(token))
        converted.pop("title", None)
        waiting.extend(references(converted))
        path = generator.path(token)
        reached[token] = Definition(path, converted, use.direction, use.wire.camelize)
    return reached


def _add_message(
    use: MessageUse, path: str, described: Mapping[str, Any], found: Definitions
) -> None:
    token = f"message {len(found.messages)}"
    schema = message_schema(use, described)
    found.by_token[token] = Definition(path, schema, use.direction, use.wire.camelize, use)
    found.messages[use] = token


def message_schema(use: MessageUse, described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a whole frame.

    Its action is required and without a default, so that one message matches a frame, and it may
    carry a ``ref`` where a request can cause it.

    Args:
        use: The message.
        described: The schema of its class, whose action is spelled ``action``.
    """
    if use.model is BinaryFrame:
        return binary_schema()
    properties = dict(described.get("properties", {}))
    declared = properties.pop(DEFAULT_DISCRIMINATOR, {})
    action: dict[str, Any] = {"type": "string"}
    if len(use.actions) == 1:
        action["const"] = use.actions[0]
    else:
        action["enum"] = list(use.actions)
    if "description" in declared:
        action["description"] = declared["description"]
    properties = {use.wire.discriminator: action, **properties}
    if use.has_ref:
        properties["ref"] = dict(REF_SCHEMA)
    required = [name for name in described.get("required", ()) if name != DEFAULT_DISCRIMINATOR]
    rest = {key: value for key, value in described.items() if key not in ("title", "examples")}
    if rest.get("additionalProperties") is False:
        reserved = {OTHER_RESERVED: {"description": "Reserved by the protocol."}}
        rest["patternProperties"] = {**rest.get("patternProperties", {}), **reserved}
    return {
        **rest,
        "type": "object",
        "properties": properties,
        "required": [use.wire.discriminator, *required],
    }


def references(schema: Schema) -> Iterator[str]:
    """Yield every reference in a schema, in its order."""
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(reference := part.get("$ref"), str):
            yield reference
        waiting.extend(reversed([below for _, below in subschemas(part)]))


__all__ = ["Definition", "Definitions", "MessageUse", "collect", "message_schema", "references"]
