"""The test case and the communicator, as projects use them."""

import subprocess
import sys
import unittest
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
from asgiref.sync import async_to_sync
from channels.routing import ProtocolTypeRouter, URLRouter
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import TestCase, override_settings
from pydantic import BaseModel, Field, computed_field, model_validator
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.permissions import IsAuthenticated
from typing_extensions import TypedDict

from chanx.core.authenticator import Credential
from chanx.core.decorators import event_handler, ws_handler
from chanx.ext.channels.authenticator import DjangoAuthenticator
from chanx.ext.channels.routing import include, path
from chanx.ext.channels.testing import DjangoWebsocketCommunicator, WebsocketTestCase
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer
from chanx.messages import AuthenticationMessage, BaseMessage, PingMessage, PongMessage
from chanx.testing import UnexpectedClose, default_layer


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: str


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: str


class Members(DjangoAuthenticator):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)
    token_locations = (Credential("access", "subprotocol"),)


class Room(AsyncJsonWebsocketConsumer[Said]):
    authenticator_class = Members
    groups = ("room",)
    emits = (Said,)
    ended: list[int] = []  # noqa: RUF012 - filled by instances

    async def disconnect(self, code: int) -> None:
        # Uses the ORM while the connection ends, as consumers that note who is online do.
        assert await User.objects.filter(pk=self.user.pk).aexists()
        self.ended.append(code)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler
    async def say(self, message: Say) -> None:
        user = await User.objects.aget(pk=self.user.pk)
        await self.broadcast_message(Said(payload=f"{user}: {message.payload}"))

    @event_handler
    async def said(self, event: Said) -> Said:
        return event


class Open(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4403})


rooms = [path("<int:room>/", Room.as_asgi())]
application = ProtocolTypeRouter(
    {"websocket": URLRouter([path("open/", Open.as_asgi()), path("rooms/", include(rooms))])}
)


@pytest.fixture
def project(tables: None, layers: None) -> Iterator[None]:
    """A project whose ASGI application is the one of this module."""
    Room.ended.clear()
    sys.modules["project_of_test_testing"] = sys.modules[__name__]
    with override_settings(ASGI_APPLICATION="project_of_test_testing.application"):
        yield
    del sys.modules["project_of_test_testing"]


class Base(WebsocketTestCase):
    """Logged in as ada."""

    ws_path = "/rooms/7/"

    def setUp(self) -> None:
        self.ada = User.objects.create_user("ada")
        super().setUp()

    def get_ws_headers(self) -> list[tuple[bytes, bytes]]:
        token: Any = Token.objects.create(user=self.ada)
        return [(b"authorization", f"Token {token.key}".encode())]


def outcome(case: type[unittest.TestCase], *names: str) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.TestSuite(case(name) for name in names).run(result)
    return result


def passes(case: type[unittest.TestCase], *names: str) -> None:
    result = outcome(case, *names)
    assert not result.errors + result.failures
    assert result.testsRun == len(names)


def failure(case: type[unittest.TestCase], name: str) -> str:
    result = outcome(case, name)
    ((_, text),) = result.errors + result.failures
    return text


pytestmark = pytest.mark.usefixtures("project")


# The test case


def test_an_asynchronous_test_talks_to_the_consumer_and_its_connections_end() -> None:
    class Case(Base):
        async def test(self) -> None:
            await self.auth_communicator.connect()
            await self.auth_communicator.assert_authenticated_status_ok()
            other = self.create_communicator()
            assert await other.connect() == (True, None)
            await self.auth_communicator.send_message(Say(payload="hello"))
            await other.expect(Said, payload="ada: hello")

    passes(Case, "test")
    assert Room.ended == [1000, 1000]


def test_a_synchronous_test_does_so_by_async_to_sync() -> None:
    class Case(Base):
        def test(self) -> None:
            assert User.objects.count() == 1

            async def talk() -> None:
                await self.auth_communicator.send_message(Say(payload="hello"))
                await self.auth_communicator.expect(Said, payload="ada: hello")

            async_to_sync(talk)()
            assert not Room.ended

        def test_in_several_calls(self) -> None:
            other = self.create_communicator(headers=self.ws_headers)
            async_to_sync(other.connect)()
            async_to_sync(self.auth_communicator.send_message)(Say(payload="hello"))
            async_to_sync(self.auth_communicator.expect)(Said, payload="ada: hello")
            async_to_sync(other.send_message)(Say(payload="hi"))
            async_to_sync(self.auth_communicator.expect)(Said, payload="ada: hi")

    passes(Case, "test", "test_in_several_calls")
    assert Room.ended == [1000, 1000, 1000]


def test_each_test_has_connections_of_its_own() -> None:
    class Case(Base):
        async def test_one(self) -> None:
            await self.auth_communicator.assert_authenticated_status_ok()

        async def test_two(self) -> None:
            await self.auth_communicator.assert_authenticated_status_ok()

    passes(Case, "test_one", "test_two")


def test_the_first_client_is_connected_for_a_synchronous_test() -> None:
    class Case(Base):
        def test(self) -> None:
            client = self.auth_communicator
            Room.broadcast_event_sync(Said(payload="hello"))
            assert async_to_sync(client.connect)() == (True, None)
            async_to_sync(client.assert_authenticated_status_ok)()
            async_to_sync(client.expect)(Said, payload="hello")

    passes(Case, "test")
    assert Room.ended == [1000]


def test_the_first_client_may_be_taken_while_the_test_is_set_up() -> None:
    class Case(Base):
        def setUp(self) -> None:
            super().setUp()
            self.ada_s = self.auth_communicator

        async def test(self) -> None:
            assert await self.ada_s.connect() == (True, None)
            await self.ada_s.assert_authenticated_status_ok()

        def test_synchronous(self) -> None:
            async_to_sync(self.ada_s.send_message)(Say(payload="hello"))
            async_to_sync(self.ada_s.expect)(Said, payload="ada: hello")

    passes(Case, "test", "test_synchronous")
    assert Room.ended == [1000, 1000]


def test_the_first_client_is_made_by_an_override_of_what_makes_clients() -> None:
    class Case(Base):
        def create_communicator(self, **options: Any) -> DjangoWebsocketCommunicator:
            return super().create_communicator(subprotocols=["v2"], **options)

        async def test(self) -> None:
            assert self.auth_communicator.scope["subprotocols"] == ["v2"]
            assert self.auth_communicator is self.auth_communicator
            await self.auth_communicator.assert_authenticated_status_ok()

    passes(Case, "test")
    assert Room.ended == [1000]


def test_the_first_client_is_one_that_was_made_for_the_test_as_it_is() -> None:
    class Case(Base):
        async def test(self) -> None:
            nobody = self.create_communicator(headers=[])
            first = self.create_communicator()
            second = self.create_communicator()
            assert self.auth_communicator is first
            assert first not in (nobody, second)
            await first.assert_authenticated_status_ok()

    passes(Case, "test")
    assert Room.ended == [1000]


def test_a_first_client_that_is_refused_and_not_looked_at_fails_the_test() -> None:
    class Case(Base):
        consumer = Room
        router = staticmethod(refusing)

        async def test(self) -> None:
            assert self.auth_communicator

        def test_synchronous(self) -> None:
            assert self.auth_communicator

    assert "4403" in failure(Case, "test")
    assert "4403" in failure(Case, "test_synchronous")


def test_the_first_client_connects_when_it_is_first_used() -> None:
    class Case(Base):
        async def test(self) -> None:
            assert await self.auth_communicator.request(PingMessage(), expect=PongMessage)
            assert self.auth_communicator is self.auth_communicator

        async def test_by_a_binary_frame(self) -> None:
            await self.auth_communicator.send_bytes(b"")
            await self.auth_communicator.expect_error()

    passes(Case, "test", "test_by_a_binary_frame")


def test_other_credentials_paths_routers_and_subprotocols_may_be_given() -> None:
    class Case(Base):
        async def test(self) -> None:
            nobody = self.create_communicator(headers=[])
            assert await nobody.connect() == (True, None)
            message = await nobody.wait_for_auth()
            assert message is not None
            assert message.payload.status_code == 401
            await nobody.assert_closed()
            elsewhere = self.create_communicator(ws_path="/open/?a=b")
            assert await elsewhere.connect() == (True, None)
            assert elsewhere.consumer is Open
            whole = self.create_communicator(router=application, ws_path="/open/")
            assert await whole.connect() == (True, None)
            direct = self.create_communicator(router=Open.as_asgi(), ws_path="/")
            assert await direct.connect() == (True, None)
            token = self.ws_headers[0][1].decode().removeprefix("Token ")
            offering = self.create_communicator(headers=[], subprotocols=["access", token, "v1"])
            assert await offering.connect() == (True, "v1")

    passes(Case, "test")


def test_subprotocols_are_offered_by_every_client() -> None:
    class Case(Base):
        def get_subprotocols(self) -> list[str]:
            return ["v1"]

        async def test(self) -> None:
            assert self.auth_communicator.scope["subprotocols"] == ["v1"]
            assert self.create_communicator().scope["subprotocols"] == ["v1"]

    passes(Case, "test")


def test_what_the_application_raised_fails_the_test() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        raise RuntimeError("the application is broken")

    class Case(Base):
        consumer = Open

        async def test(self) -> None:
            client = self.create_communicator(router=broken)
            await client.connect()

    assert "the application is broken" in failure(Case, "test")


def test_a_failing_test_tells_its_own_failure_and_its_connections_end() -> None:
    class Case(Base):
        async def test(self) -> None:
            await self.auth_communicator.connect()
            raise AssertionError("the test's own")

    assert "the test's own" in failure(Case, "test")
    assert Room.ended == [1000]


def test_a_skipped_and_an_expected_failure_are_what_they_are() -> None:
    class Case(Base):
        async def test_skipped(self) -> None:
            self.skipTest("not today")

        @unittest.expectedFailure
        async def test_expected(self) -> None:
            raise AssertionError

        @unittest.skip("never")
        def test_never(self) -> None:
            raise AssertionError

    result = outcome(Case, "test_skipped", "test_expected", "test_never")
    assert not result.errors + result.failures
    assert [reason for _, reason in result.skipped] == ["not today", "never"]
    assert len(result.expectedFailures) == 1


@pytest.mark.usefixtures("database")  # what fails there is not cleaned up, for the debugger
def test_it_can_be_run_without_a_result() -> None:
    class Case(Base):
        async def test(self) -> None:
            await self.auth_communicator.connect()
            raise LookupError("for the debugger")

    with pytest.raises(LookupError):
        Case("test").debug()
    assert Room.ended == [1000]


def test_without_a_path_the_error_says_so() -> None:
    class Case(WebsocketTestCase):
        async def test(self) -> None:
            self.create_communicator()

    assert "AttributeError" in failure(Case, "test")
    assert "ws_path is not set" in failure(Case, "test")


def test_a_route_after_those_that_lead_nowhere_is_found() -> None:
    class Case(Base):
        router = URLRouter([path("rooms/", include(rooms)), path("rooms/open/", Open.as_asgi())])
        ws_path = "/rooms/open/"

        async def test(self) -> None:
            await self.auth_communicator.request(PingMessage(), expect=PongMessage)

    passes(Case, "test")


def test_a_path_that_leads_nowhere_is_an_error_that_names_it() -> None:
    class Case(Base):
        ws_path = "/nowhere/"

        async def test(self) -> None:
            with pytest.raises(ImproperlyConfigured, match="/nowhere/"):
                self.create_communicator()

    passes(Case, "test")


def test_without_an_application_the_error_says_what_to_set() -> None:
    class Case(Base):
        async def test(self) -> None:
            with pytest.raises(ImproperlyConfigured, match="ASGI_APPLICATION"):
                self.create_communicator()

    with override_settings(ASGI_APPLICATION=None):
        passes(Case, "test")


# The communicator


def client_of(consumer: Any = Open, **options: Any) -> DjangoWebsocketCommunicator:
    return DjangoWebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer, **options)


async def test_the_authentication_message_is_returned() -> None:
    async with client_of(Room) as client:
        message = await client.wait_for_auth()
        assert isinstance(message, AuthenticationMessage)
        assert message.payload.status_code == 401


async def test_none_is_returned_where_nothing_is_told() -> None:
    async with client_of(Open) as client:
        assert await client.wait_for_auth() is None
    with override_chanx_settings(SEND_AUTHENTICATION_MESSAGE=False):
        async with client_of(Room) as client:
            assert await client.wait_for_auth() is None
            with pytest.raises(UnexpectedClose):
                await client.receive_text()


async def test_a_message_that_is_expected_and_does_not_come_fails() -> None:
    async with client_of(Open) as client:
        with pytest.raises(AssertionError, match="AuthenticationMessage"):
            await client.wait_for_auth(True, max_auth_time=0.01)


async def test_what_the_consumer_does_after_the_authentication_is_waited_for() -> None:
    done: list[str] = []

    class Busy(Open):
        async def post_authentication(self) -> None:
            await User.objects.acount()
            done.append("counted")

    async with client_of(Busy) as client:
        await client.wait_for_auth(after_auth_time=5)
        assert done


async def test_a_status_other_than_200_fails_and_is_told() -> None:
    async with client_of(Room) as client:
        with pytest.raises(AssertionError, match="401 Unauthorized"):
            await client.assert_authenticated_status_ok()


async def test_keys_are_spelled_as_the_settings_say() -> None:
    class Settled(BaseMessage):
        action: Literal["settled"] = "settled"
        payload: dict[str, int]
        room_name: str

    class Settling(Open):
        emits = (Settled,)

        async def post_authentication(self) -> None:
            await self.send_message(Settled(payload={"seat_number": 1}, room_name="attic"))

    with override_chanx_settings(CAMELIZE=True):
        async with client_of(Settling) as client:
            message = await client.receive_message()
            assert isinstance(message, Settled)
            assert message.room_name == "attic"


class Seat(BaseModel):
    seat_number: int
    next_seats: "list[Seat]" = []


class Circle(BaseModel):
    shape_kind: Literal["circle"] = "circle"
    half_width: int


class Square(BaseModel):
    shape_kind: Literal["square"] = "square"
    side_length: int

    @computed_field
    def full_area(self) -> int:
        return self.side_length**2


class Extent(TypedDict):
    in_metres: int


class Plan(BaseModel):
    first_seat: Seat
    named_seats: dict[str, Seat] = {}
    free_notes: dict[str, Any] = {}
    some_shape: Annotated[Circle | Square, Field(discriminator="shape_kind")] | None = None
    either_way: Seat | Extent | None = None
    by_position: tuple[Extent, Seat] | None = None
    own_name: int = Field(default=1, alias="OWN")


class Draw(BaseMessage):
    action: Literal["draw"] = "draw"
    the_plan: Plan


class Drawn(BaseMessage):
    action: Literal["drawn"] = "drawn"
    the_plan: Plan


class Studio(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def draw(self, message: Draw) -> Drawn:
        return Drawn(the_plan=message.the_plan)


PLAN: dict[str, Any] = {
    "first_seat": {"seat_number": 1, "next_seats": [{"seat_number": 2, "next_seats": []}]},
    "named_seats": {"user_key": {"seat_number": 3, "next_seats": []}},
    "free_notes": {"seat_number": {"side_length": 4}},
    "some_shape": {"shape_kind": "square", "side_length": 5},
    "either_way": {"in_metres": 6},
    "by_position": [{"in_metres": 7}, {"seat_number": 8, "next_seats": []}],
    "OWN": 9,
}


async def test_json_is_in_pythons_spelling_both_ways_and_in_the_wires_between() -> None:
    drawn = {**PLAN, "some_shape": {**PLAN["some_shape"], "full_area": 25}}
    for camelize in (True, False):
        with override_chanx_settings(CAMELIZE=camelize):
            async with client_of(Studio) as client:
                await client.send_json({"action": "draw", "the_plan": PLAN, "ref": 1})
                assert await client.receive_json() == {
                    "action": "drawn",
                    "the_plan": drawn,
                    "ref": 1,
                }
                await client.send_json({"action": "draw", "the_plan": PLAN})
                text = await client.receive_text()
                assert ('"thePlan":{"firstSeat"' in text) == camelize
                assert '"seat_number":{"side_length":4}' in text


async def test_json_that_is_already_in_the_wires_spelling_or_no_message_is_sent_as_it_is() -> None:
    with override_chanx_settings(CAMELIZE=True, MESSAGE_ACTION_KEY="kind"):
        async with client_of(Studio) as client:
            plan = {"firstSeat": {"seatNumber": 1}}
            await client.send_json({"kind": "draw", "thePlan": plan})
            assert (await client.receive_json())["the_plan"]["first_seat"]["seat_number"] == 1
            await client.send_json({"kind": "draw", "the_plan": {"first_seat": 5}})
            (error,) = (await client.receive_json())["payload"]["errors"]
            assert error["loc"] == ["thePlan", "firstSeat"]
            for nonsense in ({"kind": "unheard_of", "the_plan": 1}, {"kind": ["draw"]}, {}):
                await client.send_json(nonsense)
            for error in await client.receive_all_json():
                assert error["payload"]["code"] == "unknown_action"


class Labelled(BaseMessage):
    action: Literal["labelled"] = "labelled"
    full_label: str

    @model_validator(mode="before")
    @classmethod
    def from_old_form(cls, data: Any) -> Any:
        """Takes what former releases sent."""
        return {**data, "full_label": data["label"]} if "label" in data else data


async def test_what_clients_read_may_have_validators_that_return_fields_by_their_names() -> None:
    class Labelling(Open):
        emits = (Labelled,)

        async def post_authentication(self) -> None:
            await self.send_json({"action": "labelled", "label": "attic"})
            await self.send_message(Labelled(full_label="cellar"))

    with override_chanx_settings(CAMELIZE=True):
        async with client_of(Labelling) as client:
            assert await client.receive_message() == Labelled(full_label="attic")
            assert await client.receive_message() == Labelled(full_label="cellar")


async def test_the_outcome_of_authentication_is_in_pythons_spelling_too() -> None:
    with override_chanx_settings(CAMELIZE=True):
        async with client_of(Room) as client:
            (told,) = await client.receive_all_json()
            assert told["payload"]["status_code"] == 401


def test_a_client_that_is_used_in_another_event_loop_says_so() -> None:
    class Case(TestCase):
        def test(self) -> None:
            client = client_of(Open)
            async_to_sync(client.connect)()
            with pytest.raises(RuntimeError, match="one call of async_to_sync"):
                async_to_sync(client.send_message)(PingMessage())

    passes(Case, "test")


async def test_a_layer_that_the_consumer_does_not_take_is_told() -> None:
    with default_layer(MemoryLayer()), pytest.warns(UserWarning, match="CHANNEL_LAYERS"):
        async with client_of(Open) as client:
            await client.request(PingMessage(), expect=PongMessage)


def test_the_claimed_version_of_the_specification_is_in_the_scope() -> None:
    assert client_of(spec_version=2).scope["asgi"]["spec_version"] == "2"
    assert client_of().scope["asgi"]["spec_version"] == "2.5"


def test_without_the_toolkit_the_import_names_the_pip_line() -> None:
    script = (
        "import sys; sys.modules['chanx.testing'] = None\n"
        "import django; from django.conf import settings\n"
        "settings.configure(); django.setup()\n"
        "import chanx.ext.channels.testing\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "ImportError: chanx.ext.channels.testing needs" in ended.stderr
    assert 'pip install "chanx-django[testing]"' in ended.stderr
