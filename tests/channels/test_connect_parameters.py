"""What ``connect`` takes from the route and from the query: validated, documented, told."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from channels.routing import URLRouter
from django.core.checks import run_checks
from django.urls import register_converter
from django.urls.converters import get_converters
from pydantic import BaseModel, Field

from chanx.asyncapi import AsyncAPIGenerator
from chanx.core.authenticator import BaseAuthenticator
from chanx.core.errors import ConfigurationError
from chanx.ext.channels.discovery import DjangoRouteDiscovery
from chanx.ext.channels.routing import path, re_path
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import AuthenticationMessage, BaseMessage, ErrorMessage
from chanx.testing import WebsocketCommunicator


class Connected(BaseMessage):
    action: Literal["connected"] = "connected"
    payload: dict[str, Any]


class Order(Enum):
    NEWEST = "newest"
    OLDEST = "oldest"


class Ticket(AsyncJsonWebsocketConsumer):
    emits = (Connected,)

    async def connect(
        self,
        ticket: Annotated[int, Field(description="The ticket's number.", le=1000)],
        since: datetime | None = None,
        order: Order = Order.NEWEST,
        tags: Annotated[Sequence[str], Field(alias="tag")] = (),
        limit: Annotated[int, Field(gt=0)] = 50,
    ) -> None:
        values = {"ticket": ticket, "since": since, "order": order, "tags": tags, "limit": limit}
        await self.send_message(Connected(payload=values))


ROUTES = [path("tickets/<int:ticket>/", Ticket.as_asgi())]


def client(address: str, routes: Any = ROUTES, consumer: Any = Ticket) -> WebsocketCommunicator:
    return WebsocketCommunicator(URLRouter(routes), address, consumer=consumer)


async def values(address: str, routes: Any = ROUTES, consumer: Any = Ticket) -> Any:
    async with client(address, routes, consumer) as connected:
        return (await connected.receive_json())["payload"]


async def refusal(address: str, routes: Any = ROUTES, consumer: Any = Ticket) -> tuple[Any, int]:
    async with client(address, routes, consumer) as refused:
        message = await refused.receive_message()
        assert isinstance(message, ErrorMessage)
        assert message.payload.code == "refused"
        assert message.payload.errors is not None
        told = [(error.loc, error.type) for error in message.payload.errors]
        return told, (await refused.expect_closed()).code


async def test_the_route_and_the_query_fill_the_parameters() -> None:
    address = "/tickets/7/?since=2026-11-26T21:00:00Z&order=oldest&tag=a&tag=b&limit=3&unknown=1"
    assert await values(address) == {
        "ticket": 7,
        "since": "2026-11-26T21:00:00Z",
        "order": "oldest",
        "tags": ["a", "b"],
        "limit": 3,
    }


async def test_what_the_query_does_not_have_has_its_default() -> None:
    given = await values("/tickets/7/")
    assert given == {"ticket": 7, "since": None, "order": "newest", "tags": [], "limit": 50}


async def test_a_query_that_does_not_validate_is_refused_with_4400_and_told_why() -> None:
    told = [
        (["query", "since"], "datetime_from_date_parsing"),
        (["query", "limit"], "greater_than"),
    ]
    assert await refusal("/tickets/7/?since=soon&limit=0") == (told, 4400)


async def test_a_route_whose_value_does_not_validate_leads_nowhere_4404() -> None:
    told = [(["path", "ticket"], "less_than_equal")]
    assert await refusal("/tickets/1001/") == (told, 4404)


async def test_what_the_route_does_not_capture_and_the_query_lacks_is_missing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    routes = [path("tickets/", Ticket.as_asgi())]
    assert await refusal("/tickets/?limit=secret", routes) == (
        [(["query", "ticket"], "missing"), (["query", "limit"], "int_parsing")],
        4400,
    )
    assert caplog.messages[-1] == (
        "Refused a client at '/tickets/' with 400: The query does not validate; query ticket is "
        "missing."
    )
    assert (await values("/tickets/?ticket=8", routes))["ticket"] == 8


async def test_the_query_does_not_stand_in_for_what_the_route_says() -> None:
    assert (await values("/tickets/7/?ticket=8"))["ticket"] == 7


async def test_further_values_of_a_route_fill_parameters_too() -> None:
    routes = [path("latest/", Ticket.as_asgi(), {"ticket": 9})]
    assert (await values("/latest/?ticket=8", routes))["ticket"] == 9


async def test_a_query_that_is_not_text_is_not_a_failure_of_the_server() -> None:
    told, code = await refusal("/tickets/7/?since=%ff%00")
    assert code == 4400
    assert told == [(["query", "since"], "datetime_from_date_parsing")]


async def test_a_query_with_more_fields_than_django_reads_is_refused() -> None:
    address = "/tickets/7/?" + "&".join(f"n{number}=1" for number in range(1001))
    async with client(address) as refused:
        assert isinstance(await refused.receive_message(), ErrorMessage)
        assert (await refused.expect_closed()).code == 4400


async def test_who_is_not_let_in_learns_nothing_of_the_parameters() -> None:
    class Nobody(BaseAuthenticator):
        async def authenticate(self, scope: Any) -> bool:
            return False

    class Closed(Ticket):
        authenticator_class = Nobody

    routes = [path("tickets/<int:ticket>/", Closed.as_asgi())]
    async with client("/tickets/7/?limit=0", routes, Closed) as refused:
        assert isinstance(await refused.receive_message(), AuthenticationMessage)
        assert (await refused.expect_closed()).code == 4401


async def test_a_mixin_that_passes_on_what_it_is_given_hides_no_parameter() -> None:
    class Noting(AsyncJsonWebsocketConsumer):
        async def connect(self, *args: Any, **kwargs: Any) -> None:
            await super().connect(*args, **kwargs)
            await self.send_message(Connected(payload={"noted": sorted(kwargs)}))

    class Noted(Noting, Ticket):
        """A ticket whose connections are noted."""

    routes = [path("tickets/<int:ticket>/", Noted.as_asgi())]
    async with client("/tickets/7/?limit=2", routes, Noted) as connected:
        assert (await connected.receive_json())["payload"]["limit"] == 2
        assert (await connected.receive_json())["payload"]["noted"] == [
            "limit",
            "order",
            "since",
            "tags",
            "ticket",
        ]


async def test_a_converter_of_the_project_gives_what_it_makes() -> None:
    class DateConverter:
        regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

        def to_python(self, value: str) -> date:
            return date.fromisoformat(value)

        def to_url(self, value: date) -> str:
            return value.isoformat()

    class Day(AsyncJsonWebsocketConsumer):
        async def connect(self, day: date, key: UUID, anything) -> None:  # type: ignore[no-untyped-def]  # as a project may write it
            await self.send_message(Connected(payload={"day": day, "key": key, "any": anything}))

    if "date" not in get_converters():
        register_converter(DateConverter, "date")
    routes = [path("<date:day>/<uuid:key>/<slug:anything>/", Day.as_asgi())]
    key = "00000000-0000-0000-0000-000000000007"
    expected = {"day": "2026-11-26", "key": key, "any": "x"}
    assert await values(f"/2026-11-26/{key}/x/", routes, Day) == expected


# The document


def channel_of(routes: Any) -> Any:
    found = DjangoRouteDiscovery(URLRouter(routes)).discover()
    document = AsyncAPIGenerator(found, title="Test").generate()
    [channel] = document["channels"].values()
    return channel


def test_the_document_has_the_parameters_with_their_types() -> None:
    channel = channel_of(ROUTES)
    assert channel["parameters"]["ticket"] == {
        "description": "The ticket's number.",
        "x-schema": {"type": "integer", "minimum": 0, "maximum": 1000, "x-pattern": "^[0-9]+$"},
    }
    query = channel["bindings"]["ws"]["query"]
    assert set(query["properties"]) == {"since", "order", "tag", "limit"}
    assert query["properties"]["tag"] == {
        "type": "array",
        "items": {"type": "string"},
        "default": [],
    }
    assert query["properties"]["order"]["enum"] == ["newest", "oldest"]
    assert "required" not in query
    assert not {"4422"} & channel["x-close-codes"].keys()
    assert {"4400", "4404"} <= channel["x-close-codes"].keys()


def test_what_a_route_does_not_capture_is_documented_as_its_query() -> None:
    query = channel_of([path("tickets/", Ticket.as_asgi())])["bindings"]["ws"]["query"]
    assert query["required"] == ["ticket"]
    given = channel_of([path("latest/", Ticket.as_asgi(), {"ticket": 9})])
    assert "ticket" not in given["bindings"]["ws"]["query"]["properties"]


def test_a_regular_expression_is_documented_with_the_type_that_is_read_from_it() -> None:
    channel = channel_of([re_path(r"^tickets/(?P<ticket>\d+)/$", Ticket.as_asgi())])
    assert channel["parameters"]["ticket"]["x-schema"]["maximum"] == 1000


# What cannot work


def test_a_parameter_that_cannot_be_given_by_name_is_refused() -> None:
    async def connect(self: Any, ticket: int, /) -> None: ...

    with pytest.raises(ConfigurationError, match=r"'ticket' of Wrong.connect is positional-only"):
        type("Wrong", (AsyncJsonWebsocketConsumer,), {"connect": connect})


def test_an_annotation_that_nobody_knows_is_refused_where_the_consumer_is_mounted() -> None:
    class Wrong(AsyncJsonWebsocketConsumer):
        async def connect(self, ticket: "Nowhere") -> None:  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore[reportUndefinedVariable, reportUnknownParameterType]
            """Nothing can be made of this."""

    with pytest.raises(ConfigurationError, match="annotation of 'ticket' names 'Nowhere'"):
        Wrong.as_asgi()


class Filters(BaseModel):
    open: bool = True


class Anything:
    """What no text is."""


@pytest.mark.parametrize(
    ("route", "hint", "said"),
    [
        (
            "<int:ticket>/",
            str,
            "takes nothing that the route captures: Input",
        ),
        ("<uuid:ticket>/", int, "takes nothing that the route captures: Input"),
        ("", Filters, "Nothing fills the parameter 'ticket' of"),
        ("", Anything, "Nothing fills the parameter 'ticket' of"),
    ],
)
def test_a_parameter_that_nothing_can_fill_is_found_by_the_system_check(
    project: Callable[[Any], None], route: str, hint: Any, said: str
) -> None:
    async def connect(self: Any, ticket: Any) -> None: ...

    connect.__annotations__["ticket"] = hint
    wrong: Any = type("Wrong", (AsyncJsonWebsocketConsumer,), {"connect": connect})
    project(URLRouter([path(f"tickets/{route}", wrong.as_asgi())]))
    [found] = [each for each in run_checks(tags=["chanx"]) if each.id == "chanx.E014"]
    assert said in found.msg
    assert found.hint


def test_what_fits_is_not_reported(project: Callable[[Any], None]) -> None:
    class Texts(AsyncJsonWebsocketConsumer):
        async def connect(self, ticket: str) -> None:
            """A regular expression captures text, whatever it matches."""

    texts = re_path(r"^texts/(?P<ticket>\d+)/$", Texts.as_asgi())
    project(URLRouter([*ROUTES, texts]))
    assert not [each for each in run_checks(tags=["chanx"]) if each.id == "chanx.E014"]
