"""What a consumer declares to ask its clients."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard, TypeVar

from chanx.core.annotations import MessageTypes, NotMessages, flatten
from chanx.core.errors import (
    ConfigurationError,
)
from chanx.core.handler import Handler
from chanx.core.kinds import is_concrete
from chanx.core.shown import shown
from chanx.core.usage import Usage
from chanx.messages import BaseMessage, ExpectedErrorMessage, actions_of

ReplyT = TypeVar("ReplyT", bound=BaseMessage)

ASKS: Final = "asks"

NO_ANSWER: Final = "no_answer"
"""The code of the error that a handler answers with which got no answer itself."""

NO_ANSWER_TEXT: Final = "The client did not answer what the server asked it meanwhile."


@dataclass(frozen=True, slots=True)
class Asks:
    """What a consumer asks its clients.

    Attributes:
        answers: The messages that ask, each with what it is answered by.
        routes: The actions of all answers, and what reads them.
    """

    answers: Mapping[type[BaseMessage], MessageTypes]
    routes: Mapping[str, Handler]


NOTHING_ASKED: Final = Asks({}, {})


def asks_of(consumer: type) -> Asks:
    """Return what a consumer and its bases declare to ask.

    Args:
        consumer: The consumer's class.

    Raises:
        ConfigurationError: If one is not a message, or two answers share an action.
    """
    answers: dict[type[BaseMessage], MessageTypes] = {}
    # Bases first, so that a class may declare other answers to a question of its base.
    for base in reversed(consumer.__mro__):
        declared: object = vars(base).get(ASKS)
        where = f"{base.__qualname__}.{ASKS}"
        if declared is None:
            continue
        if not _is_mapping(declared):
            raise ConfigurationError(f"{where} is {shown(declared)}: write {{Question: Answer}}.")
        for question, answer in declared.items():
            if not is_concrete(question):
                raise ConfigurationError(f"{where} asks {shown(question)}: ask by a message class.")
            try:
                answers[question] = flatten(answer)
            except NotMessages as error:
                raise ConfigurationError(f"{where}[{question.__qualname__}]: {error}.") from error
            if not answers[question] or not all(map(is_concrete, answers[question])):
                raise ConfigurationError(
                    f"{where}[{question.__qualname__}] is {shown(answer)}: name the message "
                    f"classes that answer it."
                )
    # One value for all that ask nothing: Runtime makes no codec then, and Session no Questions.
    return Asks(answers, _routes(consumer, answers)) if answers else NOTHING_ASKED


def _is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(value, Mapping)


def _routes(
    consumer: type, answers: Mapping[type[BaseMessage], MessageTypes]
) -> Mapping[str, Handler]:
    classes: dict[str, type[BaseMessage]] = {}
    for several in answers.values():
        for answer in several:
            for action in actions_of(answer):
                # By action alone is an answer decoded, before its ref says which question it
                # belongs to.
                other = classes.setdefault(action, answer)
                if other is not answer:
                    raise ConfigurationError(
                        f"{consumer.__qualname__}.{ASKS}: {other.__qualname__} and "
                        f"{answer.__qualname__} share the action {action!r}: give one of them "
                        f"another."
                    )
    # A client may always say no. Where a consumer declares an answer of that action, it is the
    # consumer's.
    for action in actions_of(ExpectedErrorMessage):
        classes.setdefault(action, ExpectedErrorMessage)
    return {action: _reading(action, answer) for action, answer in classes.items()}


def _reading(action: str, answer: type[BaseMessage]) -> Handler:
    """Return what the codec reads an answer by; nobody calls it."""
    # A record, since the codec reads by handlers; nothing else ever sees it.
    return Handler(
        "message",
        "request",
        _reading,
        {action: answer},
        outputs=(),
        replies=(),
        streams=False,
        concurrent=False,
        shield=False,
        description=None,
        summary=None,
        tags=(),
        usage=Usage(),
        declared_ends=(),
        ends=(),
        always_replies=False,
    )


__all__ = [
    "ASKS",
    "NOTHING_ASKED",
    "NO_ANSWER",
    "NO_ANSWER_TEXT",
    "Asks",
    "ReplyT",
    "asks_of",
]
