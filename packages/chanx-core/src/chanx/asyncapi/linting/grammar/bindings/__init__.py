"""The bindings of protocols: AsyncAPI's own table of them, by object, protocol and version."""

from typing import Any, Final

from chanx.asyncapi.linting.grammar.bindings.channels import CHANNELS
from chanx.asyncapi.linting.grammar.bindings.messages import MESSAGES
from chanx.asyncapi.linting.grammar.bindings.operations import OPERATIONS
from chanx.asyncapi.linting.grammar.bindings.parts import Bindings, Versions
from chanx.asyncapi.linting.grammar.bindings.servers import SERVERS
from chanx.asyncapi.linting.grammar.look import Look, Place, Shape, Thing
from chanx.asyncapi.linting.grammar.shapes import anything, one_of, record
from chanx.asyncapi.walk import is_object

_PLAIN: Final = (
    *("amqp", "amqp1", "anypointmq", "googlepubsub", "http", "ibmmq", "jms", "kafka", "mqtt"),
    *("nats", "pulsar", "redis", "sns", "solace", "sqs", "stomp", "ws"),
)
"""The protocols that bindings may be for; most have nothing to say in most places."""


def _bindings(name: str, known: Bindings) -> Thing:
    protocols: dict[str, Shape] = dict.fromkeys(_PLAIN, anything)
    protocols |= {protocol: _versioned(versions) for protocol, versions in known.items()}
    if "ros2" in protocols:
        protocols["ros2"] = _as_from_3_1(protocols["ros2"])
    return Thing(name, record(more=protocols))


def _as_from_3_1(shape: Shape) -> Shape:
    def check(value: Any, place: Place, look: Look) -> None:
        if look.version == "3.0.0":
            look.find("unknown-key", place, "It is not in AsyncAPI 3.0.", "Write 3.1.0.")
        shape(value, place, look)

    return check


def _versioned(versions: Versions) -> Shape:
    latest = next(iter(versions.values()))
    known = one_of(*versions)

    def check(value: Any, place: Place, look: Look) -> None:
        if not is_object(value):
            look.wrong_type(place, value, "an object")
            return
        version = value.get("bindingVersion")
        if "bindingVersion" in value and (not isinstance(version, str) or version not in versions):
            known(version, (place, "bindingVersion"), look)
        else:
            (versions[version] if isinstance(version, str) else latest)(value, place, look)

    return check


SERVER_BINDINGS: Final = _bindings("server bindings", SERVERS)
CHANNEL_BINDINGS: Final = _bindings("channel bindings", CHANNELS)
OPERATION_BINDINGS: Final = _bindings("operation bindings", OPERATIONS)
MESSAGE_BINDINGS: Final = _bindings("message bindings", MESSAGES)

__all__ = ["CHANNEL_BINDINGS", "MESSAGE_BINDINGS", "OPERATION_BINDINGS", "SERVER_BINDINGS"]
