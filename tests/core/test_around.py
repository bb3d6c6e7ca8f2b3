"""What stands around handlers, when a class is created; what it does is in the contract."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, Unpack, overload

import pytest

from chanx.core.decorators import WsHandlerArguments, event_handler, ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.handler import Call, Handler, HandlerOption
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage

Consumer = AsyncJsonWebsocketConsumer[Any]


class Passing:
    async def around(self, call: Call) -> None:
        await call()


class Health(Consumer):
    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()


def layers_of(consumer: type[Consumer]) -> tuple[Any, ...]:
    return consumer.handler_table.messages["ping"].layers


def test_a_handler_that_nothing_stands_around_is_plain() -> None:
    handler = Health.handler_table.messages["ping"]
    assert (handler.layers, handler.is_plain) == ((), True)


def test_each_class_has_its_layer_the_most_derived_outermost() -> None:
    class Inner(Health):
        async def around(self, call: Call) -> None:
            await call()

    class Outer(Passing, Inner):
        async def around(self, call: Call) -> None:
            await call()

    class Last(Outer):
        pass

    expected = (Outer.around, Passing.around, Inner.around)
    assert layers_of(Last) == layers_of(Outer) == expected
    assert not Last.handler_table.messages["ping"].is_plain
    assert layers_of(Health) == ()


def not_asynchronous(self: Any, call: Call) -> None: ...


async def without_call(self: Any) -> None: ...


async def generator(self: Any, call: Call) -> AsyncIterator[None]:
    yield


async def of_class(cls: type, call: Call) -> None: ...


UNCALLABLE: dict[str, Any] = {
    "def": not_asynchronous,
    "arguments": without_call,
    "generator": generator,
    "static": staticmethod(Passing.around),
    "class": classmethod(of_class),
    "number": 5,
}


@pytest.mark.parametrize("around", UNCALLABLE.values(), ids=UNCALLABLE)
@pytest.mark.parametrize("is_mixed_in", [True, False])
def test_one_that_cannot_be_called_is_refused(around: Any, is_mixed_in: bool) -> None:
    bases: tuple[type, ...] = (Health,)
    if is_mixed_in:
        bases = (type("Mixed", (), {"around": around}), Health)
    with pytest.raises(ConfigurationError, match=r"around.*async def around\(self, call\)"):
        type("Wrong", bases, {"around": Passing.around} if is_mixed_in else {"around": around})


def test_one_that_enters_that_of_its_base_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"Wrong.around calls super.*await call\(\)"):

        class Wrong(Health):  # pyright: ignore[reportUnusedClass]
            async def around(self, call: Call) -> None:
                await super().around(call)


@dataclass(frozen=True)
class Topic(HandlerOption):
    name: str

    def check(self, consumer: type, handler: Handler) -> None:
        if self.name == "wrong":
            where = f"{consumer.__qualname__}.{handler.name}"
            raise ConfigurationError(f"{where}: give it another topic.")


class Audited(Topic):
    pass


MethodT = TypeVar("MethodT", bound=Callable[..., object])


@overload
def own_ws_handler(method: MethodT, /) -> MethodT: ...
@overload
def own_ws_handler(
    *, topic: str = "none", **arguments: Unpack[WsHandlerArguments]
) -> Callable[[MethodT], MethodT]: ...
def own_ws_handler(
    method: Any = None, /, *, topic: str = "none", **arguments: Unpack[WsHandlerArguments]
) -> Any:
    """A project's own decorator, with a keyword of its own."""
    arguments["options"] = [*arguments.get("options", ()), Topic(topic)]
    decorate = ws_handler(**arguments)
    return decorate if method is None else decorate(method)


def test_a_decorator_of_ones_own_keeps_options_with_its_handler() -> None:
    class Own(Consumer):
        @own_ws_handler(topic="health", summary="Is it there?")
        async def ping(self, message: PingMessage) -> None: ...

    handler = Own.handler_table.messages["ping"]
    assert handler.option(Topic) == Topic("health")
    assert handler.option(HandlerOption) == Topic("health")
    assert handler.option(Audited) is None
    assert handler.summary == "Is it there?"
    assert handler.is_plain


def test_a_decorator_of_ones_own_goes_without_parentheses_too() -> None:
    class Local(PingMessage): ...

    class Own(Consumer):
        @own_ws_handler
        async def ping(self, message: "Local") -> None: ...

    handler = Own.handler_table.messages["ping"]
    assert (handler.inputs, handler.options) == ((Local,), (Topic("none"),))


def test_an_override_without_decorator_keeps_the_options() -> None:
    class Base(Consumer):
        @own_ws_handler(topic="base")
        async def ping(self, message: PingMessage) -> None: ...

    class Derived(Base):
        async def ping(self, message: PingMessage) -> None: ...

    class Anew(Base):
        @ws_handler
        async def ping(self, message: PingMessage) -> None: ...

    assert Derived.handler_table.messages["ping"].options == (Topic("base"),)
    assert Anew.handler_table.messages["ping"].options == ()


def test_an_option_may_refuse_an_override_with_a_decorator_of_its_own() -> None:
    class Kept(HandlerOption):
        def check_override(self, consumer: type, handler: Handler) -> None:
            if handler.option(Kept) is None:
                raise ConfigurationError(f"{consumer.__qualname__}.{handler.name}: keep it.")

    class Base(Consumer):
        @ws_handler(options=[Kept()])
        async def ping(self, message: PingMessage) -> None: ...

    class Middle(Base):
        async def ping(self, message: PingMessage) -> None: ...

    class Without(Base):
        ping = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType] - takes it away

    async def ping(self: Any, message: PingMessage) -> None: ...

    type("Again", (Middle,), {"ping": ws_handler(options=[Kept()])(ping)})
    type("Another", (Without,), {"ping": ws_handler(ping)})
    with pytest.raises(ConfigurationError, match=r"Wrong\.ping: keep it"):
        type("Wrong", (Middle,), {"ping": ws_handler(ping)})


def test_a_keyword_that_no_decorator_knows_is_an_error() -> None:
    unknown: Any = {"throttle": 5}
    with pytest.raises(TypeError, match="throttle"):
        own_ws_handler(**unknown)
    with pytest.raises(TypeError, match="throttle"):
        ws_handler(**unknown)


@pytest.mark.parametrize("decorator", [ws_handler, event_handler])
@pytest.mark.parametrize(
    ("options", "text"),
    [([Topic("a"), Topic("b")], "two Topic"), (["topic"], "takes HandlerOption instances")],
    ids=["twice", "text"],
)
def test_options_that_cannot_be_kept_are_refused(decorator: Any, options: Any, text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        decorator(options=options)


def test_an_option_may_refuse_what_cannot_work() -> None:
    with pytest.raises(ConfigurationError, match=r"Own\.ping: give it another topic"):

        class Own(Consumer):  # pyright: ignore[reportUnusedClass]
            @own_ws_handler(topic="wrong")
            async def ping(self, message: PingMessage) -> None: ...
