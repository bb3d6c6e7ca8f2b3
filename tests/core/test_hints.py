"""Handlers whose annotations are not evaluated where they stand.

As text (PEP 563, or in quotes) on every Python, and from 3.14 on as they are (PEP 649).
"""

import sys
from typing import Any

import pytest

from chanx.core.errors import ConfigurationError
from chanx.core.handler import Handler
from chanx.messages import PingMessage, PongMessage

POSTPONED = ["from __future__ import annotations\n"]
if sys.version_info >= (3, 14):
    POSTPONED.append("")

MODULE = """
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Optional
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage

if TYPE_CHECKING:
    from elsewhere import Unseen

class Room(AsyncJsonWebsocketConsumer):
    Inner = PongMessage

    {decorator}
    async def ask(self, message: {message}, more: Unseen = None) -> {returned}:
        raise NotImplementedError

class Later(PongMessage):
    pass
"""


def run(postponed: str, source: str) -> dict[str, Any]:
    """Run a module's source, and return its names."""
    names: dict[str, Any] = {"__name__": __name__}
    exec(compile(postponed + source, "<module>", "exec", dont_inherit=True), names)
    return names


def declare(
    postponed: str,
    message: str = "PingMessage",
    returned: str = "None",
    decorator: str = "@ws_handler",
) -> Handler:
    """Return the handler of a consumer in a module of its own."""
    source = MODULE.format(message=message, returned=returned, decorator=decorator)
    (handler,) = run(postponed, source)["Room"].handler_table.handlers
    assert isinstance(handler, Handler)
    return handler


@pytest.mark.parametrize("postponed", POSTPONED)
@pytest.mark.parametrize("returned", ["Inner", "Optional[Inner]", "Annotated[Inner | None, 1]"])
def test_annotations_are_evaluated_where_the_method_stands(postponed: str, returned: str) -> None:
    handler = declare(postponed, "PingMessage", returned)
    assert (handler.inputs, handler.outputs) == ((PingMessage,), (PongMessage,))


@pytest.mark.parametrize("postponed", POSTPONED)
@pytest.mark.parametrize("name", ["Unseen", "Later"])
@pytest.mark.parametrize("form", ["{}", "{} | None", "Optional[{}]", "Annotated[Optional[{}], 1]"])
def test_a_name_that_is_not_known_yet_is_an_error_with_the_fix(
    postponed: str, name: str, form: str
) -> None:
    fix = f"names '{name}', which is not known there: import it outside TYPE_CHECKING and above"
    for where in ("'message'", "return annotation"):
        hints = {"message" if where == "'message'" else "returned": form.format(name)}
        with pytest.raises(ConfigurationError, match=rf"Room\.ask: its .*{where} {fix}"):
            declare(postponed, **hints)


@pytest.mark.parametrize("postponed", POSTPONED)
def test_only_annotations_that_are_read_need_to_be_known(postponed: str) -> None:
    both = "@ws_handler(input_type=PingMessage, output_type=PongMessage)"
    handler = declare(postponed, "Unseen", "Later | Unseen", decorator=both)
    assert (handler.inputs, handler.outputs) == ((PingMessage,), (PongMessage,))
    handler = declare(postponed, "Unseen", decorator="@ws_handler(input_type=PingMessage)")
    assert (handler.inputs, handler.outputs) == ((PingMessage,), ())
    handler = declare(postponed, "PingMessage", "Unseen", decorator="@ws_handler(output_type=[])")
    assert (handler.inputs, handler.outputs) == ((PingMessage,), ())
    event = declare(postponed, "Unseen", decorator="@event_handler(input_type=PongMessage)")
    assert event.kind == "event"
    assert event.inputs == (PongMessage,)


@pytest.mark.parametrize("postponed", POSTPONED)
def test_an_annotation_that_cannot_be_evaluated_is_an_error_with_the_fix(postponed: str) -> None:
    for hint in ("PingMessage.absent", "'PingMessage ]'", "'PingMessage.absent'"):
        with pytest.raises(ConfigurationError, match=r"Room\.ask: its annotation of 'message' can"):
            declare(postponed, hint)


@pytest.mark.parametrize("postponed", POSTPONED)
def test_the_constructors_annotations_need_not_be_known(postponed: str) -> None:
    source = (
        "from chanx.core.websocket import AsyncJsonWebsocketConsumer\n"
        "class Room(AsyncJsonWebsocketConsumer):\n"
        "    def __init__(self, size: Unseen) -> None: ...\n"
    )
    room = run(postponed, source)["Room"]
    assert room.as_asgi(size=1).consumer_initkwargs == {"size": 1}
    with pytest.raises(ConfigurationError, match="size"):
        room.as_asgi()
