"""Names of schemas: short, telling, stable, and two only where two things differ."""

import sys
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Annotated, Any, Generic, Literal, TypeVar

import pytest
from pydantic import BaseModel, ConfigDict, Field, computed_field, create_model

from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage

T = TypeVar("T")

Consumer = type[AsyncJsonWebsocketConsumer[Any]]


@pytest.fixture(autouse=True)
def without_made_modules() -> Iterator[None]:
    """Forget the modules that classes were put in, which others might take for a project's."""
    before = {*sys.modules}
    yield
    for name in [name for name in sys.modules if name not in before]:
        if sys.modules[name].__spec__ is None:
            del sys.modules[name]


def model(name: str, module: str, /, **fields: Any) -> Any:
    """A model class that stands in some module."""
    sys.modules.setdefault(module, ModuleType(module))
    return create_model(name, __module__=module, **fields)


def of(generic: Any, *arguments: Any) -> Any:
    """A generic type of arguments that type checkers do not know."""
    return generic[arguments[0] if len(arguments) == 1 else arguments]


def message_of(action: str, kind: Any) -> Any:
    fields: Any = {"action": (Literal[action], action), "payload": (kind, ...)}
    name = "".join(part.title() for part in action.split("_"))
    return create_model(name, __base__=BaseMessage, __doc__="Carries a value.", **fields)


def consumer_of(received: Iterable[Any] = (), sent: Iterable[Any] = (), **attributes: Any) -> Any:
    """A consumer that takes and sends payloads of some types."""
    inputs = [message_of(f"take_{index}", kind) for index, kind in enumerate(received)]
    outputs = [message_of(f"give_{index}", kind) for index, kind in enumerate(sent)]

    async def handle(self: Any, message: Any) -> Any: ...

    handler = ws_handler(input_type=inputs or [message_of("ask", None)], output_type=outputs)
    return type("Trader", (AsyncJsonWebsocketConsumer,), {"handle": handler(handle), **attributes})


def names(document: Any) -> set[str]:
    """The names of what is not a message and not chanx's own."""
    schemas = document.content["components"]["schemas"]
    messages = set(document.content["components"]["messages"])
    return set(schemas) - messages - {"ErrorPayload", "FieldError", "RefusalData"}


def test_a_class_keeps_its_name(document_of: Callable[..., Any]) -> None:
    user = model("User", "app.models", name=(str, ...))
    assert names(document_of(consumer_of([user, of(list, user)], [user]))) == {"User"}


def test_equal_names_get_the_part_of_their_modules_that_differs(
    document_of: Callable[..., Any],
) -> None:
    one = model("User", "app.chat.models", name=(str, ...))
    other = model("User", "app.shop.models", price=(int, ...))
    found = document_of(consumer_of([one, of(list, other), of(dict, str, one)]))
    assert names(found) == {"User-chat", "User-shop"}
    assert list(found.schema("User-shop")["properties"]) == ["price"]


def test_equal_names_of_equal_content_in_two_modules_are_two_schemas(
    document_of: Callable[..., Any],
) -> None:
    users = [model("User", f"app.{part}", name=(str, ...)) for part in ("chat", "shop")]
    assert names(document_of(consumer_of(users))) == {"User-chat", "User-shop"}


def test_another_class_renames_nothing_it_does_not_clash_with(
    document_of: Callable[..., Any],
) -> None:
    first = model("User", "app.chat", name=(str, ...))
    others = [
        model("User", "app.shop", price=(int, ...)),
        model("Order", "app.chat", id=(int, ...)),
    ]
    before = names(document_of(consumer_of([first, others[1]])))
    after = names(document_of(consumer_of([first, *others])))
    assert before == {"User", "Order"}
    assert after == {"User-chat", "User-shop", "Order"}


def test_nested_classes_get_the_class_around_them(document_of: Callable[..., Any]) -> None:
    class Cat:
        class Options(BaseModel):
            lives: int

    class Dog:
        class Options(BaseModel):
            good: bool

    found = document_of(consumer_of([Cat.Options, Dog.Options]))
    assert names(found) == {"Options-Cat", "Options-Dog"}


def test_classes_of_one_factory_are_numbered_by_content(document_of: Callable[..., Any]) -> None:
    def make(**fields: Any) -> Any:
        return model("Item", "app.factory", **fields)

    one, other = make(a=(int, ...)), make(b=(int, ...))
    forth = document_of(consumer_of([one, other]))
    back = document_of(consumer_of([other, one]))
    assert names(forth) == {"Item-1", "Item-2"}
    for name in ("Item-1", "Item-2"):
        assert forth.schema(name) == back.schema(name)


def test_classes_of_one_factory_are_numbered_by_what_they_refer_to(
    document_of: Callable[..., Any],
) -> None:
    def wrap(inner: Any) -> Any:
        return model("Wrapper", "app.factory", item=(inner, ...))

    user, order = model("User", "app", name=(str, ...)), model("Order", "app", id=(int, ...))
    forth = document_of(consumer_of([wrap(user), wrap(order)]))
    back = document_of(consumer_of([wrap(order), wrap(user)]))
    assert names(forth) == {"User", "Order", "Wrapper-1", "Wrapper-2"}
    assert forth.schema("Wrapper-1")["properties"]["item"]["$ref"].endswith("/Order")
    assert forth.schema("Wrapper-1") == back.schema("Wrapper-1")
    assert forth.schema("Wrapper-2") == back.schema("Wrapper-2")


def test_what_nothing_tells_apart_has_no_other_suffix_than_a_number(
    document_of: Callable[..., Any],
) -> None:
    found = document_of(
        consumer_of([model("Http", "app.a", x=(int, ...)), model("HTTP", "app.a", y=(int, ...))])
    )
    assert names(found) == {"HTTP-1", "Http-2"}


def test_names_that_differ_by_case_are_told_apart(document_of: Callable[..., Any]) -> None:
    found = document_of(
        consumer_of([model("Http", "app.a", x=(int, ...)), model("HTTP", "app.b", y=(int, ...))])
    )
    assert names(found) == {"Http-a", "HTTP-b"}


def test_foreign_letters_become_allowed_ones(document_of: Callable[..., Any]) -> None:
    found = document_of(
        consumer_of([model("Größe", "app", x=(int, ...)), model("消息", "app", y=(int, ...))])
    )
    assert names(found) == {"Groudfe", "u6d88u606f"}


def test_generics_are_named_by_their_arguments(document_of: Callable[..., Any]) -> None:
    class Page(BaseModel, Generic[T]):
        items: list[T]

    user = model("User", "app", name=(str, ...))
    found = document_of(
        consumer_of([Page[int], of(Page, user), of(Page, of(Page, user)), Page[list[int]]])
    )
    assert names(found) == {
        "User",
        "Page_int",
        "Page_User",
        "Page_Page_User",
        "Page_list_int",
    }


def test_constraints_of_a_type_argument_are_no_part_of_the_name(
    document_of: Callable[..., Any],
) -> None:
    class Page(BaseModel, Generic[T]):
        items: list[T]

    found = document_of(consumer_of([of(Page, Annotated[int, Field(ge=1, description="At 0x1")])]))
    assert names(found) == {"Page_int"}


def test_generics_of_equally_named_arguments_are_told_apart(
    document_of: Callable[..., Any],
) -> None:
    class Page(BaseModel, Generic[T]):
        items: list[T]

    users = [model("User", f"app.{part}", **{part: (int, ...)}) for part in ("chat", "shop")]
    found = names(document_of(consumer_of([of(Page, user) for user in users])))
    assert found == {"User-chat", "User-shop", "Page_User-chat", "Page_User-shop"}


def test_generic_messages_are_messages_of_their_own(document_of: Callable[..., Any]) -> None:
    class Envelope(BaseMessage, Generic[T]):
        """Holds something."""

        action: Literal["envelope"] = "envelope"
        payload: T

    class Mail(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def open(self, message: Envelope[int]) -> Envelope[str]:
            return Envelope[str](payload=str(message.payload))

    messages = document_of(Mail).content["components"]["messages"]
    assert messages["Envelope_int"]["title"] == "Envelope"
    assert messages["Envelope_str"]["summary"] == "Holds something."


class Both(BaseModel):
    width: int = 1

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def area(self) -> int:
        return self.width**2


def test_directions_that_differ_are_two_schemas(document_of: Callable[..., Any]) -> None:
    class Frame(BaseModel):
        """Refers to what differs, and so differs as well."""

        inner: Both

    class Same(BaseModel):
        """Refers to nothing."""

    found = names(document_of(consumer_of([Frame, Same], [Frame, Same])))
    assert found == {"Both-Input", "Both-Output", "Frame-Input", "Frame-Output", "Same"}


def test_one_direction_alone_needs_no_suffix(document_of: Callable[..., Any]) -> None:
    assert names(document_of(consumer_of([], [Both]))) == {"Both"}


class Tree(BaseModel):
    children: list["Tree"] = []


def test_recursive_classes_that_are_alike_in_both_directions_stay_one(
    document_of: Callable[..., Any],
) -> None:
    assert names(document_of(consumer_of([Tree], [Tree]))) == {"Tree"}


class Note(BaseMessage):
    """A note."""

    action: Literal["note"] = "note"
    payload: str


def test_a_message_within_a_message_is_described_without_its_ref(
    document_of: Callable[..., Any],
) -> None:
    found = document_of(consumer_of([list[Note]], emits=(Note,)))
    assert "ref" in found.schema("Note")["properties"]
    assert "ref" not in found.schema("Note-Nested")["properties"]


def test_a_spelling_apart_is_a_schema_apart(document_of: Callable[..., Any]) -> None:
    user = model("User", "app", first_name=(str, ...))
    found = document_of(consumer_of([user]), consumer_of([user], camelize=True))
    assert list(found.schema("User")["properties"]) == ["first_name"]
    assert list(found.schema("User-camelCase")["properties"]) == ["firstName"]


def test_a_title_is_an_explicit_name(document_of: Callable[..., Any]) -> None:
    class Row(BaseModel):
        model_config = ConfigDict(title="User / Profile")

        name: str

    class Child(Row):
        """Does not inherit the name."""

    assert names(document_of(consumer_of([Row, Child]))) == {"User_Profile", "Child"}


def titled(module: str, title: str) -> Any:
    return model("User", module, __config__=ConfigDict(title=title))


@pytest.mark.parametrize("title", ["Person", "PERSON"])
def test_two_classes_of_one_title_are_an_error(document_of: Callable[..., Any], title: str) -> None:
    kinds = [titled("app.a", "Person"), titled("app.b", title)]
    with pytest.raises(ConfigurationError, match=rf"app\.a\.User and app\.b\.User.*'{title}'"):
        document_of(consumer_of(kinds))


@pytest.mark.parametrize(("module", "other"), [("app.b", "Person-b"), ("app.a", "Person-2")])
def test_a_class_makes_way_for_a_title(
    document_of: Callable[..., Any], module: str, other: str
) -> None:
    kinds = [model("Person", module, x=(int, ...)), titled("app.a", "Person")]
    found = document_of(consumer_of(kinds))
    assert names(found) == {"Person", other}
    assert list(found.schema(other)["properties"]) == ["x"]


def test_no_name_leaks_a_module_path(document_of: Callable[..., Any]) -> None:
    users = [model("User", f"company.secret.{part}.models", x=(int, ...)) for part in "ab"]
    text = str(document_of(consumer_of(users)).content)
    assert "secret" not in text
    assert "models" not in text


def test_several_actions_of_one_class_are_described_as_they_are_handled(
    document_of: Callable[..., Any],
) -> None:
    class Change(BaseMessage):
        """Changes something."""

        action: Literal["edit", "delete", "restore"]
        payload: int

    class Editor(AsyncJsonWebsocketConsumer):
        @ws_handler(action="edit")
        async def edit(self, message: Change) -> None: ...

        @ws_handler(action="delete")
        async def delete(self, message: Change) -> Change:
            return message

    document = document_of(Editor)
    payload = {"payload": 1}
    assert document.matching("editor", "receive", {"action": "edit", **payload}) == ["Change-edit"]
    assert document.matching("editor", "receive", {"action": "restore", **payload}) == []
    assert document.matching("editor", "send", {"action": "restore", **payload}) == [
        "Change-edit-delete-restore"
    ]


def test_the_discriminator_is_the_consumers(document_of: Callable[..., Any]) -> None:
    class Kind(AsyncJsonWebsocketConsumer):
        discriminator_field = "kind"

        @ws_handler
        async def note(self, message: Note) -> Note:
            return message

    schema = document_of(Kind).schema("Note")
    assert schema["required"] == ["kind", "payload"]
    assert schema["properties"]["kind"] == {"type": "string", "const": "note"}
    assert "action" not in schema["properties"]


class Place(BaseModel):
    street_name: str = Field(default="", examples=["Main Street"])
    by_key: dict[str, int] = {}
    given: int = Field(default=0, alias="given_alias")


class Move(BaseMessage):
    """Moves."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"payload": {"street_name": "Side", "by_key": {"a_b": 1}}}]}
    )

    action: Literal["move"] = "move"
    payload: Place
    sent_at: int = 0


def test_camel_case_reaches_names_required_and_examples(document_of: Callable[..., Any]) -> None:
    class Mover(AsyncJsonWebsocketConsumer):
        camelize = True

        @ws_handler
        async def move(self, message: Move) -> None: ...

    document = document_of(Mover)
    assert list(document.schema("Place")["properties"]) == ["streetName", "byKey", "given_alias"]
    (example,) = document.message("move")["examples"]
    assert example["payload"]["payload"]["streetName"] == "Side"
    assert example["payload"]["payload"]["byKey"] == {"a_b": 1}
    assert "sentAt" in document.schema("Move")["properties"]


def test_a_document_may_be_spelled_otherwise_than_the_wire(document_of: Callable[..., Any]) -> None:
    found = document_of(consumer_of([Place]), camelize=True)
    assert "streetName" in found.schema("Place")["properties"]
