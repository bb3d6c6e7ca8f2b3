"""Plays a vector on a machine of Python; docs/client-rules.md has the format."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from chanx.asyncapi.clients.python.runtime.behaviour import Behaviour
from chanx.asyncapi.clients.python.runtime.calls import Call
from chanx.asyncapi.clients.python.runtime.effects import (
    Drop,
    Effect,
    Hook,
    Item,
    Message,
    NeedToken,
    OpenSocket,
    Report,
    Send,
    Settle,
    StateChange,
    UnknownFrame,
)
from chanx.asyncapi.clients.python.runtime.machine import Machine
from chanx.asyncapi.clients.python.runtime.protocol import (
    Heartbeat,
    Protocol,
    Rate,
    Reconnect,
    Rules,
    ServerHeartbeat,
)
from chanx.asyncapi.clients.python.runtime.states import Close, Closed, Verdict, Waiting
from chanx.asyncapi.walk import is_array, is_object, object_of

HERE = Path(__file__).parent


class Failing(Exception):
    """What a function of the user's raises, with its name."""


class Called(Call):
    """A call with the name that its vector has for it."""

    id: str = ""


def vectors() -> Iterator[dict[str, Any]]:
    """All vectors, in the order of their files."""
    for path in sorted(HERE.glob("vectors*.json")):
        yield from json.loads(path.read_text("utf-8"))


def protocol_of(channel: dict[str, Any]) -> Protocol:
    """What a vector says of the channel, as the machine takes it."""
    beat, rate, ready = (channel.get(key) for key in ("heartbeat", "rate", "ready"))
    asked, back = channel.get("server_heartbeat"), channel.get("reconnect")
    return Protocol(
        messages=frozenset(channel.get("messages", ())),
        complete="complete",
        ready=ready and ready["action"],
        ref=tuple(channel.get("ref", ("ref",))),
        is_ref_text=channel.get("ref_is_text", False),
        heartbeat=beat
        and Heartbeat(beat["ping"], beat["pong"].get("action"), beat.get("interval")),
        server_heartbeat=asked and ServerHeartbeat(asked["ping"]["action"], asked["pong"]),
        reconnect=back and Reconnect(back["message"], tuple(back["retry_after"])),
        max_size=channel.get("max_size"),
        rate=rate and Rate(rate["messages_per_second"], rate["burst"]),
        close_codes={
            int(code): (retry, None) for code, retry in channel.get("close_codes", {}).items()
        },
    )


def rules_of(operation: dict[str, Any] | None) -> Rules:
    given = operation or {}
    cancel = given.get("cancel")
    return Rules(
        errors=tuple(given.get("errors", ("error",))),
        end=tuple(given.get("end", ())),
        cancel=cancel,
        cancels_by_ref=cancel is not None and cancel["action"] == "cancel",
        idempotent=given.get("idempotent", False),
    )


def behaviour_of(vector: dict[str, Any]) -> Behaviour:
    """What a vector says of options."""
    options = dict(vector.get("options", {}))
    options.pop("token", None)
    decisions = options.pop("decide", {})

    def decide(close: Close) -> Verdict | None:
        verdict: Verdict | Literal["fails"] | None = decisions.get(str(close.code))
        if verdict == "fails":
            raise Failing("decide")
        return verdict

    return Behaviour(**options, decide=decide)


def chances_of(vector: dict[str, Any]) -> Callable[[], float]:
    """Return what gives the numbers of a vector's chance, one after the other."""
    chances = list(vector.get("random", ()))
    return lambda: chances.pop(0) if chances else 0.5


def spelt(effect: Effect[Any]) -> dict[str, Any]:
    """An effect as vectors spell it; its call has an ``id``."""
    match effect:
        case StateChange(Waiting(attempt, retry_in)):
            return {"state": "waiting", "delay": retry_in, "attempt": attempt}
        case StateChange(Closed(why, close)):
            code = {"code": close.code} if why == "refused" else {}
            return {"state": "closed", "why": why, **code}
        case StateChange(state):
            return {"state": type(state).__name__.lower()}
        case NeedToken(reason):
            return {"need": "token", "reason": reason}
        case OpenSocket(token):
            return {"open": {} if token is None else {"token": token}}
        case Drop(code):
            return {"drop": code}
        case Send(frame, text):
            assert json.loads(text) == frame
            return {"send": frame}
        case Hook(first):
            return {"hook": "open", "first": first}
        case Message(_, frame):
            return {"message": frame}
        case UnknownFrame(_, problem):
            return {"unknown": problem}
        case Report(error):
            return {"report": str(error)}
        case Item(call, _, frame):
            return {"item": call.id, "message": frame}
        case Settle(call, None, frame=frame):
            return {"settle": call.id, "ok": True if frame is None else frame}
        case Settle(call, error, sent, frame=frame):
            unsent = {"sent": False} if error == "connection_lost" and not sent else {}
            said = {} if frame is None else {"message": frame}
            return {"settle": call.id, "error": error, **said, **unsent}


class Player:
    """Plays one vector.

    Args:
        vector: The vector.
        machine: The class of machines; a mutant, for one.
    """

    def __init__(self, vector: dict[str, Any], machine: Any = Machine) -> None:
        self.channel = vector.get("channel", {})
        self.machine: Machine[Called] = machine(
            protocol_of(self.channel),
            behaviour_of(vector),
            has_token=vector.get("options", {}).get("token", False),
            has_hook=self.channel.get("hook", False),
            random=chances_of(vector),
        )
        self.calls: dict[str, Called] = {}
        self.now = 0.0

    def step(self, step: dict[str, Any]) -> list[dict[str, Any]]:
        """Give the machine an input; return the effects."""
        found = [spelt(effect) for effect in self._input(step)]
        due = self.machine.due
        assert due is None or due > self.now, "something is still due"
        return found

    def _input(self, step: dict[str, Any]) -> list[Effect[Called]]:
        machine = self.machine
        if "advance" in step:
            self.now += step["advance"]
            return machine.advance(self.now)
        match step.get("do"), step.get("server"):
            case "connect", _:
                return machine.connect()
            case "wake", _:
                return machine.wake()
            case "close", _:
                return machine.close()
            case "token", _:
                return machine.token(step.get("token"), step.get("error"))
            case "hooked", _:
                return machine.hooked(failed=step.get("error", False))
            case ("blocked" | "drained") as name, _:
                return machine.blocked(name == "blocked")
            case "cancel", _:
                return machine.cancel(self.calls[step["id"]], step.get("error", "cancelled"))
            case ("send" | "request" | "stream") as kind, _:
                frame = step["frame"]
                call = Called(
                    kind=kind,
                    frame=frame,
                    rules=rules_of(self.channel.get("operations", {}).get(frame["action"])),
                    timeout=step.get("timeout"),
                    item_timeout=step.get("item_timeout"),
                )
                call.id = step["id"]
                self.calls[call.id] = call
                return machine.submit(call)
            case _, "open":
                return machine.opened()
            case _, "reject":
                return machine.lost(4000 + step["status"])
            case _, "close":
                return machine.lost(step["code"], step.get("reason", ""))
            case _, "frame":
                frame = step["frame"]
                return machine.received(frame, frame.get("action", ""), step.get("problem"))
            case _, "text":
                return self._text(step["text"])
            case _:
                raise AssertionError(f"nobody knows the step {step}")

    def _text(self, text: str) -> list[Effect[Called]]:
        try:
            frame = json.loads(text)
        except ValueError:
            return self.machine.received(None, "", "not_json")
        return self.machine.received(frame, object_of(frame).get("action", ""))


def play(vector: dict[str, Any], machine: Any = Machine) -> None:
    """Play a vector, and compare the effects of each step.

    Args:
        vector: The vector.
        machine: The class of machines.

    Raises:
        AssertionError: If the machine does something else.
    """
    player = Player(vector, machine)
    for index, step in enumerate(vector["steps"]):
        found = player.step(step)
        assert same(found, step["expect"]), (
            f"step {index} of {vector['name']!r}: {found}, and not {step['expect']}"
        )


def same(found: Any, expected: Any) -> bool:
    """Whether two values of JSON are equal, but for what a float leaves out."""
    if isinstance(found, float | int) and isinstance(expected, float | int):
        return isinstance(found, bool) == isinstance(expected, bool) and (
            abs(found - expected) < 1e-6
        )
    if is_object(found) and is_object(expected):
        return found.keys() == expected.keys() and all(
            same(found[key], expected[key]) for key in found
        )
    if is_array(found) and is_array(expected):
        return len(found) == len(expected) and all(map(same, found, expected))
    return bool(found == expected)
