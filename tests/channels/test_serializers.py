"""Serializers of REST framework as payloads of messages."""

import json
import uuid
from datetime import date
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import jsonschema_rs
import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import models
from django.test import override_settings
from pydantic import ValidationError
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from chanx.asyncapi import AsyncAPIGenerator
from chanx.core.errors import ConfigurationError
from chanx.ext.channels import AsyncJsonWebsocketConsumer, BaseMessage, event_handler, ws_handler
from chanx.ext.channels.serializers import SerializerInput, SerializerOutput
from chanx.routing import RouteInfo
from chanx.testing import WebsocketCommunicator

pytestmark = pytest.mark.usefixtures("layers")


class LineSerializer(serializers.Serializer[Any]):
    article = serializers.SlugField()
    number = serializers.IntegerField(min_value=1, default=1)


class OrderSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=5, help_text="Who orders.")
    kind = serializers.ChoiceField(choices=[("new", "New"), ("again", "Again")], required=False)
    due = serializers.DateField(required=False, allow_null=True, source="due_on")
    secret = serializers.CharField(write_only=True, required=False)
    lines = LineSerializer(many=True, required=False)

    def validate(self, attrs: Any) -> Any:
        if attrs["name"] == "eve":
            raise serializers.ValidationError("Eve may not order.", code="not_eve")
        return attrs

    def validate_name(self, value: str) -> str:
        if value == "ask":
            User.objects.exists()
        return value


class Order(BaseMessage):
    action: Literal["order"] = "order"
    payload: Annotated[dict[str, Any], SerializerInput(OrderSerializer)]


class Orders(BaseMessage):
    action: Literal["orders"] = "orders"
    payload: Annotated[list[dict[str, Any]], SerializerInput(OrderSerializer, many=True)]


class Ordered(BaseMessage):
    action: Literal["ordered"] = "ordered"
    payload: Annotated[dict[str, Any], SerializerOutput(OrderSerializer)]


class Taken(BaseMessage):
    action: Literal["taken"] = "taken"
    payload: Any


class Shop(AsyncJsonWebsocketConsumer[Ordered]):
    groups = ("shop",)

    @ws_handler
    async def order(self, message: Order) -> Taken:
        return Taken(payload=repr(message.payload))

    @ws_handler
    async def orders(self, message: Orders) -> Taken:
        return Taken(payload=len(message.payload))

    @event_handler
    async def ordered(self, event: Ordered) -> Ordered:
        return event


async def answer(client: WebsocketCommunicator, action: str, payload: Any) -> Any:
    await client.send_json({"action": action, "payload": payload, "ref": 1})
    return (await client.receive_json(5))["payload"]


def connected(consumer: Any) -> WebsocketCommunicator:
    return WebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer)


async def test_a_handler_is_given_what_the_serializer_validated() -> None:
    async with connected(Shop) as client:
        sent = {"name": " ada ", "due": "2026-02-01", "lines": [{"article": "tea"}], "id": 5}
        validated = {
            "name": "ada",
            "due_on": date(2026, 2, 1),
            "lines": [{"article": "tea", "number": 1}],
        }
        assert await answer(client, "order", sent) == repr(validated)
        assert await answer(client, "orders", [sent, {"name": "bob"}]) == 2


@pytest.mark.parametrize(
    ("payload", "errors"),
    [
        ({}, [(["payload", "name"], "required")]),
        (
            {"name": "far too long", "due": "yesterday"},
            [(["payload", "name"], "max_length"), (["payload", "due"], "invalid")],
        ),
        ({"name": "eve"}, [(["payload"], "not_eve")]),
        (
            {"name": "ada", "lines": [{"article": "tea"}, {"article": "!", "number": 0}]},
            [
                (["payload", "lines", 1, "article"], "invalid"),
                (["payload", "lines", 1, "number"], "min_value"),
            ],
        ),
        ({"name": "ada", "lines": 5}, [(["payload", "lines"], "not_a_list")]),
        (5, [(["payload"], "invalid")]),
        (None, [(["payload"], "null")]),
    ],
    ids=["missing", "fields", "whole", "nested", "no list", "no object", "null"],
)
@override_settings(REST_FRAMEWORK={"LIST_SERIALIZER_ERRORS_AS_DICT": True})
async def test_what_it_refuses_is_told_with_its_place_and_code(payload: Any, errors: Any) -> None:
    async with connected(Shop) as client:
        refused = await answer(client, "order", payload)
        assert refused["code"] == "validation_error"
        assert [(error["loc"], error["type"]) for error in refused["errors"]] == errors
        assert await answer(client, "order", {"name": "ada"}) == "{'name': 'ada'}"


@pytest.mark.filterwarnings("ignore:The list-based error format:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The list-based error format:PendingDeprecationWarning")
@override_settings(REST_FRAMEWORK={"LIST_SERIALIZER_ERRORS_AS_DICT": False})
async def test_errors_of_items_have_their_place_in_drfs_older_form_too() -> None:
    async with connected(Shop) as client:
        refused = await answer(client, "orders", [{"name": "ada"}, {}, {"name": "eve"}])
        places = [error["loc"] for error in refused["errors"]]
        assert places == [["payload", 1, "name"], ["payload", 2]]


@override_settings(REST_FRAMEWORK={"LIST_SERIALIZER_ERRORS_AS_DICT": True})
async def test_a_client_that_sends_nothing_but_errors_is_not_told_of_all() -> None:
    async with connected(Shop) as client:
        [error] = (await answer(client, "orders", [{}] * 10_000))["errors"]
        assert (error["loc"], error["type"]) == (["payload"], "too_many_errors")
        lines: list[dict[str, Any]] = [{}] * 10_000
        [error] = (await answer(client, "order", {"name": "ada", "lines": lines}))["errors"]
        assert error["type"] == "too_many_errors"
        assert await answer(client, "orders", [{"name": "ada"}] * 1000) == 1000


async def test_one_that_asks_the_database_unseen_fails_alone(
    database: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(Shop) as client:
        assert (await answer(client, "order", {"name": "ask"}))["code"] == "handler_error"
        assert await answer(client, "order", {"name": "ada"}) == "{'name': 'ada'}"
    assert "OrderSerializer uses the database" in caplog.text
    assert "a handler declared with `def`" in caplog.text


def test_a_message_to_be_sent_is_spelled_as_clients_spell_it() -> None:
    message = Order(
        payload={"name": "ada", "due": date(2026, 2, 1), "secret": "x", "lines": [{"article": "a"}]}
    )
    assert message.payload["due_on"] == date(2026, 2, 1)
    assert json.loads(message.model_dump_json())["payload"] == {
        "name": "ada",
        "due": "2026-02-01",
        "secret": "x",
        "lines": [{"article": "a", "number": 1}],
    }
    assert json.loads(Order(payload={"name": "a", "due": None}).model_dump_json())["payload"] == {
        "name": "a",
        "due": None,
    }
    assert Order.model_validate_json(message.model_dump_json()) == message
    assert json.loads(Orders(payload=[{"name": "a"}]).model_dump_json())["payload"] == [
        {"name": "a"}
    ]


class Made:
    """What a serializer reads, as a model's instance."""

    id, name, kind, due_on, secret = 7, "ada", "new", None, "hidden"
    lines = ({"article": "tea", "number": 2},)


MADE = {
    "id": 7,
    "name": "ada",
    "kind": "new",
    "due": None,
    "lines": [{"article": "tea", "number": 2}],
}


def data_of(serializer: Any) -> Any:
    return serializer.data


def test_what_is_sent_is_the_serializers_data() -> None:
    made: Any = Made()
    payloads: list[Any] = [made, data_of(OrderSerializer(made)), MADE]
    for payload in payloads:
        assert json.loads(Ordered(payload=payload).model_dump_json())["payload"] == MADE

    class Several(BaseMessage):
        action: Literal["several"] = "several"
        payload: Annotated[list[Any], SerializerOutput(OrderSerializer, many=True)]

    for items in ([made], [MADE], (made,)):
        several: Any = items
        assert json.loads(Several(payload=several).model_dump_json())["payload"] == [MADE]


async def test_an_event_arrives_as_it_was_made() -> None:
    async with connected(Shop) as client:
        await client.connect()
        event: Any = Made()
        await Shop.broadcast_event(Ordered(payload=event))
        assert (await client.receive_json(5))["payload"] == MADE


# Serializers that use the database


class UserSerializer(serializers.ModelSerializer[User]):
    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride] - what the stubs see in it
        model = User
        fields = ("username", "groups")


class CreateUser(BaseMessage):
    action: Literal["create_user"] = "create_user"
    payload: Annotated[dict[str, Any], SerializerInput(UserSerializer, validate=False)]


class ShowUser(BaseMessage):
    action: Literal["show_user"] = "show_user"


class ShowUserLater(BaseMessage):
    action: Literal["show_user_later"] = "show_user_later"


class Shown(BaseMessage):
    action: Literal["shown"] = "shown"
    payload: Annotated[User | dict[str, Any], SerializerOutput(UserSerializer)]


class Accounts(AsyncJsonWebsocketConsumer):
    @ws_handler
    def create_user(self, message: CreateUser) -> Shown:
        serializer = UserSerializer(data=message.payload)
        serializer.is_valid(raise_exception=True)
        return Shown(payload=serializer.save())

    @ws_handler
    def show_user(self, message: ShowUser) -> Shown:
        return Shown(payload=User.objects.get())

    @ws_handler
    async def show_user_later(self, message: ShowUserLater) -> Shown:
        return Shown(payload=await User.objects.aget())


async def test_a_handler_validates_what_needs_the_database(
    database: Any, caplog: pytest.LogCaptureFixture
) -> None:
    group = await Group.objects.acreate(name="attic")
    user = {"username": "ada", "groups": [group.pk]}
    async with connected(Accounts) as client:
        assert await answer(client, "create_user", user) == user
        refused = await answer(client, "create_user", user)
        assert refused["code"] == "invalid"
        assert list(refused["data"]["errors"]) == ["username"]
        missing = {"username": "bob", "groups": [group.pk + 1]}
        refused = await answer(client, "create_user", missing)
        assert list(refused["data"]["errors"]) == ["groups"]
        assert (await answer(client, "create_user", 5))["code"] == "validation_error"
        await client.send_json({"action": "show_user"})
        assert (await client.receive_json(5))["payload"] == user
        assert not caplog.records
        await client.send_json({"action": "show_user_later"})
        assert (await client.receive_json(5))["payload"]["code"] == "handler_error"
    assert "make payloads of SerializerOutput there as well" in caplog.text


class GroupSerializer(serializers.ModelSerializer[Group]):
    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride] - what the stubs see in it
        model = Group
        fields = ("name",)


class PermissionSerializer(serializers.ModelSerializer[Permission]):
    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride] - what the stubs see in it
        model = Permission
        fields = ("codename", "content_type")


class WithUser(serializers.Serializer[Any]):
    by = serializers.HiddenField(default=serializers.CurrentUserDefault())


class WithUserOnce(serializers.Serializer[Any]):
    default: Any = serializers.CreateOnlyDefault(serializers.CurrentUserDefault())
    by = serializers.CharField(read_only=True, default=default)


class WithFile(serializers.Serializer[Any]):
    picture = serializers.FileField()


class WithList(serializers.Serializer[Any]):
    names = serializers.ListField(
        child=serializers.CharField(validators=[UniqueValidator(User.objects.all())])
    )


class WithNested(serializers.Serializer[Any]):
    several = PermissionSerializer(many=True)


class Readable(serializers.Serializer[Any]):
    name = serializers.CharField()
    several = PermissionSerializer(many=True, read_only=True)
    picture = serializers.FileField(read_only=True)


@pytest.mark.parametrize(
    ("serializer", "text"),
    [
        (GroupSerializer, r"GroupSerializer\.name looks into the database, as UniqueValidator"),
        (PermissionSerializer, r"PermissionSerializer looks into the database, as UniqueTogether"),
        (WithUser, r"WithUser\.by needs a request"),
        (WithUserOnce, r"WithUserOnce\.by needs a request"),
        (WithFile, r"WithFile\.picture takes a file"),
        (WithList, r"WithList\.names looks into the database"),
        (WithNested, r"WithNested\.several looks into the database"),
    ],
    ids=["unique", "together", "user", "user once", "file", "list", "nested"],
)
def test_what_cannot_validate_in_the_event_loop_is_refused_when_it_is_mounted(
    serializer: Any, text: str
) -> None:
    class Refused(BaseMessage):
        action: Literal["refused"] = "refused"
        payload: Annotated[dict[str, Any], SerializerInput(serializer)]

    class Room(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def refused(self, message: Refused) -> None: ...

    with pytest.raises(ConfigurationError, match=f"{text}.*validate=False"):
        Room.as_asgi()


def test_what_is_only_read_may_use_the_database() -> None:
    class Read(BaseMessage):
        action: Literal["read"] = "read"
        payload: Annotated[dict[str, Any], SerializerInput(Readable)]

    assert Read(payload={"name": "x"}).payload == {"name": "x"}


@pytest.mark.parametrize("kind", [SerializerInput, SerializerOutput])
def test_what_is_not_a_serializer_is_refused(kind: Any) -> None:
    for wrong in (OrderSerializer(), User, "OrderSerializer"):
        with pytest.raises(ConfigurationError, match="takes a serializer class, not"):
            kind(wrong)


# The document


class Address(models.TextChoices):
    HOME = "home"
    WORK = "work"


class Everything(serializers.Serializer[Any]):
    flag = serializers.BooleanField()
    text = serializers.CharField(min_length=2)
    blank = serializers.CharField(allow_blank=True)
    kept = serializers.CharField(trim_whitespace=False)
    email = serializers.EmailField()
    slug = serializers.SlugField()
    url = serializers.URLField()
    key = serializers.UUIDField()
    ip = serializers.IPAddressField()
    ip4 = serializers.IPAddressField(protocol="IPv4")
    number = serializers.IntegerField(min_value=1, max_value=9)
    real = serializers.FloatField(max_value=0.5)
    price = serializers.DecimalField(max_digits=5, decimal_places=2)
    share = serializers.DecimalField(max_digits=2, decimal_places=2)
    any_price = serializers.DecimalField(max_digits=None, decimal_places=None)
    moment = serializers.DateTimeField()
    day = serializers.DateField()
    own_day = serializers.DateField(input_formats=["%d.%m.%Y"], format="%d.%m.%Y")
    time = serializers.TimeField()
    duration = serializers.DurationField()
    choice = serializers.ChoiceField(choices=Address.choices)
    none = serializers.ChoiceField(choices=[1, 2], allow_null=True, allow_blank=True)
    choices = serializers.MultipleChoiceField(choices=Address.choices, allow_empty=False)
    texts = serializers.ListField(child=serializers.CharField(), min_length=1, max_length=2)
    numbers = serializers.DictField(child=serializers.IntegerField(), allow_empty=False)
    whatever = serializers.JSONField()
    line = LineSerializer()
    lines = LineSerializer(many=True, allow_empty=False)
    email_or_none = serializers.EmailField(allow_blank=True)
    slug_or_none = serializers.SlugField(allow_blank=True)
    url_or_none = serializers.URLField(allow_blank=True)
    ip_or_none = serializers.IPAddressField(allow_blank=True)
    long_or_none = serializers.CharField(allow_blank=True, min_length=3)
    long_email_or_none = serializers.EmailField(allow_blank=True, min_length=9)
    long_or_kept = serializers.CharField(allow_blank=True, min_length=3, trim_whitespace=False)


class Fields(BaseMessage):
    action: Literal["fields"] = "fields"
    payload: Annotated[dict[str, Any], SerializerInput(Everything, partial=True)]


class Form(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def fields(self, message: Fields) -> Ordered:
        made: Any = Made()
        return Ordered(payload=made)

    @ws_handler
    async def order(self, message: Order) -> None: ...


def payload_of(action: str) -> Any:
    document = AsyncAPIGenerator([RouteInfo(path="/", consumer=Form)]).generate()
    [message] = [
        each for each in document["components"]["messages"].values() if each["name"] == action
    ]
    name = message["payload"]["$ref"].rpartition("/")[2]
    return document["components"]["schemas"][name]["properties"]["payload"]


def test_the_document_has_the_fields_that_clients_write() -> None:
    schema = payload_of("order")
    assert list(schema["properties"]) == ["name", "kind", "due", "secret", "lines"]
    assert schema["required"] == ["name"]
    assert schema["properties"]["name"]["description"] == "Who orders."
    assert schema["properties"]["name"]["maxLength"] == 5
    assert schema["properties"]["kind"]["enum"] == ["new", "again"]
    assert schema["properties"]["lines"]["items"]["properties"]["number"] == {
        "type": "integer",
        "minimum": 1,
        "default": 1,
    }


def test_the_document_has_the_fields_that_clients_read() -> None:
    schema = payload_of("ordered")
    assert list(schema["properties"]) == ["id", "name", "kind", "due", "lines"]
    assert schema["required"] == list(schema["properties"])
    jsonschema_rs.Draft7Validator(schema).validate(MADE)


VALUES: dict[str, tuple[list[Any], list[Any]]] = {
    "flag": ([True, False], ["perhaps", None]),
    "text": (["ab"], ["a", "", "  ", None]),
    "blank": (["", " ", "a"], [None, []]),
    "kept": ([" "], [""]),
    "email": (["ada@example.com"], ["ada", ""]),
    "slug": (["a-b_1"], ["a b", "ä"]),
    "url": (["https://example.com/x"], ["example"]),
    "key": ([str(uuid.UUID(int=5))], [None]),
    "ip": (["127.0.0.1", "::1"], ["localhost"]),
    "ip4": (["127.0.0.1"], ["::1"]),
    "number": ([1, 9], [0, 10, 1.5, None]),
    "real": ([0.5, -3], [0.6, "x"]),
    "price": (["1.50", "-999.9", "0"], ["1.234", "1234", "x"]),
    "share": (["0.25", ".1", "-0.00"], ["1.5", "0.123", "0"]),
    "any_price": (["1234.5678"], ["x"]),
    "moment": (["2026-02-01T10:00:00Z", "2026-02-01T10:00:00+02:00"], ["yesterday"]),
    "day": (["2026-02-01"], ["2026-02-31", "x"]),
    "own_day": (["01.02.2026"], []),
    "time": (["10:00", "23:59:59.5"], ["25:00", "x"]),
    "duration": (["3 00:00:01", "10:00:00"], ["soon"]),
    "choice": (["home"], ["else", None]),
    "none": ([1, None, ""], [3]),
    "choices": ([["home", "work"]], [[], ["else"], "home"]),
    "texts": ([["a"], ["a", "b"]], [[], ["a", "b", "c"], [""], "a"]),
    "numbers": ([{"a": 1}], [{}, {"a": "x"}, [1]]),
    "whatever": ([1, "x", {"a": [None]}, False], []),
    "line": ([{"article": "tea"}], [{"article": "tea", "number": 0}, 5]),
    "lines": ([[{"article": "tea"}]], [[], [{"article": "!"}], {}]),
    "email_or_none": (["", "ada@example.com"], ["ada", None]),
    "slug_or_none": (["", "a-b_1"], ["a b", None]),
    "url_or_none": (["", "https://example.com/x"], ["example", None]),
    "ip_or_none": (["", "127.0.0.1"], ["localhost", None]),
    "long_or_none": (["", "  ", "abc"], ["ab", None]),
    "long_email_or_none": (["", "ada@a.com"], ["a@a.com", "ada loves", None]),
    "long_or_kept": (["", "   "], ["ab", "  ", None]),
}


@pytest.mark.parametrize("name", VALUES)
@override_settings(REST_FRAMEWORK={"LIST_SERIALIZER_ERRORS_AS_DICT": True})
def test_document_and_serializer_agree_on_what_is_valid(name: str) -> None:
    valid, invalid = VALUES[name]
    schema = payload_of("fields")
    validator = jsonschema_rs.Draft7Validator(schema, validate_formats=True)
    assert set(schema["properties"]) == set(VALUES)
    for value in valid:
        payload = {name: value}
        validator.validate(payload)
        message = Fields(payload=payload)
        # What is written of it is valid as well, though not always as it was spelled.
        validator.validate(json.loads(message.model_dump_json())["payload"])
    for value in invalid:
        payload = {name: value}
        assert not validator.is_valid(payload), value
        with pytest.raises(ValidationError):
            Fields(payload=payload)


RELATIONS: Any = serializers  # of which the stubs want to know more than there is


class Reading(serializers.Serializer[Any]):
    counted = serializers.SerializerMethodField()
    plain = serializers.SerializerMethodField()
    owner = serializers.CharField(source="user.username")
    when = serializers.DateTimeField(format="%Y")
    price = serializers.DecimalField(max_digits=5, decimal_places=2, coerce_to_string=False)
    group: Any = RELATIONS.PrimaryKeyRelatedField(read_only=True)
    groups: Any = RELATIONS.PrimaryKeyRelatedField(
        many=True, read_only=True, pk_field=serializers.IntegerField()
    )
    shown: Any = RELATIONS.StringRelatedField()
    picture = serializers.ImageField()

    def get_counted(self, made: Any) -> list[int]:
        return [1]

    get_plain = staticmethod(id)  # of which nothing is known


class AddressSerializer(serializers.ModelSerializer[User]):
    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride] - what the stubs see in it
        model = User
        fields = ("email", "username")
        read_only_fields = ("email",)


def test_a_user_without_an_address_is_what_the_document_says() -> None:
    class Told(BaseMessage):
        action: Literal["told"] = "told"
        payload: Annotated[Any, SerializerOutput(AddressSerializer)]

    schema = Told.model_json_schema(mode="serialization")["properties"]["payload"]
    validator = jsonschema_rs.Draft7Validator(schema, validate_formats=True)
    for email in ("", "ada@example.com"):
        validator.validate(Told(payload=User(username="ada", email=email)).payload)
    assert not validator.is_valid(Told(payload=User(username="ada", email="ada")).payload)


class Amounts(serializers.Serializer[Any]):
    price = serializers.DecimalField(max_digits=5, decimal_places=2)
    text = serializers.DecimalField(max_digits=5, decimal_places=2, coerce_to_string=True)
    local = serializers.DecimalField(max_digits=5, decimal_places=2, localize=True)
    count = serializers.IntegerField()


@pytest.mark.parametrize("coerces", [True, False])
def test_numbers_are_sent_as_text_where_a_field_or_the_settings_say_so(coerces: bool) -> None:
    class Told(BaseMessage):
        action: Literal["told"] = "told"
        payload: Annotated[Any, SerializerOutput(Amounts)]

    text = {"type": "string", "pattern": r"^-?\d{1,3}(\.\d{1,2})?$"}
    with override_settings(REST_FRAMEWORK={"COERCE_DECIMAL_TO_STRING": coerces}):
        schema = Told.model_json_schema(mode="serialization")["properties"]["payload"]["properties"]
        assert schema == {
            "price": text if coerces else {"type": "number"},
            "text": text,
            "local": {"type": "string"},
            "count": {"type": "integer"},
        }
        sent = Told(payload=SimpleNamespace(**dict.fromkeys(schema, 1))).payload
        assert isinstance(sent["price"], str) is coerces


def test_fields_that_are_only_read_are_described() -> None:
    class Read(BaseMessage):
        action: Literal["read"] = "read"
        payload: Annotated[dict[str, Any], SerializerOutput(Reading)]

    schema = Read.model_json_schema(mode="serialization")["properties"]["payload"]["properties"]
    nullable = [{"type": "string"}, {"type": "null"}]
    assert schema == {
        "counted": {"type": "array", "items": {"type": "integer"}},
        "plain": {},
        "owner": {"anyOf": nullable},
        "when": {"type": "string"},
        "price": {"type": "number"},
        "group": {"type": ["integer", "string"]},
        "groups": {"type": "array", "items": {"type": "integer"}},
        "shown": {"type": "string"},
        "picture": {"anyOf": nullable},
    }
