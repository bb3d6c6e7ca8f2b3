"""Hypothesis, which decides the frames of two phases, and from which a seed brings them back."""

import os
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from chanx.core.errors import ConfigurationError
from chanx.testing.conformance.drawing import Drawer
from chanx.testing.conformance.hooks import Hooks
from chanx.testing.conformance.schemas import Schemas

Made = TypeVar("Made")


def new_seed() -> int:
    """Return a seed: always the same where ``CI`` is set in the environment, else another one."""
    return 0 if os.environ.get("CI") else random.SystemRandom().randrange(10_000)


def try_many(
    schemas: Schemas,
    hooks: Hooks,
    make: Callable[[Drawer, random.Random], Made],
    attempt: Callable[[Made], bool],
    *,
    count: int,
    seed: int,
) -> None:
    """Try out what chance makes, until an attempt says that it has seen enough.

    Args:
        schemas: The schemas of what is drawn.
        hooks: What the project adds.
        make: Makes what is tried of what is drawn.
        attempt: Tries it; returns whether to go on.
        count: How many attempts.
        seed: What decides.

    Raises:
        ConfigurationError: If Hypothesis is not installed.
    """
    try:
        import hypothesis
        from hypothesis import strategies
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "The phases random and sequences need Hypothesis: pip install "
            '"chanx-testing[conformance]", or leave them out with --chanx-phase.'
        ) from error

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=[
            hypothesis.HealthCheck.too_slow,
            hypothesis.HealthCheck.data_too_large,
        ],
    )
    @hypothesis.given(data=strategies.data())
    def run(data: Any) -> None:
        chance = data.draw(strategies.randoms(use_true_random=False))

        def given(name: str) -> Any:
            strategy = hooks.generate(name)
            return NotImplemented if strategy is None else data.draw(strategy)

        try:
            made = make(Drawer(schemas, chance, given), chance)
        except LookupError:  # nothing that is valid for certain
            return
        if not attempt(made):
            raise _Enough

    with suppress(_Enough):
        run()


class _Enough(BaseException):
    """Ends Hypothesis at once, which takes every Exception for something to try out again."""


__all__ = ["new_seed", "try_many"]
