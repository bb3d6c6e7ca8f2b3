"""What the engine calls and reads of a consumer, whatever class that is."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar

from chanx.core.asgi import Scope
from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.errors import FrameError
from chanx.core.observer import Observer
from chanx.core.runtime import Runtime
from chanx.layers import ChannelLayer
from chanx.messages import BaseMessage

ResultT = TypeVar("ResultT")

ConnectArguments: TypeAlias = Mapping[str, Any] | Callable[[], Awaitable[Mapping[str, Any]]]
"""Arguments for ``connect``, or what makes them when the authenticator has let the client in, and
may raise what ``connect`` may."""


class Hooks(Protocol):
    """A consumer's instance, as those see it that serve its connection.

    :class:`~chanx.core.websocket.AsyncJsonWebsocketConsumer` says what each of them is. The rooms
    of the engine take this and not that class, so that they stand in a line below it.
    """

    scope: Scope
    user: Any
    groups: Sequence[str]
    authenticator: BaseAuthenticator | None
    observer: Observer | None
    handshake_errors: tuple[type[Exception], ...]
    handshake_credentials: Sequence[Credential]
    authenticator_class: ClassVar[type[BaseAuthenticator] | None]
    channel_layer_alias: ClassVar[str]
    origin_settings: ClassVar[str]

    @property
    def user_id(self) -> str | None: ...

    @property
    def expires_at(self) -> float | None: ...

    @classmethod
    def find_channel_layer(cls) -> ChannelLayer | None: ...

    @classmethod
    def describe_user(cls, user: Any) -> str | None: ...

    async def connect(self, *args: Any, **kwargs: Any) -> None: ...

    async def post_authentication(self) -> None: ...

    async def disconnect(self, code: int) -> None: ...

    async def on_layer_gap(self, seconds: float) -> None: ...

    async def handle_validation_error(self, error: FrameError) -> None: ...

    async def handle_message_handler_error(
        self, error: BaseException, message: BaseMessage
    ) -> None: ...

    async def handle_event_handler_error(
        self, error: BaseException, event: BaseMessage | None
    ) -> None: ...

    async def send_message(self, message: BaseMessage) -> bool: ...

    def admits_origin(self, origin: str | None) -> bool: ...

    def unit_of_work(self) -> AbstractAsyncContextManager[Any] | None: ...


async def call_hook(
    consumer: Hooks,
    runtime: Runtime,
    hook: Callable[..., Awaitable[ResultT]],
    *args: Any,
    **kwargs: Any,
) -> ResultT:
    """Call a hook in a unit of work of its own, and return what it returns.

    Args:
        consumer: The consumer, which knows what a unit of work is.
        runtime: The consumer's declarations and settings.
        hook: One of its hooks, or one of its authenticator's.
        args: The hook's arguments.
        kwargs: The hook's arguments.

    Raises:
        Exception: What the hook raises.
    """
    # By the runtime, since a call that returns None would cost each hook of a consumer without
    # units.
    unit = consumer.unit_of_work() if runtime.overrides.unit_of_work else None
    if unit is None:
        return await hook(*args, **kwargs)
    async with unit:
        return await hook(*args, **kwargs)


__all__ = ["ConnectArguments", "Hooks", "call_hook"]
