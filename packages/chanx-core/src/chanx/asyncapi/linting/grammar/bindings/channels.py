"""The bindings of channels, by protocol and version."""

from typing import Final

from chanx.asyncapi.linting.grammar.bindings.amazon import POLICY, queue
from chanx.asyncapi.linting.grammar.bindings.parts import (
    Bindings,
    binding,
    chosen,
    natural,
    positive_integer,
    texts,
)
from chanx.asyncapi.linting.grammar.look import Shape
from chanx.asyncapi.linting.grammar.schemas import inline_schema
from chanx.asyncapi.linting.grammar.shapes import (
    any_object,
    boolean,
    integer,
    list_of,
    one_of,
    record,
    sized,
    text,
)

_kafka_topic: Final[dict[str, Shape]] = {
    "cleanup.policy": list_of(one_of("compact", "delete")),
    "retention.ms": integer(-1),
    "retention.bytes": integer(-1),
    "delete.retention.ms": natural,
    "max.message.bytes": natural,
}
CHANNELS: Final[Bindings] = {
    "amqp": {
        "0.3.0": chosen(
            binding(
                exchange=record(
                    is_open=True,
                    name=sized(0, 255),
                    type=one_of("topic", "direct", "fanout", "default", "headers"),
                    durable=boolean,
                    autoDelete=boolean,
                    vhost=text,
                ),
                queue=record(
                    is_open=True,
                    name=sized(0, 255),
                    durable=boolean,
                    exclusive=boolean,
                    autoDelete=boolean,
                    vhost=text,
                ),
                more={"is": one_of("queue", "routingKey")},
            ),
            "is",
            {"routingKey": ("exchange", "queue"), "queue": ("queue", "exchange")},
        )
    },
    "anypointmq": {
        "0.0.1": binding(
            destination=text, destinationType=one_of("exchange", "queue", "fifo-queue")
        )
    },
    "googlepubsub": {
        "0.2.0": binding(
            "schemaSettings",
            labels=any_object,
            messageRetentionDuration=text,
            messageStoragePolicy=record(is_extensible=False, allowedPersistenceRegions=texts),
            schemaSettings=record(
                "encoding name",
                is_open=True,
                encoding=text,
                firstRevisionId=text,
                lastRevisionId=text,
                name=text,
            ),
        )
    },
    "ibmmq": {
        "0.1.0": chosen(
            binding(
                destinationType=one_of("topic", "queue"),
                queue=record(
                    "objectName",
                    is_open=True,
                    objectName=sized(0, 48),
                    isPartitioned=boolean,
                    exclusive=boolean,
                ),
                topic=record(
                    is_open=True,
                    string=sized(0, 10_240),
                    objectName=sized(0, 48),
                    durablePermitted=boolean,
                    lastMsgRetained=boolean,
                ),
                maxMsgLength=integer(0, 104_857_600),
            ),
            "destinationType",
            {"topic": ("", "queue"), "queue": ("queue", "topic")},
        )
    },
    "jms": {"0.0.1": binding(destination=text, destinationType=one_of("queue", "fifo-queue"))},
    "kafka": {
        "0.5.0": binding(
            topic=text,
            partitions=positive_integer,
            replicas=positive_integer,
            topicConfiguration=record(
                is_open=True,
                more={
                    **_kafka_topic,
                    "confluent.key.schema.validation": boolean,
                    "confluent.key.subject.name.strategy": text,
                    "confluent.value.schema.validation": boolean,
                    "confluent.value.subject.name.strategy": text,
                },
            ),
        ),
        "0.4.0": binding(
            topic=text,
            partitions=positive_integer,
            replicas=positive_integer,
            topicConfiguration=record(is_extensible=False, more=_kafka_topic),
        ),
        "0.3.0": binding(topic=text, partitions=positive_integer, replicas=positive_integer),
    },
    "pulsar": {
        "0.1.0": binding(
            "namespace persistence",
            namespace=text,
            persistence=one_of("persistent", "non-persistent"),
            compaction=natural,
            retention=record(is_extensible=False, time=natural, size=natural),
            ttl=integer(),
            deduplication=boolean,
            more={"geo-replication": texts},
        )
    },
    "sns": {
        "0.1.0": binding(
            "name",
            name=text,
            ordering=record(
                "type",
                is_open=True,
                type=one_of("standard", "FIFO"),
                contentBasedDeduplication=boolean,
            ),
            policy=POLICY,
            tags=any_object,
        )
    },
    "sqs": {
        "0.2.0": binding(
            "queue",
            queue=queue("name fifoQueue"),
            deadLetterQueue=queue("name fifoQueue"),
        )
    },
    "ws": {
        "0.1.0": binding(method=one_of("GET", "POST"), query=inline_schema, headers=inline_schema)
    },
}

__all__ = ["CHANNELS"]
