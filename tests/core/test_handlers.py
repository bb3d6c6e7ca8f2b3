"""The handler records that a consumer's declarations make, and the mistakes they refuse."""

import functools
import inspect
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable
from types import new_class
from typing import Annotated, Any, Generic, Literal, Optional, TypeAlias, TypeVar, Union

import pytest
import typing_extensions as extensions
from typing_extensions import TypeAliasType

from chanx.core.decorators import ChannelDeclaration, channel, event_handler, ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.handler import Handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage, PongMessage

Consumer = AsyncJsonWebsocketConsumer[Any]


class Ask(BaseMessage):
    action: Literal["ask"] = "ask"


class Tell(BaseMessage):
    action: Literal["tell"] = "tell"


class Edit(BaseMessage):
    action: Literal["edit", "delete"]


def untyped(source: str) -> Any:
    """Return a function that type checkers are not shown."""
    names: dict[str, Any] = {"Ask": Ask, "Tell": Tell}
    exec(source, names)
    return names["method"]


silent = untyped("async def method(self, message: Ask): ...")
unannotated = untyped("async def method(self, message): ...")
streams_unsaid = untyped("async def method(self, message: Ask) -> Tell: yield Tell()")


Both: TypeAlias = Ask | Tell
Named = TypeAliasType("Named", Ask | Tell)
AliasedT = TypeVar("AliasedT")
Maybe = TypeAliasType("Maybe", Optional[AliasedT], type_params=(AliasedT,))  # noqa: UP045
Stream = TypeAliasType("Stream", AsyncIterator[Maybe[AliasedT]], type_params=(AliasedT,))


def handler_of(method: Callable[..., Any], **options: Any) -> Handler:
    """Return the record of a method as the only handler of a consumer."""
    decorate: Any = ws_handler(**options) if options else ws_handler
    (handler,) = declare(method=decorate(method)).handler_table.handlers
    return handler


def declare(*bases: Any, **methods: Any) -> type[Consumer]:
    """Return a consumer named Room, made as a class statement would."""
    room: type[Consumer] = new_class(
        "Room", bases or (Consumer,), {}, lambda it: it.update(methods)
    )
    return room


async def one(self: Any, message: Ask) -> Tell:
    raise NotImplementedError


async def optional(self: Any, message: Ask) -> Tell | None:
    raise NotImplementedError


async def old_optional(self: Any, message: Ask) -> Optional[Tell]:  # noqa: UP045
    raise NotImplementedError


async def union(self: Any, message: Ask | Tell) -> Ask | Tell:
    raise NotImplementedError


async def old_union(self: Any, message: Union[Ask, Tell]) -> Union[Ask, Tell]:  # noqa: UP007
    raise NotImplementedError


async def alias(self: Any, message: Both) -> Both | None:
    raise NotImplementedError


async def named(self: Any, message: Named) -> Named | None:
    raise NotImplementedError


async def annotated(self: Any, message: Annotated[Ask | Tell, "x"]) -> Annotated[Both, "y"]:
    raise NotImplementedError


async def nothing(self: Any, message: Ask) -> None: ...
async def quoted(self: Any, message: "Ask") -> "Tell":
    raise NotImplementedError


async def quoted_part(self: Any, message: Annotated["Ask", "Tell"]) -> Optional["Tell"]:
    raise NotImplementedError


async def quoted_union(self: Any, message: Union["Ask", None]) -> Union["Tell", "Ask"]:
    raise NotImplementedError


async def generic_alias(self: Any, message: Ask) -> Maybe[Tell]:
    raise NotImplementedError


async def nested_alias(self: Any, message: "Maybe[Ask]") -> Maybe[Union["Tell", Maybe[Ask]]]:
    raise NotImplementedError


async def anything(self: Any, message: Ask) -> BaseMessage:
    raise NotImplementedError


async def defaulted(self: Any, message: Ask, more: int = 1, *rest: Any, **named: Any) -> Tell:
    raise NotImplementedError


async def iterator(self: Any, message: Ask) -> AsyncIterator[Tell | Ask]:
    yield Tell()


async def generator(self: Any, message: Ask) -> AsyncGenerator[Tell, None]:
    yield Tell()


async def iterable(self: Any, message: Ask) -> AsyncIterable[Tell]:
    yield Tell()


async def quoted_stream(self: Any, message: Ask) -> AsyncIterator["Tell"]:
    yield Tell()


async def stream_alias(self: Any, message: Ask) -> Stream[Tell]:
    yield Tell()


@pytest.mark.parametrize(
    ("method", "inputs", "outputs"),
    [
        (one, (Ask,), (Tell,)),
        (optional, (Ask,), (Tell,)),
        (old_optional, (Ask,), (Tell,)),
        (union, (Ask, Tell), (Ask, Tell)),
        (old_union, (Ask, Tell), (Ask, Tell)),
        (alias, (Ask, Tell), (Ask, Tell)),
        (named, (Ask, Tell), (Ask, Tell)),
        (annotated, (Ask, Tell), (Ask, Tell)),
        (nothing, (Ask,), ()),
        (silent, (Ask,), None),
        (quoted, (Ask,), (Tell,)),
        (quoted_part, (Ask,), (Tell,)),
        (quoted_union, (Ask,), (Tell, Ask)),
        (generic_alias, (Ask,), (Tell,)),
        (nested_alias, (Ask,), (Tell, Ask)),
        (anything, (Ask,), (BaseMessage,)),
        (defaulted, (Ask,), (Tell,)),
        (iterator, (Ask,), (Tell, Ask)),
        (generator, (Ask,), (Tell,)),
        (iterable, (Ask,), (Tell,)),
        (quoted_stream, (Ask,), (Tell,)),
        (stream_alias, (Ask,), (Tell,)),
    ],
)
def test_types_come_from_the_annotations(
    method: Callable[..., Any], inputs: Any, outputs: Any
) -> None:
    handler = handler_of(method)
    assert (handler.inputs, handler.outputs) == (inputs, outputs)
    assert handler.streams == inspect.isasyncgenfunction(method)


def test_a_generic_alias_without_its_argument_is_refused_with_the_fix() -> None:
    with pytest.raises(ConfigurationError, match=r"says nothing of .*: write Maybe\[SomeMessage\]"):
        handler_of(silent, input_type=Maybe)


@pytest.mark.parametrize("given", [Ask, Ask | None, [Ask], (Ask,), [Ask, Ask], Annotated[Ask, 1]])
def test_types_that_are_given_count_before_annotations(given: Any) -> None:
    handler = handler_of(silent, input_type=given, output_type=given)
    assert (handler.inputs, handler.outputs) == ((Ask,), (Ask,))


def test_lists_and_tuples_of_messages_may_be_given() -> None:
    handler = handler_of(one, input_type=[Ask, PingMessage], output_type=(Tell, PongMessage))
    assert (handler.inputs, handler.outputs) == ((Ask, PingMessage), (Tell, PongMessage))


def test_every_action_of_a_message_is_handled_or_the_one_that_is_named() -> None:
    async def edit(self: Any, message: Edit) -> None: ...

    assert [*handler_of(edit).routes] == ["edit", "delete"]
    assert [*handler_of(edit, action="delete").routes] == ["delete"]


def test_two_handlers_may_share_a_message_of_several_actions() -> None:
    class Editor(Consumer):
        @ws_handler(action="edit")
        async def edit(self, message: Edit) -> None: ...

        @ws_handler(action="delete")
        async def delete(self, message: Edit) -> None: ...

    table = Editor.handler_table.messages
    assert {action: handler.name for action, handler in table.items()} == {
        "edit": "edit",
        "delete": "delete",
    }


def test_texts_come_from_the_docstring_unless_given() -> None:
    async def told(self: Any, message: Ask) -> None:
        """Answer a question.

        At length.
        """

    handler = handler_of(told)
    assert (handler.summary, handler.description) == (None, "Answer a question.\n\nAt length.")
    given = handler_of(told, summary="S", description="D", tags=["a", "b"], concurrent=True)
    assert (given.summary, given.description, given.tags) == ("S", "D", ("a", "b"))
    assert given.concurrent


def test_a_blank_docstring_tells_nothing() -> None:
    async def told(self: Any, message: Ask) -> None: ...

    told.__doc__ = "   \n\n   "
    handler = handler_of(told)
    assert (handler.summary, handler.description) == (None, None)


def test_messages_and_events_are_tables_of_their_own() -> None:
    class Room(Consumer):
        @ws_handler
        async def ask(self, message: Ask) -> None: ...

        @event_handler
        async def on_ask(self, event: Ask) -> None: ...

    assert Room.handler_table.messages["ask"].name == "ask"
    assert Room.handler_table.events["ask"].name == "on_ask"


class Asking(Consumer):
    @ws_handler(summary="Base.")
    async def ask(self, message: Ask) -> Tell:
        raise NotImplementedError


class Telling:
    @ws_handler
    async def tell(self, message: Tell) -> None: ...


def test_handlers_are_inherited_and_composed_of_mixins() -> None:
    class Room(Telling, Asking):
        @ws_handler
        async def ping(self, message: PingMessage) -> PongMessage:
            raise NotImplementedError

    assert [*Room.handler_table.messages] == ["ask", "tell", "ping"]
    assert [*Asking.handler_table.messages] == ["ask"]


def test_an_override_replaces_its_base_and_keeps_its_declaration() -> None:
    class Louder(Asking):
        async def ask(self, message: Ask) -> Tell:
            raise NotImplementedError

    handler = Louder.handler_table.messages["ask"]
    assert (handler.method, handler.summary) == (Louder.ask, "Base.")


def test_a_decorated_override_replaces_the_declaration_too() -> None:
    class Other(Asking):
        @ws_handler(summary="Derived.")
        async def ask(self, message: Tell) -> Tell:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
            raise NotImplementedError

    assert [*Other.handler_table.messages] == ["tell"]
    assert Other.handler_table.messages["tell"].summary == "Derived."


def test_none_takes_a_handler_away_and_a_derived_class_may_bring_it_back() -> None:
    class Mute(Asking):
        ask = None  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]

    class Asked(Mute):
        @ws_handler
        async def ask(self, message: Ask) -> None: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]

    assert [*Mute.handler_table.messages] == []
    assert [*Asked.handler_table.messages] == ["ask"]


def test_another_decorator_may_stand_above_or_below() -> None:
    def traced(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(method)
        async def call(*arguments: Any) -> Any:
            return await method(*arguments)

        return call

    class Room(Consumer):
        @traced
        @ws_handler
        async def ask(self, message: Ask) -> Tell:
            raise NotImplementedError

        @ws_handler
        @traced
        async def tell(self, message: Tell) -> Ask:
            raise NotImplementedError

    table = Room.handler_table.messages
    assert table["ask"].method is vars(Room)["ask"]
    assert table["tell"].outputs == (Ask,)


MessageT = TypeVar("MessageT", bound=BaseMessage)
ReplyT = TypeVar("ReplyT", bound=BaseMessage)


class Echo(Consumer, Generic[MessageT]):
    @ws_handler
    async def echo(self, message: MessageT) -> MessageT:
        raise NotImplementedError


class Replying(Generic[MessageT, ReplyT]):
    @ws_handler
    async def reply(self, message: MessageT) -> ReplyT | None:
        raise NotImplementedError


def test_a_generic_consumer_has_no_handler_for_what_is_not_bound_yet() -> None:
    assert Echo.handler_table.handlers == ()


def test_a_generic_consumer_takes_what_its_bases_are_given() -> None:
    class Asked(Echo[Ask]): ...

    class Either(Echo[Ask | Tell]): ...

    assert Asked.handler_table.messages["ask"].outputs == (Ask,)
    assert [*Either.handler_table.messages] == ["ask", "tell"]


def test_a_generic_consumer_may_be_bound_in_steps() -> None:
    class Half(Replying[MessageT, Tell], Consumer, Generic[MessageT]): ...

    class Whole(Half[Ask]): ...

    assert Half.handler_table.handlers == ()
    assert Whole.handler_table.messages["ask"].outputs == (Tell,)


def test_a_variable_that_is_never_bound_is_refused_with_the_fix() -> None:
    with pytest.raises(ConfigurationError, match=r"Room\.echo: .*write Echo\[SomeMessage\]"):
        declare(Echo)


DefaultT = extensions.TypeVar("DefaultT", bound=BaseMessage, default=Ask)
ChainedT = extensions.TypeVar("ChainedT", bound=BaseMessage, default=DefaultT)
AnyEventT = extensions.TypeVar("AnyEventT", bound=BaseMessage, default=BaseMessage)


class Defaulted(Consumer, Generic[DefaultT, ChainedT]):
    @ws_handler
    async def echo(self, message: DefaultT) -> ChainedT:
        raise NotImplementedError


class Forwarding(AsyncJsonWebsocketConsumer[AnyEventT]):
    @event_handler
    async def forward(self, event: AnyEventT) -> AnyEventT:
        raise NotImplementedError


def test_a_type_variables_default_stands_for_it_where_nothing_is_given() -> None:
    class Bare(Defaulted): ...

    class Given(Defaulted[Tell]): ...

    class Both(Defaulted[Tell, Ask]): ...

    for consumer, taken, given in (
        (Defaulted, Ask, Ask),
        (Bare, Ask, Ask),
        (Given, Tell, Tell),
        (Both, Tell, Ask),
    ):
        (handler,) = consumer.handler_table.handlers
        assert (handler.inputs, handler.outputs) == ((taken,), (given,))


def test_a_default_that_is_any_message_stands_for_none() -> None:
    assert Forwarding.handler_table.handlers == ()
    with pytest.raises(ConfigurationError, match=r"forward: .*write Forwarding\[SomeMessage\]"):
        declare(Forwarding)


def test_generic_bases_that_share_a_type_variable_are_bound_each_for_itself() -> None:
    class Pair(Replying[Tell, Ask], Echo[PingMessage]): ...

    table = Pair.handler_table.messages
    assert {action: handler.name for action, handler in table.items()} == {
        "ping": "echo",
        "tell": "reply",
    }
    assert table["tell"].outputs == (Ask,)


def test_a_channel_keeps_its_data_for_the_document() -> None:
    @channel(name="chat", description="Rooms.", tags=["public"])
    class Room(Consumer): ...

    class Derived(Room): ...

    declared = vars(Room)["__chanx_channel__"]
    assert declared == ChannelDeclaration("chat", "Rooms.", ("public",))
    assert "__chanx_channel__" not in vars(Derived)


def test_channel_needs_parentheses() -> None:
    with pytest.raises(ConfigurationError, match=r"@channel\(\) with parentheses on Room"):
        channel(type("Room", (), {}))  # type: ignore[arg-type]  # the mistake under test


async def no_argument(self: Any) -> None: ...
async def two_arguments(self: Any, message: Ask, other: Ask) -> None: ...
async def keyword_only(self: Any, *, message: Ask) -> None: ...
async def required_keyword(self: Any, message: Ask, *, other: int) -> None: ...
async def takes_text(self: Any, message: str) -> None: ...
async def takes_some_text(self: Any, message: Ask | str) -> None: ...
async def takes_any(self: Any, message: Any) -> None: ...
async def takes_none(self: Any, message: None) -> None: ...
async def takes_abstract(self: Any, message: BaseMessage) -> None: ...
async def returns_text(self: Any, message: Ask) -> str:
    raise NotImplementedError


async def returns_list(self: Any, message: Ask) -> list[Tell]:
    raise NotImplementedError


async def returns_stream(self: Any, message: Ask) -> AsyncIterator[Tell]:
    raise NotImplementedError


def blocking(self: Any, message: Ask) -> None: ...


def sync_generator(self: Any, message: Ask) -> Any:
    yield Tell()


@pytest.mark.parametrize(
    ("method", "text"),
    [
        (no_argument, "with one argument for the message"),
        (two_arguments, "with one argument for the message"),
        (keyword_only, "with one argument for the message"),
        (required_keyword, "with one argument for the message"),
        (unannotated, "annotate 'message' with the message it takes, or give input_type="),
        (takes_text, "cannot take what it declares: str is not a BaseMessage"),
        (takes_some_text, "cannot take what it declares: str is not a BaseMessage"),
        (takes_any, "cannot take what it declares: .*Any is not a BaseMessage"),
        (takes_none, "declares no message to take: give its message class"),
        (takes_abstract, "BaseMessage has no action: take a concrete message class"),
        (returns_text, "cannot return what it declares: str is not a BaseMessage"),
        (returns_list, "cannot return what it declares"),
        (returns_stream, r"without it Reply \| None"),
        (streams_unsaid, r"with `yield` returns AsyncIterator\[Reply\]"),
        (blocking, "is not asynchronous: declare it with `async def`"),
        (sync_generator, "is not asynchronous: declare it with `async def`"),
    ],
)
@pytest.mark.parametrize("decorate", [ws_handler, event_handler])
def test_a_method_that_cannot_work_is_refused_with_its_name_and_the_fix(
    decorate: Any, method: Any, text: str
) -> None:
    with pytest.raises(ConfigurationError, match=text) as caught:
        declare(method=decorate(method))
    assert "Room.method" in str(caught.value)
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize("wrap", [classmethod, staticmethod, property])
def test_only_a_method_can_be_a_handler(wrap: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"Room\.method is not a method of an instance"):
        declare(method=wrap(ws_handler(one)))
    with pytest.raises(ConfigurationError, match="goes on an async method"):
        ws_handler(wrap(one))


def test_a_handler_that_is_overridden_by_something_else_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"Room\.ask"):
        declare(Asking, ask=5)


@pytest.mark.parametrize("name", ["send_message", "connect", "close"])
def test_a_handler_that_hides_what_the_consumer_has_is_refused_with_the_fix(name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"Room\.{name} hides .*: give .* another name"):
        declare(**{name: ws_handler(one)})


@pytest.mark.parametrize("decorate", [ws_handler, event_handler, channel])
def test_tags_that_are_no_list_are_refused_with_the_fix(decorate: Any) -> None:
    with pytest.raises(ConfigurationError, match="tags='chat' is a string: write a list of tags"):
        decorate(tags="chat")


def test_a_decorator_goes_on_a_method() -> None:
    decorate: Any = ws_handler
    for mistaken in (Ask, "ask", 5):
        with pytest.raises(ConfigurationError, match="@ws_handler goes on an async method"):
            decorate(mistaken)


@pytest.mark.parametrize("decorate", [ws_handler, event_handler])
def test_two_handlers_for_one_action_are_refused_with_both_names_and_the_fix(
    decorate: Any,
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        declare(first=decorate(one), second=decorate(optional))
    for text in ("Room.first", "Room.second", "'ask'", "action="):
        assert text in str(caught.value)


def test_two_inputs_that_share_an_action_are_refused() -> None:
    class Again(BaseMessage):
        action: Literal["ask"] = "ask"

    with pytest.raises(ConfigurationError, match=r"Room\.method: Ask and .*Again share .*'ask'"):
        declare(method=ws_handler(input_type=[Ask, Again])(silent))


def test_an_action_that_is_not_the_messages_is_refused_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError, match=r"'tell' is not one of .*: ask"):
        declare(method=ws_handler(action="tell")(one))
