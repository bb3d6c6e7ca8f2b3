"""The bindings of servers, by protocol and version."""

from typing import Final

from chanx.asyncapi.linting.grammar.bindings.parts import (
    UNSIGNED,
    Bindings,
    binding,
    number_or_schema,
)
from chanx.asyncapi.linting.grammar.shapes import (
    boolean,
    integer,
    leaf,
    list_of,
    one_of,
    record,
    sized,
    text,
)

_jms_value: Final = leaf(
    "a string, number, boolean or null",
    lambda value: value is None or isinstance(value, str | bool | int | float),
)


_kafka_server: Final = binding(schemaRegistryUrl=text, schemaRegistryVendor=text)
SERVERS: Final[Bindings] = {
    "ibmmq": {
        "0.1.0": binding(
            groupId=text,
            ccdtQueueManagerName=text,
            cipherSpec=text,
            multiEndpointServer=boolean,
            heartBeatInterval=integer(0, 999_999),
        )
    },
    "jms": {
        "0.0.1": binding(
            "jmsConnectionFactory",
            jmsConnectionFactory=text,
            properties=list_of(record("name value", is_open=True, name=text, value=_jms_value)),
            clientID=text,
        )
    },
    "kafka": dict.fromkeys(("0.5.0", "0.4.0", "0.3.0"), _kafka_server),
    "mqtt": {
        "0.2.0": binding(
            clientId=text,
            cleanSession=boolean,
            lastWill=record(
                is_open=True, topic=text, qos=one_of(0, 1, 2), message=text, retain=boolean
            ),
            keepAlive=integer(),
            sessionExpiryInterval=number_or_schema(0),
            maximumPacketSize=number_or_schema(1, UNSIGNED),
        )
    },
    "pulsar": {"0.1.0": binding(tenant=text)},
    "ros2": {"0.1.0": record(is_open=True, rmwImplementation=text, domainId=integer(0, 231))},
    "solace": {
        "0.4.0": binding(msgVpn=text, clientName=sized(1, 160)),
        "0.3.0": binding(msgVpn=text),
        "0.2.0": binding(msvVpn=text),  # as the official schema spells it
    },
}

__all__ = ["SERVERS"]
