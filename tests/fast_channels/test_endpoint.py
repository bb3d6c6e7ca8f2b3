"""What cannot work is refused when a consumer is registered, with the fix in the text."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from fastapi import BackgroundTasks, Body, Depends, Request, Response
from pydantic import BaseModel

from chanx.core.errors import ConfigurationError
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage


class Positional(AsyncJsonWebsocketConsumer):
    async def connect(self, room: int, /) -> None: ...


class Several(AsyncJsonWebsocketConsumer):
    async def connect(self, *rooms: int) -> None: ...


class Keywords(AsyncJsonWebsocketConsumer):
    async def connect(self, **options: Any) -> None: ...


class OfHTTP(AsyncJsonWebsocketConsumer):
    async def connect(self, request: Request) -> None: ...


class Answering(AsyncJsonWebsocketConsumer):
    async def connect(self, response: Annotated[Response, "to set cookies"]) -> None: ...


class Later(AsyncJsonWebsocketConsumer):
    async def connect(self, tasks: BackgroundTasks) -> None: ...


class Item(BaseModel):
    name: str


class Posting(AsyncJsonWebsocketConsumer):
    async def connect(self, item: Item) -> None: ...


class PostingExplicitly(AsyncJsonWebsocketConsumer):
    async def connect(self, item: Annotated[int, Body()]) -> None: ...


class Connection:
    """Nothing that pydantic knows."""


class Unknown(AsyncJsonWebsocketConsumer):
    async def connect(self, connection: Connection) -> None: ...


class Twice(AsyncJsonWebsocketConsumer):
    async def connect(
        self, item: Annotated[int, Depends(lambda: 1)] = Depends(lambda: 2)
    ) -> None: ...


async def postponed(self: Any, room: Any) -> None: ...


postponed.__annotations__["room"] = "Room"


def synchronous(self: Any) -> None: ...


async def static() -> None: ...


def consumer_with(name: str, connect: Any) -> type[AsyncJsonWebsocketConsumer]:
    return type(name, (AsyncJsonWebsocketConsumer,), {"connect": connect})


@pytest.mark.parametrize(
    ("consumer", "parts"),
    [
        (Positional, ["room: int", "Positional.connect", "positional-only", "behind the slash"]),
        (Several, ["*rooms: int", "Several.connect", "declare each parameter by its name"]),
        (Keywords, ["**options", "Keywords.connect", "declare each parameter by its name"]),
        (OfHTTP, ["request", "OfHTTP.connect", "annotate it with WebSocket or HTTPConnection"]),
        (Answering, ["response", "Answering.connect", "self.accept()"]),
        (Later, ["tasks", "Later.connect", "start a task"]),
        (Posting, ["'item'", "Posting.connect", "a body", "Query()"]),
        (PostingExplicitly, ["'item'", "PostingExplicitly.connect", "a body", "Query()"]),
        (Unknown, ["/path", "Unknown.connect", "Connection"]),
        (Twice, ["/path", "Twice.connect", "Depends"]),
        (
            consumer_with("Undefined", postponed),
            ["Undefined.connect", "'Room'", "outside TYPE_CHECKING"],
        ),
        (
            consumer_with("Synchronous", synchronous),
            ["Synchronous.connect", "async def connect(self"],
        ),
        (
            consumer_with("Static", staticmethod(static)),
            ["Static.connect", "async def connect(self"],
        ),
    ],
)
def test_a_connect_that_cannot_be_filled_is_refused(
    consumer: type[AsyncJsonWebsocketConsumer], parts: list[str]
) -> None:
    router = ConsumerRouter()
    with pytest.raises(ConfigurationError) as refused:
        router.add_consumer("/path", consumer)
    assert [part for part in parts if part not in str(refused.value)] == []
    assert router.routes == []


async def of_http(request: Request) -> str:
    return request.method


async def above(method: Annotated[str, Depends(of_http)]) -> str:
    return method


async def later(tasks: BackgroundTasks) -> None: ...


NO_REQUEST: Any = None


async def of_either(request: Request = NO_REQUEST) -> None:
    assert request is None


async def posted(item: Item) -> Item:
    return item


@pytest.mark.parametrize(
    ("dependency", "parts"),
    [
        (of_http, ["'request'", "of_http", "HTTPConnection"]),
        (above, ["'request'", "of_http", "HTTPConnection"]),
        (posted, ["'item'", "posted", "a body"]),
        (later, ["'tasks'", "later", "never run"]),
    ],
)
def test_a_dependency_that_cannot_be_filled_is_refused(dependency: Any, parts: list[str]) -> None:
    router = ConsumerRouter(dependencies=[Depends(dependency)])
    with pytest.raises(ConfigurationError) as refused:

        @router.consumer("/path")
        class Behind(AsyncJsonWebsocketConsumer):
            pass

    assert [part for part in [*parts, "Behind"] if part not in str(refused.value)] == []


def test_a_dependency_that_can_do_without_a_request_is_taken() -> None:
    router = ConsumerRouter(dependencies=[Depends(of_either)])
    router.add_consumer("/path", AsyncJsonWebsocketConsumer)
    assert len(router.routes) == 1


@pytest.mark.parametrize("value", [AsyncJsonWebsocketConsumer.as_asgi(), Connection, "consumer"])
def test_what_is_no_consumer_is_refused(value: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"/path: .* is not a consumer"):
        ConsumerRouter().add_consumer("/path", value)


class Made(BaseMessage):
    action: Literal["made"] = "made"


class Deaf(AsyncJsonWebsocketConsumer[Made]):
    """Is typed with an event that it does nothing with."""


def test_a_consumer_that_would_ignore_its_events_is_refused_as_by_as_asgi() -> None:
    with pytest.raises(ConfigurationError) as refused:
        Deaf.as_asgi()
    with pytest.raises(ConfigurationError, match="Deaf is typed with the event Made") as again:
        ConsumerRouter().add_consumer("/path", Deaf)
    assert str(again.value) == str(refused.value)


@pytest.mark.parametrize("path", ["path", "{room}", None, 3])
def test_a_path_that_no_address_matches_is_refused(path: Any) -> None:
    router = ConsumerRouter()
    with pytest.raises(ConfigurationError, match=r"AsyncJsonWebsocketConsumer is .*with a slash"):
        router.add_consumer(path, AsyncJsonWebsocketConsumer)
    assert router.routes == []


def test_a_decorator_without_its_path_is_refused() -> None:
    decorate: Any = ConsumerRouter().consumer
    with pytest.raises(ConfigurationError, match=r'OfHTTP without .*@router\.consumer\("/path"\)'):
        decorate(OfHTTP)


def test_a_decorated_consumer_stays_the_class_that_it_is() -> None:
    class Plain(AsyncJsonWebsocketConsumer):
        pass

    assert ConsumerRouter().consumer("/path")(Plain) is Plain


@dataclass
class Filter:
    """A class as a dependency, whose parameters FastAPI reads from the query."""

    word: str


def test_a_class_is_a_dependency() -> None:
    router = ConsumerRouter()

    @router.consumer("/path")
    class Filtered(AsyncJsonWebsocketConsumer):
        async def connect(self, filter: Annotated[Filter, Depends()]) -> None: ...

    assert len(router.routes) == 1
