"""Handlers in threads and in transactions: what Django does for views."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.core.handlers.base import BaseHandler
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from chanx.core.errors import ConfigurationError
from chanx.core.handler import Call, Handler, HandlerOption
from chanx.ext.channels.database import UnitOfWork

# Such a function has its transaction within the thread's turn already; around() must not begin a
# second.
_IN_THREAD: Final = "__chanx_in_thread__"


@dataclass(frozen=True, slots=True)
class Atomic(HandlerOption):
    """Makes a handler one transaction, or none where ``ATOMIC_REQUESTS`` would.

    A handler declared with ``def`` runs in one turn of its thread, in ``transaction.atomic()``. An
    asynchronous one has a thread and connections that nothing else uses until the transaction has
    ended: where it does not have that anyway, it takes one of four that the process keeps for such.

    Attributes:
        is_atomic: Whether it is one.
        using: The database.
    """

    is_atomic: bool = True
    using: str = DEFAULT_DB_ALIAS

    def check(self, consumer: type, handler: Handler) -> None:
        """Refuse a stream, whose transaction would be open as long as its client reads."""
        where = f"{consumer.__qualname__}.{handler.name}"
        if handler.streams and self.is_atomic:
            raise ConfigurationError(
                f"{where} is a stream, and atomic=True would keep its transaction open for as long "
                f"as its client reads: leave atomic out, and use transaction.atomic() where it "
                f"writes."
            )
        if self.using not in connections.settings:
            raise ConfigurationError(
                f"{where} is atomic in the database {self.using!r}, which settings.DATABASES does "
                f"not have: name one of {', '.join(connections.settings)}."
            )

    async def around(self, consumer: Any, call: Call) -> None:
        """Begin the transaction, and end it before the reply is sent."""
        if not self.is_atomic or hasattr(call.handler.method, _IN_THREAD):
            await call()
            return
        # Both ends of transaction.atomic() have to be called in one thread, with the handler's
        # queries between them, and nothing else's: what others write in a shared thread would
        # become part of it.
        async with UnitOfWork.isolated():
            atomic = transaction.atomic(self.using)
            end = sync_to_async(atomic.__exit__)
            await sync_to_async(atomic.__enter__)()
            try:
                await call()
            except GeneratorExit:
                raise  # given up on: its thread closes what is open
            # A cancellation rolls back as well; __exit__ decides by the exception, as in a with
            # statement.
            except BaseException as error:
                await end(type(error), error, error.__traceback__)
                raise
            # Before the reply, which is sent when all that stands around the handler has ended: a
            # failing commit (deferred constraints) is told as an error.
            await end(None, None, None)


def run_in_thread(
    method: Callable[..., Any], options: Sequence[HandlerOption]
) -> Callable[..., Any]:
    """Return an asynchronous function that runs a handler declared with ``def``, as a view is run.

    Args:
        method: The handler's method.
        options: What is kept with the handler.
    """
    atomic = next((option for option in options if isinstance(option, Atomic)), None)
    function = method
    if atomic is not None and atomic.is_atomic:
        function = transaction.atomic(atomic.using)(method)
    # thread_sensitive, the default: Django's connections are of the thread.
    run = sync_to_async(function if atomic is not None else partial(_as_view, method))

    @wraps(method)
    async def call(*args: Any, **kwargs: Any) -> Any:
        return await run(*args, **kwargs)

    setattr(call, _IN_THREAD, True)
    return call


def _as_view(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run a method in the transactions that ``ATOMIC_REQUESTS`` of the databases ask for."""
    # For each call, as it looks at the settings of the connections then; atomic=False keeps away
    # from it.
    view: Any = BaseHandler().make_view_atomic(method)
    return view(*args, **kwargs)


__all__ = ["Atomic", "run_in_thread"]
