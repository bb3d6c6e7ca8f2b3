"""The bindings of messages, by protocol and version."""

from typing import Any, Final

from chanx.asyncapi.linting.grammar.bindings.parts import Bindings, binding, chosen, natural
from chanx.asyncapi.linting.grammar.formats import uri_template
from chanx.asyncapi.linting.grammar.languages import avro
from chanx.asyncapi.linting.grammar.look import Look, Place, Shape
from chanx.asyncapi.linting.grammar.schemas import inline_schema, schema
from chanx.asyncapi.linting.grammar.shapes import any_object, number, one_of, record, text
from chanx.asyncapi.walk import is_object


def _text_or_schema(value: Any, place: Place, look: Look) -> None:
    if is_object(value) or isinstance(value, bool):
        inline_schema(value, place, look)
    else:
        uri_template(value, place, look)


def _key(value: Any, place: Place, look: Look) -> None:
    """Take a key of Kafka's: a schema, or one of Avro's."""
    as_avro = Look()
    avro(value, place, as_avro)
    if as_avro.findings:
        schema(value, place, look)


_kafka_message: Final[dict[str, Shape]] = {
    "schemaIdLocation": one_of("header", "payload"),
    "schemaIdPayloadEncoding": text,
    "schemaLookupStrategy": text,
}
MESSAGES: Final[Bindings] = {
    "amqp": {"0.3.0": binding(contentEncoding=text, messageType=text)},
    "anypointmq": {"0.0.1": binding(headers=inline_schema)},
    "googlepubsub": {
        "0.2.0": binding(
            attributes=any_object,
            orderingKey=text,
            more={"schema": record("name", is_open=True, name=text)},
        )
    },
    "http": {
        "0.3.0": binding(headers=schema, statusCode=number),
        "0.2.0": binding(headers=schema),
    },
    "ibmmq": {
        "0.1.0": chosen(
            binding(
                type=one_of("string", "jms", "binary"),
                headers=text,
                description=text,
                expiry=natural,
            ),
            "type",
            {"binary": ("", ""), "jms": ("", "headers"), "string": ("", "headers")},
        )
    },
    "jms": {"0.0.1": binding(headers=schema)},
    "kafka": {
        "0.5.0": binding(key=inline_schema, more=_kafka_message),
        "0.4.0": binding(key=_key, more=_kafka_message),
        "0.3.0": binding(key=schema, more=_kafka_message),
    },
    "mqtt": {
        "0.2.0": binding(
            payloadFormatIndicator=one_of(0, 1),
            correlationData=inline_schema,
            contentType=text,
            responseTopic=_text_or_schema,
        )
    },
}

__all__ = ["MESSAGES"]
