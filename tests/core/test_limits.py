"""The bounds of a connection, as values."""

from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from chanx.core.errors import ConfigurationError
from chanx.core.limits import Limits

NAMES = [field.name for field in fields(Limits)]
UNBOUNDED = {
    "max_handshake_size",
    "handshake_timeout",
    "max_messages_per_second",
    "max_messages_per_second_per_user",
    "idle_timeout",
    "heartbeat",
    "max_connection_age",
    "handler_timeout",
    "max_connections",
    "max_connections_per_address",
    "max_connections_per_user",
    "max_handshakes_per_address",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [0, -1, "5", True, float("nan"), float("inf")])
def test_a_limit_is_a_number_above_zero(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Limits(**{name: value})


@pytest.mark.parametrize("name", NAMES)
def test_only_a_time_or_a_rate_may_be_unbounded(name: str) -> None:
    unbounded: dict[str, Any] = {name: None}
    if name in UNBOUNDED:
        assert getattr(Limits(**unbounded), name) is None
    else:
        with pytest.raises(ConfigurationError, match=name):
            Limits(**unbounded)


def test_the_parser_bounds_the_depth() -> None:
    with pytest.raises(ConfigurationError, match="max_depth"):
        Limits(max_depth=100_000)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"max_burst": 5}, "max_messages_per_second"),
        ({"max_burst_per_user": 5}, "max_messages_per_second_per_user"),
        ({"heartbeat": 60, "idle_timeout": 60}, "idle_timeout"),
    ],
    ids=["burst", "burst of a user", "heartbeat"],
)
def test_a_limit_that_could_never_count_is_a_mistake(limits: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"{next(iter(limits))}.*\b{told}\b"):
        Limits(**limits)


def test_limits_that_count_together_are_none() -> None:
    Limits(heartbeat=25, idle_timeout=60)
    Limits(max_messages_per_second=1, max_burst=5)
    Limits(max_messages_per_second_per_user=1, max_burst_per_user=5)


def test_limits_are_values() -> None:
    assert Limits(max_depth=5) == Limits(max_depth=5)
    with pytest.raises(FrozenInstanceError):
        Limits().max_depth = 5  # type: ignore[misc]  # the mistake under test
