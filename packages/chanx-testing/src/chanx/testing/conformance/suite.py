"""The cases of a plan as tests of pytest."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from chanx.testing.conformance.cases import PHASES, Case, Phase
from chanx.testing.conformance.checks import ConformanceError, ConformanceWarning
from chanx.testing.conformance.hooks import Hooks
from chanx.testing.conformance.plan import Plan


def suite(
    application: Any = None,
    *,
    hooks: "Hooks | type[Hooks] | str | None" = None,
    document: Mapping[str, Any] | str | None = None,
    url: str | None = None,
    channels: Sequence[str] = (),
    phases: Sequence[Phase] = PHASES,
    is_strict: bool = False,
    seed: int | None = None,
    count: int = 50,
    is_remote: bool = False,
) -> Callable[..., None]:
    """Return a test that holds a server against its document, with a parameter for each case.

    Args:
        application: The ASGI application, or ``module:app``; None for one elsewhere, at ``url``.
        hooks: What the project adds; the name of a fixture that returns it, if it needs others.
        document: The document, a file, ``git:REF:PATH`` or ``module:app``; None for the
            application's own.
        url: Where the server is, such as ``ws://127.0.0.1:8000``; None for one in this process.
        channels: The keys of the channels that are tried out; none for all.
        phases: The phases.
        is_strict: Whether a server may not take what its document calls invalid.
        seed: What decides where chance does; None for another one each time, and for always the
            same where ``CI`` is set in the environment.
        count: How many frames chance makes for each operation; a third as many conversations.
        is_remote: Whether the server may be on another machine.

    Raises:
        ConfigurationError: If there is nothing to hold against anything.
        CommandError: If what is named cannot be read or imported.

    Example:
        >>> from chanx.core.decorators import ws_handler
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> from chanx.messages import PingMessage, PongMessage
        >>> class Echo(AsyncJsonWebsocketConsumer):
        ...     @ws_handler
        ...     async def ping(self, message: PingMessage) -> PongMessage:
        ...         return PongMessage()
        >>> test_conformance = suite(Echo.as_asgi())
    """
    plan = Plan(
        application,
        document=document,
        url=url,
        channels=channels,
        phases=phases,
        is_strict=is_strict,
        seed=seed,
        count=count,
        is_remote=is_remote,
    )
    cases = plan.cases

    @pytest.mark.conformance
    @pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])
    def test_conformance(case: Case, request: pytest.FixtureRequest) -> None:
        __tracebackhide__ = True
        given = request.getfixturevalue(hooks) if isinstance(hooks, str) else hooks
        hold(plan, case, given() if isinstance(given, type) else given)

    return test_conformance


def hold(plan: Plan, case: Case, hooks: Hooks | None) -> None:
    """Try a case out as a test does: a failure is one of pytest's, a note is a warning.

    Args:
        plan: What the case is of.
        case: The case.
        hooks: What the project adds; None for nothing.
    """
    __tracebackhide__ = True
    try:
        notes = plan.run(case, hooks)
    except ConformanceError as error:
        failure = str(error)
    else:
        for note in notes:
            warnings.warn(ConformanceWarning(f"{case.id}: {note}"), stacklevel=2)
        return
    pytest.fail(failure, pytrace=False)


__all__ = ["hold", "suite"]
