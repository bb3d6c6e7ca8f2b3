"""Queues, topics and policies of Amazon's, which bindings of SQS and SNS share."""

from typing import Any, Final

from chanx.asyncapi.linting.grammar.bindings.parts import texts
from chanx.asyncapi.linting.grammar.look import Look, Place, Shape
from chanx.asyncapi.linting.grammar.shapes import (
    any_object,
    boolean,
    integer,
    list_of,
    map_of,
    one_of,
    record,
    text,
)
from chanx.asyncapi.walk import is_array, is_object


def _text_or_texts(value: Any, place: Place, look: Look) -> None:
    (texts if is_array(value) else text)(value, place, look)


# Amazon's policies and queues

_identifier: Final = record(is_open=True, arn=text, name=text)
POLICY: Final = record(
    "statements",
    is_open=True,
    statements=list_of(
        record(
            "effect principal action",
            is_open=True,
            effect=one_of("Allow", "Deny"),
            principal=_text_or_texts,
            action=_text_or_texts,
        )
    ),
)


def redrive(identifier: Shape) -> Shape:
    """Return the shape of a redrive policy.

    Args:
        identifier: The shape of what names a queue.
    """
    return record(
        "deadLetterQueue", is_open=True, deadLetterQueue=identifier, maxReceiveCount=integer()
    )


def queue(required: str) -> Shape:
    """Return the shape of a queue.

    Args:
        required: The keys that it always has, with spaces between.
    """
    return record(
        required,
        is_open=True,
        name=text,
        fifoQueue=boolean,
        deduplicationScope=one_of("queue", "messageGroup"),
        fifoThroughputLimit=one_of("perQueue", "perMessageGroupId"),
        deliveryDelay=integer(0, 900),
        visibilityTimeout=integer(0, 43200),
        receiveMessageWaitTime=integer(),
        messageRetentionPeriod=integer(60, 1_209_600),
        redrivePolicy=redrive(_identifier),
        policy=POLICY,
        tags=any_object,
        more={"$ref": text},
    )


ENDPOINT: Final = record(is_open=True, url=text, email=text, phone=text, arn=text, name=text)
DELIVERY: Final = record(
    is_open=True,
    backoffFunction=one_of("arithmetic", "exponential", "geometric", "linear"),
    more=dict.fromkeys(
        (
            *("minDelayTarget", "maxDelayTarget", "numRetries", "numNoDelayRetries"),
            *("numMinDelayRetries", "numMaxDelayRetries", "maxReceivesPerSecond"),
        ),
        integer(),
    ),
)


def _filter(value: Any, place: Place, look: Look) -> None:
    if is_array(value):
        texts(value, place, look)
    elif not isinstance(value, str) and not is_object(value):
        look.wrong_type(place, value, "a string, an array of strings or an object")


CONSUMER: Final = record(
    "protocol endpoint rawMessageDelivery",
    is_open=True,
    protocol=one_of(
        *("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose")
    ),
    endpoint=ENDPOINT,
    filterPolicy=map_of(_filter),
    filterPolicyScope=one_of("MessageAttributes", "MessageBody"),
    rawMessageDelivery=boolean,
    redrivePolicy=redrive(ENDPOINT),
    deliveryPolicy=DELIVERY,
    displayName=text,
)

__all__ = ["CONSUMER", "DELIVERY", "ENDPOINT", "POLICY", "queue", "redrive"]
