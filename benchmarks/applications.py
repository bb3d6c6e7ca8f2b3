"""Applications of any size, from source text: what importing a project's modules does."""

import gc
import sys
from dataclasses import dataclass
from functools import cached_property
from types import CodeType, ModuleType
from typing import Any, Final

from pydantic.json_schema import JsonSchemaMode

from chanx.routing import RouteInfo

MODULE: Final = "benchmarks_application"
IMPORTS: Final = """
from typing import Literal
from pydantic import BaseModel, Field
from chanx.core.decorators import ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
"""
MODELS: Final = '''
class Line{0}(BaseModel):
    text: str = Field(max_length=500)
    tags: list[str] = []
    author: int | None = None

class Say{0}(BaseMessage):
    """Something that a client says."""

    action: Literal["say_{0}"] = "say_{0}"
    payload: Line{0}

class Said{0}(BaseMessage):
    """Something that somebody said."""

    action: Literal["said_{0}"] = "said_{0}"
    payload: Line{0}
'''
CONSUMER: Final = '''
class Room{0}(AsyncJsonWebsocketConsumer):
    """A room in which people talk."""
'''
HANDLER: Final = '''
    @ws_handler
    async def say_{0}(self, message: Say{0}) -> Said{0}:
        """Say something."""
        return Said{0}(payload=message.payload)
'''


@dataclass(frozen=True)
class Application:
    """The source of an application.

    Attributes:
        handlers: How many there are, each with a message in, a message out and a payload.
        consumers: How many classes they are spread over, each with a route of its own.
    """

    handlers: int
    consumers: int

    @cached_property
    def models(self) -> CodeType:
        """The code that defines the messages."""
        return compile("".join(map(MODELS.format, range(self.handlers))), "models.py", "exec")

    @cached_property
    def classes(self) -> CodeType:
        """The code that defines the consumers."""
        each = self.handlers // self.consumers
        parts: list[str] = []
        for number in range(self.consumers):
            parts.append(CONSUMER.format(number))
            parts += map(HANDLER.format, range(number * each, (number + 1) * each))
        return compile("".join(parts), "consumers.py", "exec")

    def define(self, *codes: CodeType) -> dict[str, Any]:
        """Run code in a new module; return its names.

        What existed before is left out of the collections that follow, so that each measurement
        pays for what it makes itself.
        """
        # Classes are cycles: those of the last call go only if they are not frozen any more.
        sys.modules.pop(MODULE, None)
        gc.unfreeze()
        gc.collect()
        module = sys.modules[MODULE] = ModuleType(MODULE)
        exec(IMPORTS, vars(module))
        for code in codes:
            exec(code, vars(module))
        gc.collect()
        gc.freeze()
        return vars(module)

    def routes(self) -> list[RouteInfo]:
        """Define everything; return a route to each consumer."""
        names = self.define(self.models, self.classes)
        return [
            RouteInfo(path=f"/rooms/{number}", consumer=names[f"Room{number}"])
            for number in range(self.consumers)
        ]

    def modes(self) -> list[tuple[Any, JsonSchemaMode]]:
        """Define the messages; return each with the mode that a document needs of it."""
        names = self.define(self.models)
        modes: list[tuple[Any, JsonSchemaMode]] = []
        for number in range(self.handlers):
            modes.append((names[f"Say{number}"], "validation"))
            modes.append((names[f"Said{number}"], "serialization"))
        return modes
