"""REST framework's permissions and throttles around single handlers."""

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any, ClassVar, Literal

import pytest
from channels.routing import URLRouter
from django.contrib.auth.models import Group, Permission, User
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.permissions import (
    AllowAny,
    BasePermission,
    DjangoModelPermissions,
    IsAdminUser,
    IsAuthenticated,
)
from rest_framework.throttling import ScopedRateThrottle, SimpleRateThrottle, UserRateThrottle

from chanx.asyncapi import AsyncAPIGenerator
from chanx.core import decorators as core_decorators
from chanx.core.errors import ConfigurationError
from chanx.ext.channels import (
    AsyncJsonWebsocketConsumer,
    BaseMessage,
    binary_handler,
    ws_handler,
)
from chanx.ext.channels import decorators as channels_decorators
from chanx.ext.channels.authenticator import DjangoAuthenticator
from chanx.ext.channels.routing import path
from chanx.messages import AuthenticationMessage
from chanx.routing import RouteInfo
from chanx.testing import WebsocketCommunicator


class Ask(BaseMessage):
    action: Literal["ask"] = "ask"
    payload: str = ""


class Delete(BaseMessage):
    action: Literal["delete"] = "delete"
    payload: int


class Change(BaseMessage):
    action: Literal["change"] = "change"


class Often(BaseMessage):
    action: Literal["often"] = "often"


class Done(BaseMessage):
    action: Literal["done"] = "done"
    payload: Any = None


class IsMember(BasePermission):
    message = "Only its members may do that."
    code = "not_a_member"

    def has_object_permission(self, request: Any, view: Any, obj: Group) -> bool:
        return User.objects.filter(pk=request.user.pk, groups=obj).exists()


class SaysWhatItSees(BasePermission):
    seen: ClassVar[list[Any]] = []

    def has_permission(self, request: Any, view: Any) -> bool:
        payload = getattr(view.message, "payload", view.message)
        self.seen.append((view.action, view.handler, payload, view.kwargs, request.method))
        return True


class TwiceADay(SimpleRateThrottle):
    rate = "2/day"
    scope = "twice"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"{view.action}-{request.user.pk}"


class Members(DjangoAuthenticator):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)
    queryset = Group.objects
    lookup_url_kwarg = "group"


class Room(AsyncJsonWebsocketConsumer):
    authenticator_class = Members

    @ws_handler(permission_classes=[IsAdminUser | IsMember])
    async def ask(self, message: Ask) -> Done:
        return Done(payload=self.user.username)

    @ws_handler(permission_classes=[IsMember])
    async def delete(self, message: Delete) -> Done:
        group = await Group.objects.aget(pk=message.payload)
        await self.acheck_object_permissions(group)
        return Done()

    @ws_handler(permission_classes=[DjangoModelPermissions], auth_method="patch")
    def change(self, message: Change) -> Done:
        self.check_object_permissions(Group.objects.first())
        return Done()

    @ws_handler(throttle_classes=[TwiceADay])
    async def often(self, message: Often) -> Done:
        return Done()


ROUTER = URLRouter([path("rooms/<int:group>/", Room.as_asgi())])


@pytest.fixture
async def group(database: Any) -> Group:
    return await Group.objects.acreate(name="attic")


Connect = Callable[[User], WebsocketCommunicator]


@pytest.fixture
async def ada(group: Group) -> User:
    return await User.objects.acreate(username="ada")


async def client_of(user: User, group: Group) -> WebsocketCommunicator:
    token: Any = await Token.objects.acreate(user=user)
    headers = [(b"authorization", f"Token {token.key}".encode())]
    return WebsocketCommunicator(ROUTER, f"/rooms/{group.pk}/", headers, consumer=Room)


async def outcome(client: WebsocketCommunicator, message: BaseMessage, ref: int = 7) -> Any:
    frame = message.model_dump(mode="json") | {"ref": ref}
    await client.send_json(frame)
    reply = await client.receive_json()
    assert reply["ref"] == ref
    if reply["action"] == "error":
        return reply["payload"]
    assert reply["action"] == "done"
    return "done"


async def test_who_may_not_use_a_handler_is_told_and_stays_connected(
    ada: User, group: Group, caplog: pytest.LogCaptureFixture
) -> None:
    async with await client_of(ada, group) as client:
        assert isinstance(await client.receive_message(), AuthenticationMessage)
        assert (await outcome(client, Ask()))["code"] == "permission_denied"
        await ada.groups.aadd(group)
        assert await outcome(client, Ask()) == "done"
        await ada.groups.aremove(group)
        assert (await outcome(client, Ask()))["code"] == "permission_denied"
    assert not [record for record in caplog.records if record.exc_info]


async def test_an_object_of_the_message_is_permitted_by_the_handler(
    ada: User, group: Group
) -> None:
    other = await Group.objects.acreate(name="cellar")
    await ada.groups.aadd(group)
    async with await client_of(ada, group) as client:
        await client.receive_message()
        assert await outcome(client, Delete(payload=group.pk)) == "done"
        refused = {"code": "not_a_member", "detail": "Only its members may do that."}
        assert await outcome(client, Delete(payload=other.pk)) == refused
        missing = await outcome(client, Delete(payload=other.pk + 1))
        assert missing["code"] == "handler_error"


async def test_permissions_of_a_model_are_looked_up_anew_for_each_message(
    ada: User, group: Group
) -> None:
    change = await Permission.objects.aget(codename="change_group")
    async with await client_of(ada, group) as client:
        await client.receive_message()
        assert (await outcome(client, Change()))["code"] == "permission_denied"
        await ada.user_permissions.aadd(change)
        assert await outcome(client, Change()) == "done"
        await ada.user_permissions.aremove(change)
        assert (await outcome(client, Change()))["code"] == "permission_denied"


async def test_who_asks_too_often_is_told_when_to_ask_again(ada: User, group: Group) -> None:
    async with await client_of(ada, group) as client:
        await client.receive_message()
        assert [await outcome(client, Often()) for _ in range(2)] == ["done", "done"]
        throttled = await outcome(client, Often())
        assert throttled["code"] == "throttled"
        assert 86000 < throttled["data"]["retry_after"] <= 86400


async def test_a_permission_sees_the_handlers_action_and_its_message() -> None:
    class Seen(AsyncJsonWebsocketConsumer):
        @ws_handler(permission_classes=[SaysWhatItSees], auth_method="put")
        async def asking(self, message: Ask) -> Done:
            return Done()

    router = URLRouter([path("seen/<slug:name>/", Seen.as_asgi())])
    async with WebsocketCommunicator(router, "/seen/x/", consumer=Seen) as client:
        assert await outcome(client, Ask(payload="hello")) == "done"
    assert SaysWhatItSees.seen == [("ask", "asking", "hello", {"name": "x"}, "PUT")]


async def test_nobody_is_told_to_log_in() -> None:
    class Open(AsyncJsonWebsocketConsumer):
        @ws_handler(permission_classes=[IsAuthenticated])
        async def ask(self, message: Ask) -> Done:
            return Done()

    async with WebsocketCommunicator(Open.as_asgi(), "/", consumer=Open) as client:
        assert (await outcome(client, Ask()))["code"] == "not_authenticated"


async def test_an_inherited_handler_keeps_its_permissions() -> None:
    class Base(AsyncJsonWebsocketConsumer):
        @ws_handler(permission_classes=[IsAuthenticated])
        async def ask(self, message: Ask) -> Done:
            return Done()

    class Derived(Base):
        async def ask(self, message: Ask) -> Done:
            return await super().ask(message)

    async with WebsocketCommunicator(Derived.as_asgi(), "/", consumer=Derived) as client:
        assert (await outcome(client, Ask()))["code"] == "not_authenticated"


class Guarded(AsyncJsonWebsocketConsumer):
    @ws_handler(permission_classes=[IsAuthenticated], throttle_classes=[TwiceADay])
    async def ask(self, message: Ask) -> Done:
        return Done(payload="guarded")


@pytest.mark.parametrize(
    ("said", "match"),
    [
        (ws_handler, "overrides a handler that has permission_classes.*leave out the decorator"),
        (core_decorators.ws_handler, "has permission_classes"),
        (ws_handler(atomic=True), "has permission_classes"),
        (ws_handler(throttle_classes=[TwiceADay]), r"permission_classes.*\[\] is for none"),
        (ws_handler(permission_classes=[IsAdminUser]), "has throttle_classes"),
    ],
    ids=["bare", "core", "atomic", "throttles", "permissions"],
)
def test_an_override_that_drops_permissions_without_a_word_is_refused(
    said: Any, match: str
) -> None:
    async def ask(self: Any, message: Ask) -> Done:
        return Done()

    with pytest.raises(ConfigurationError, match=match):
        type("Derived", (Guarded,), {"ask": said(ask)})


async def test_an_override_says_what_becomes_of_permissions() -> None:
    class Derived(Guarded):
        @ws_handler(permission_classes=[], throttle_classes=[])
        async def ask(self, message: Ask) -> Done:
            await self.acheck_object_permissions(None)
            return Done(payload="open")

    class Further(Derived):
        @ws_handler
        async def ask(self, message: Ask) -> Done:
            return Done(payload="nothing to lose")

    for consumer in (Derived, Further):
        async with WebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer) as client:
            assert await outcome(client, Ask()) == "done"


def test_an_override_two_classes_down_is_refused_too() -> None:
    class Middle(Guarded):
        async def ask(self, message: Ask) -> Done:
            return await super().ask(message)

    async def ask(self: Any, message: Ask) -> Done:
        return Done()

    with pytest.raises(ConfigurationError, match=r"Last\.ask overrides"):
        type("Last", (Middle,), {"ask": ws_handler(ask)})


class Uploads(AsyncJsonWebsocketConsumer):
    @binary_handler(
        permission_classes=[SaysWhatItSees & IsAuthenticated], throttle_classes=[TwiceADay]
    )
    async def store(self, data: bytes) -> Done:
        return Done(payload=len(data))


async def test_binary_frames_have_permissions() -> None:
    async with WebsocketCommunicator(Uploads.as_asgi(), "/", consumer=Uploads) as client:
        await client.send_bytes(b"abc")
        assert (await client.receive_json())["payload"]["code"] == "not_authenticated"
    assert SaysWhatItSees.seen.pop() == ("store", "store", b"abc", {}, "POST")


async def test_binary_frames_too_often_are_throttled() -> None:
    class Open(AsyncJsonWebsocketConsumer):
        @binary_handler(throttle_classes=[TwiceADay])
        async def keep(self, data: bytes) -> Done:
            return Done()

    async with WebsocketCommunicator(Open.as_asgi(), "/", consumer=Open) as client:
        replies: list[Any] = []
        for _ in range(3):
            await client.send_bytes(b"abc")
            replies.append(await client.receive_json())
        assert [reply["action"] for reply in replies] == ["done", "done", "error"]
        assert replies[-1]["payload"]["code"] == "throttled"


def test_the_document_has_the_errors_of_what_may_refuse_binary_frames() -> None:
    document = AsyncAPIGenerator([RouteInfo(path="/", consumer=Uploads)], title="Test").generate()
    for code in ("not_authenticated", "permission_denied", "throttled"):
        assert f"'{code}'" in str(document["components"])


def test_the_document_has_the_errors_of_what_may_refuse() -> None:
    document = AsyncAPIGenerator([RouteInfo(path="/", consumer=Room)], title="Test").generate()
    replies = {
        operation["reply"]["messages"][-1]["$ref"].rpartition("/")[2]
        for operation in document["operations"].values()
        if operation["action"] == "receive"
    }
    text = str(document["components"])
    assert len(replies) > 1, "operations have errors of their own"
    for code in ("not_authenticated", "permission_denied", "not_a_member", "throttled"):
        assert f"'{code}'" in text


async def test_outside_of_such_a_handler_there_is_nothing_to_ask() -> None:
    with pytest.raises(RuntimeError, match="permission_classes"):
        await Room().acheck_object_permissions(None)


# What cannot work


def declare(**arguments: Any) -> None:
    async def ask(self: Any, message: Ask) -> Done:
        return Done()

    type("Wrong", (AsyncJsonWebsocketConsumer,), {"ask": ws_handler(**arguments)(ask)})


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"permission_classes": [IsAdminUser()]}, "permission_classes has .*: name classes"),
        ({"permission_classes": ["IsAdminUser"]}, "no instance can be made"),
        ({"permission_classes": [UserRateThrottle]}, "no has_permission"),
        ({"throttle_classes": [AllowAny]}, "no allow_request"),
        ({"permission_classes": [DjangoModelPermissions]}, "asks for a model, which nothing names"),
        (
            {"permission_classes": [AllowAny & DjangoModelPermissions]},
            "asks for a model, which nothing names",
        ),
        ({"throttle_classes": [ScopedRateThrottle]}, "give throttle_scope="),
        ({"throttle_scope": "often"}, "give throttle_classes="),
    ],
    ids=range(8),
)
def test_what_cannot_be_asked_is_refused(arguments: dict[str, Any], match: str) -> None:
    with pytest.raises(ConfigurationError, match=match):
        declare(**arguments)


def test_an_unknown_keyword_is_an_error() -> None:
    with pytest.raises(TypeError, match="permissions"):
        ws_handler(permissions=[IsAdminUser])  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize("name", ["ws_handler", "event_handler", "binary_handler"])
def test_the_cores_decorators_say_where_djangos_keywords_are_taken(name: str) -> None:
    own, core = getattr(channels_decorators, name), getattr(core_decorators, name)
    keywords = [
        parameter.name
        for parameter in signature(own).parameters.values()
        if parameter.kind is Parameter.KEYWORD_ONLY
    ]
    assert "atomic" in keywords
    for keyword in keywords:
        with pytest.raises(TypeError, match=f"'{keyword}'.* the {name} of chanx.ext.channels"):
            core(**{keyword: None})


@pytest.mark.parametrize(
    ("decorator", "keyword", "meant"),
    [
        (ws_handler, "permissions", " Did you mean 'permission_classes'?"),
        (ws_handler, "emit", ""),
        (binary_handler, "throttle_class", " Did you mean 'throttle_classes'?"),
        (channels_decorators.event_handler, "atomics", " Did you mean 'atomic'?"),
    ],
)
def test_a_keyword_that_is_misspelt_is_refused_with_the_one_that_is_meant(
    decorator: Any, keyword: str, meant: str
) -> None:
    with pytest.raises(TypeError) as refused:
        decorator(**{keyword: ()})
    name = decorator.__name__
    said = f"{name}() got an unexpected keyword argument {keyword!r}.{meant}"
    assert str(refused.value) == said
