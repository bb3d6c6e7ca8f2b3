"""The base class of every message that crosses a socket or a channel layer."""

from abc import ABC
from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar, Final, Literal, cast, get_args, get_origin

from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from chanx.messages.plain import PlainModel

Outcome = Literal["ok", "error"]

# `ref` is read and answered (core/frames.py). Nothing uses the others yet: a field of that name
# could not be taken back from projects that have it on the wire.
RESERVED_KEYS: Final[frozenset[str]] = frozenset({"ref", "topic", "offset", "epoch"})
"""Top-level keys of a frame that belong to the protocol; a message model must not declare them."""


class BaseMessage(PlainModel):
    """A typed message: ``{"action": ..., "payload": ...}`` on the wire.

    A concrete subclass declares ``action`` as a ``Literal`` of one or several strings, by which
    frames find their handler, and usually ``payload``, anything pydantic can describe. A Literal
    of one value is its own default; write the default as well where a type checker reads the
    constructor call. Generic messages (``Envelope[int]``) and inheritance work as in pydantic. A
    base class that is never sent itself lists ``abc.ABC`` among its bases and needs no ``action``.

    The schema is built when a consumer is mounted, not when the class is defined, so that
    defining messages stays cheap and they may refer to models that are declared later.

    ``class Rejected(BaseMessage, outcome="error")`` is a reply that refuses what was asked: it ends
    a request or a stream as an :class:`~chanx.messages.ErrorMessage` does, and the document says
    so. Subclasses inherit it.

    ``class Moved(BaseMessage, coalesce="payload.id")`` says what makes an earlier message obsolete:
    where ``Limits.slow_client`` is ``"coalesce"``, one that waits for a client is replaced by the
    next with the same action and ``payload.id``. ``coalesce="action"`` has one place for all.

    Raises:
        TypeError: At class creation, if a subclass has no Literal ``action``, gives it an alias or
            a default that is none of its strings, or declares a reserved key (``ref``, ``topic``,
            ``offset``, ``epoch``).

    Example:
        >>> from typing import Literal
        >>> class Greeting(BaseMessage):
        ...     action: Literal["greeting"] = "greeting"
        ...     payload: str
        >>> Greeting(payload="hello").model_dump_json()
        '{"action":"greeting","payload":"hello"}'
    """

    # __pydantic_init_subclass__ counts on it: a default that is filled in there reaches the first
    # schema, so that none is built twice.
    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True)

    # Any, so that each subclass may narrow it to a Literal of its own for type checkers; which it
    # does is checked below.
    action: Any

    # Class variables between underscores are no fields to pydantic, and no name that a project's
    # model may want.
    __chanx_outcome__: ClassVar[Outcome] = "ok"
    __chanx_coalesce__: ClassVar[tuple[str, ...] | None] = None

    def __init_subclass__(
        cls, *, outcome: Outcome | None = None, coalesce: str | None = None, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        # Here only what it looks like: pydantic has no fields yet. Whether there is such a field is
        # asked in __pydantic_init_subclass__, which it calls once the class is complete.
        if coalesce is not None:
            cls.__chanx_coalesce__ = _path(cls, coalesce)
        if outcome is None:
            return
        if outcome not in get_args(Outcome):
            raise TypeError(
                f'{cls.__qualname__} has outcome={outcome!r}: use "error" for a reply that refuses '
                f'what was asked, or "ok".'
            )
        cls.__chanx_outcome__ = outcome

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        reserved = RESERVED_KEYS & _wire_keys(cls)
        if reserved:
            raise TypeError(
                f"{cls.__qualname__} declares {', '.join(sorted(reserved))}, which the protocol "
                f"reserves at the top level of a frame: rename it or move it into the payload."
            )
        # Behind the reserved keys, which an abstract class would hand on to all that subclass it.
        if _is_abstract(cls):
            return
        coalesce = cls.__chanx_coalesce__
        if coalesce is not None and coalesce[0] not in cls.model_fields:
            raise TypeError(
                f"{cls.__qualname__} has coalesce={'.'.join(coalesce)!r}, and no field "
                f"{coalesce[0]!r}: its fields are {', '.join(cls.model_fields)}."
            )
        field = cls.model_fields["action"]
        # By value: an Enum's members are compared with what stands in frames.
        actions = _literal_values(field.annotation)
        if not actions or not all(isinstance(value, str) for value in actions):
            raise TypeError(
                f'{cls.__qualname__} needs an action: declare `action: Literal["..."]` with one '
                f"or several strings, or list abc.ABC among its bases if it is never sent itself."
            )
        if _aliases(field) - {"action"}:
            raise TypeError(
                f"{cls.__qualname__}.action has an alias: remove it and set the consumer's "
                f"discriminator_field, which renames the action key of every message."
            )
        literals = get_args(field.annotation)
        # A StrEnum's members are texts themselves. pydantic compares a discriminator with the
        # members and not with their values, so that for another Enum no frame would ever be found.
        if not all(isinstance(value, str) for value in literals):
            raise TypeError(
                f"{cls.__qualname__}.action names members of an Enum, which pydantic finds in no "
                f"frame: make it a StrEnum, or write the values themselves."
            )
        # pydantic does not validate defaults; a wrong one would go out under an action that no
        # document has.
        if field.default not in (*literals, PydanticUndefined):
            raise TypeError(
                f"{cls.__qualname__}.action is {field.default!r} by default, which is not one of "
                f"its actions: leave the default out or write one of {', '.join(actions)}."
            )
        if len(actions) == 1 and field.is_required():
            field.default = literals[0]
            if cls.__pydantic_complete__:
                # Only where a class asks to be built at once; else this reaches the first schema.
                cls.model_rebuild(force=True)


def coalescing_key(message: BaseMessage) -> str:
    """Return by what a message makes an earlier one obsolete.

    Args:
        message: A message whose class has a ``coalesce``.

    Example:
        >>> from typing import Literal
        >>> class Moved(BaseMessage, coalesce="payload"):
        ...     action: Literal["moved"] = "moved"
        ...     payload: str
        >>> coalescing_key(Moved(payload="rook"))
        "moved 'rook'"
    """
    # Missing steps become None: a message without the key it is told by replaces those without it
    # as well.
    value: object = message
    for name in type(message).__chanx_coalesce__ or ():
        if isinstance(value, Mapping):
            value = cast("Mapping[str, object]", value).get(name)
        else:
            value = getattr(value, name, None)
    # As text, since it travels over layers and is only ever compared. By repr(), or 1 and "1" would
    # be the same.
    return f"{message.action} {value!r}"


def _path(cls: type, coalesce: object) -> tuple[str, ...]:
    names = coalesce.split(".") if isinstance(coalesce, str) else []
    # Names of Python: aliases are the consumer's, and differ between those that send the same
    # message.
    if names and all(name.isidentifier() for name in names):
        return tuple(names)
    raise TypeError(
        f"{cls.__qualname__} has coalesce={coalesce!r}: name a field by its path, as in "
        f'"payload.id".'
    )


def actions_of(message_type: type[BaseMessage]) -> tuple[str, ...]:
    """Return the actions that a concrete message class declares, in the order of its Literal.

    Args:
        message_type: The message class; an abstract one has no actions.

    Example:
        >>> from typing import Literal
        >>> class Edit(BaseMessage):
        ...     action: Literal["edit", "delete"]
        >>> actions_of(Edit)
        ('edit', 'delete')
    """
    return _literal_values(message_type.model_fields["action"].annotation)


def is_error(message_type: type[BaseMessage]) -> bool:
    """Return whether a message refuses what was asked.

    Args:
        message_type: The message class.

    Example:
        >>> class Refused(BaseMessage, outcome="error"):
        ...     action: Literal["refused"]
        >>> is_error(Refused)
        True
    """
    return message_type.__chanx_outcome__ == "error"


def _literal_values(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is not Literal:
        return ()
    return tuple(
        value.value if isinstance(value, Enum) else value for value in get_args(annotation)
    )


def _is_abstract(cls: type[BaseModel]) -> bool:
    # `Envelope[int]` is a subclass that pydantic makes, whose bases are not those that were
    # written.
    origin = cls.__pydantic_generic_metadata__["origin"] or cls
    # Among its own bases only: inspect.isabstract() asks for abstract methods, which messages have
    # none of, and what subclasses an abstract message is not abstract by that.
    return ABC in origin.__bases__


def _wire_keys(cls: type[BaseModel]) -> set[str]:
    computed = cls.model_computed_fields
    # Whatever may be a key of the frame: names, all aliases in and out, and computed fields, which
    # are only written.
    return set[str]().union(
        cls.model_fields,
        computed,
        (field.alias for field in computed.values() if field.alias),
        *map(_aliases, cls.model_fields.values()),
    )


def _aliases(field: FieldInfo) -> set[str]:
    validation = field.validation_alias
    choices = validation.choices if isinstance(validation, AliasChoices) else [validation]
    # Of a path only the first step is a key of the frame.
    names = [choice.path[0] if isinstance(choice, AliasPath) else choice for choice in choices]
    found = (field.alias, field.serialization_alias, *names)
    return {name for name in found if isinstance(name, str)}


__all__ = ["RESERVED_KEYS", "BaseMessage", "actions_of", "coalescing_key", "is_error"]
