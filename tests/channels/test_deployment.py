"""What ``manage.py check --deploy`` and commands say of layers that stay within their process."""

import logging
from typing import Literal

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from chanx.core import reach
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage

MEMORY = {"BACKEND": "chanx.layers.MemoryLayer"}


class Told(BaseMessage):
    action: Literal["told"] = "told"


class Room(AsyncJsonWebsocketConsumer[Told]):
    groups = ("room",)
    passthrough_events = (Told,)


def deployment_warnings() -> list[str]:
    found = run_checks(tags=["chanx"], include_deployment_checks=True)
    return [str(each.obj) for each in found if each.id == "chanx.W007"]


def test_a_deployment_is_warned_of_layers_within_a_process() -> None:
    of_channels = {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    redis = {"BACKEND": "chanx.layers.RedisLayer", "CONFIG": {"hosts": ["redis://localhost"]}}
    broken = {"BACKEND": "nowhere.Layer"}
    layers = {"default": MEMORY, "old": of_channels, "new": redis, "broken": broken}
    with override_settings(CHANNEL_LAYERS=layers):
        assert deployment_warnings() == ["CHANNEL_LAYERS['default']", "CHANNEL_LAYERS['old']"]
        assert "chanx.W007" not in {each.id for each in run_checks(tags=["chanx"])}


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["manage.py", "send_news"], True),
        (["/srv/site/manage.py", "shell"], True),
        (["manage.py", "runserver"], False),
        (["manage.py", "test"], False),
        (["/usr/bin/uvicorn", "site.asgi:application"], False),
    ],
)
def test_a_command_that_sends_to_nobody_says_so_once(
    command: list[str],
    says: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "chanx.layers")
    monkeypatch.setattr("sys.argv", command)
    # As in a process that has sent nothing yet.
    monkeypatch.setattr(reach.check_reach, "_is_due", True)
    with override_settings(CHANNEL_LAYERS={"default": MEMORY}):
        for _ in range(2):
            Room.broadcast_event_sync(Told())
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == (1 if says else 0)
    assert all("stays in its own process" in line and "RedisLayer" in line for line in said)
