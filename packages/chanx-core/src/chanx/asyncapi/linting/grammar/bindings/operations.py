"""The bindings of operations, by protocol and version."""

from typing import Any, Final

from chanx.asyncapi.linting.grammar.bindings.amazon import CONSUMER, DELIVERY, ENDPOINT, queue
from chanx.asyncapi.linting.grammar.bindings.parts import (
    UNSIGNED,
    Bindings,
    binding,
    natural,
    number_or_schema,
    texts,
)
from chanx.asyncapi.linting.grammar.look import Look, Place, Shape
from chanx.asyncapi.linting.grammar.schemas import schema
from chanx.asyncapi.linting.grammar.shapes import (
    boolean,
    integer,
    list_of,
    one_of,
    record,
    sized,
    text,
)
from chanx.asyncapi.walk import is_object


def _destination(**queue: Shape) -> Shape:
    told = record(
        is_open=True,
        destinationType=one_of("queue", "topic"),
        deliveryMode=one_of("direct", "persistent"),
    )
    branches = {
        "queue": record(
            is_open=True,
            queue=record(
                is_open=True,
                name=text,
                topicSubscriptions=texts,
                accessType=one_of("exclusive", "nonexclusive"),
                more=queue,
            ),
        ),
        "topic": record(is_open=True, topicSubscriptions=texts),
    }

    def check(value: Any, place: Place, look: Look) -> None:
        told(value, place, look)
        if is_object(value) and "destinationType" not in value:
            look.find("missing-key", place, "'destinationType' is missing.", "Add it.")
        elif is_object(value) and value["destinationType"] in ("queue", "topic"):
            branches[value["destinationType"]](value, place, look)

    return check


_kafka_operation: Final = binding(groupId=schema, clientId=schema)
_http_operation: Final = binding(
    method=one_of(
        *("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE")
    ),
    query=schema,
)
_solace_more: Final[dict[str, Shape]] = {"maxTtl": text, "maxMsgSpoolUsage": text}

OPERATIONS: Final[Bindings] = {
    "amqp": {
        "0.3.0": binding(
            expiration=natural,
            userId=text,
            cc=texts,
            priority=integer(),
            deliveryMode=one_of(1, 2),
            mandatory=boolean,
            bcc=texts,
            timestamp=boolean,
            ack=boolean,
        )
    },
    "http": dict.fromkeys(("0.3.0", "0.2.0"), _http_operation),
    "kafka": dict.fromkeys(("0.5.0", "0.4.0", "0.3.0"), _kafka_operation),
    "mqtt": {
        "0.2.0": binding(
            qos=one_of(0, 1, 2), retain=boolean, messageExpiryInterval=number_or_schema(0, UNSIGNED)
        )
    },
    "nats": {"0.1.0": binding(queue=sized(0, 255))},
    "ros2": {
        "0.1.0": binding(
            "node role",
            node=text,
            role=one_of(
                *("publisher", "action_client", "service_client"),
                *("subscriber", "action_server", "service_server"),
            ),
            qosPolicies=record(
                is_open=True,
                deadline=integer(),
                durability=one_of("transient_local", "volatile"),
                history=one_of("keep_last", "keep_all", "unknown"),
                leaseDuration=integer(),
                lifespan=integer(),
                liveliness=one_of("automatic", "manual"),
                # The first is the official schema's spelling.
                reliability=one_of("best_effort", "realiable"),
            ),
        )
    },
    "sns": {
        "0.1.0": binding(
            "consumers",
            topic=ENDPOINT,
            consumers=list_of(CONSUMER, least=1),
            deliveryPolicy=DELIVERY,
        )
    },
    "solace": {
        "0.4.0": binding(
            is_extensible=False,
            destinations=list_of(_destination(**_solace_more)),
            timeToLive=integer(),
            priority=integer(0, 255),
            dmqEligible=boolean,
        ),
        "0.3.0": binding(is_extensible=False, destinations=list_of(_destination(**_solace_more))),
        "0.2.0": binding(is_extensible=False, destinations=list_of(_destination())),
    },
    "sqs": {"0.2.0": binding("queues", queues=list_of(queue("name")))},
}

__all__ = ["OPERATIONS"]
