"""Documents that hold everything that AsyncAPI has, each thing in as few places as will do."""

from typing import Any


def _document(**parts: Any) -> dict[str, Any]:
    return {"asyncapi": "3.0.0", "info": {"title": "All", "version": "1"}, **parts}


def _components(**parts: Any) -> dict[str, Any]:
    return _document(components=parts)


_SCHEMA: dict[str, Any] = {
    "$id": "urn:example:all",
    "$schema": "http://json-schema.org/draft-07/schema#",
    "$comment": "Nothing.",
    "title": "All",
    "description": "All keywords.",
    "type": ["object", "array", "string", "number"],
    "format": "date",
    "default": 1,
    "readOnly": True,
    "writeOnly": False,
    "deprecated": False,
    "examples": ["2026-01-01"],
    "multipleOf": 0.5,
    "maximum": 9,
    "exclusiveMaximum": 9.5,
    "minimum": 0,
    "exclusiveMinimum": -1,
    "maxLength": 20,
    "minLength": 0,
    "pattern": "^[0-9-]+$",
    "additionalItems": {"type": "string"},
    "items": [{"type": "string"}],
    "maxItems": 3,
    "minItems": 0,
    "uniqueItems": True,
    "contains": {"type": "string"},
    "maxProperties": 5,
    "minProperties": 0,
    "required": ["kind"],
    "additionalProperties": {"type": "string"},
    "definitions": {"a": {"type": "string"}},
    "properties": {"kind": {"type": "string"}, "free": True},
    "patternProperties": {"^x-": {"type": "string"}},
    "dependencies": {"a": ["b"], "c": {"type": "object"}},
    "propertyNames": {"type": "string"},
    "contentMediaType": "text/plain",
    "contentEncoding": "base64",
    "if": {"type": "string"},
    "then": {"type": "string"},
    "else": {"type": ["object", "number", "array"]},
    "allOf": [{"title": "One"}],
    "anyOf": [{"title": "One"}, {"title": "Other"}],
    "oneOf": [{"type": "string"}, {"type": ["object", "number", "array"]}],
    "not": {"type": "null"},
    "discriminator": "kind",
    "externalDocs": {"url": "https://example.com", "description": "More."},
    "x-more": {"anything": 1},
}

_DOCS = {"description": "More.", "url": "https://example.com/docs"}
_TOLD = {
    "title": "T",
    "summary": "S.",
    "description": "D.",
    "tags": [{"name": "a", "description": "A.", "externalDocs": _DOCS}, {"name": "b"}],
    "externalDocs": _DOCS,
    "x-own": 1,
}

WHOLE: dict[str, dict[str, Any]] = {
    "info": {
        "asyncapi": "3.0.0",
        "id": "urn:example:chat",
        "defaultContentType": "application/json",
        "x-any": [1],
        "info": {
            "title": "All",
            "version": "1",
            "description": "D.",
            "termsOfService": "https://example.com/terms",
            "contact": {
                "name": "Ada",
                "url": "https://example.com/~ada",
                "email": "ada@example.com",
                "x-a": 1,
            },
            "license": {"name": "BSD", "url": "https://example.com/license", "x-a": 1},
            "tags": [{"name": "a", "externalDocs": _DOCS}],
            "externalDocs": _DOCS,
            "x-x": "ada",
            "x-linkedin": "https://www.linkedin.com/in/ada",
        },
    },
    "servers": _document(
        servers={
            "main": {
                "host": "{region}.example.com:443",
                "pathname": "/v1",
                "protocol": "wss",
                "protocolVersion": "13",
                "variables": {
                    "region": {
                        "enum": ["eu", "us"],
                        "default": "eu",
                        "description": "Where.",
                        "examples": ["eu"],
                        "x-a": 1,
                    }
                },
                "security": [{"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}],
                "bindings": {"ws": {}, "x-a": 1},
                **_TOLD,
            }
        }
    ),
    "channels": _document(
        servers={"main": {"host": "example.com", "protocol": "wss"}},
        channels={
            "room": {
                "address": "/rooms/{room}",
                "messages": {
                    "Say": {
                        "name": "say",
                        "contentType": "application/json",
                        "headers": {"type": "object", "properties": {"id": {"type": "string"}}},
                        "payload": {"type": "object", "properties": {"id": {"type": "string"}}},
                        "correlationId": {
                            "description": "Which.",
                            "location": "$message.payload#/id",
                            "x-a": 1,
                        },
                        "deprecated": False,
                        "examples": [
                            {
                                "name": "one",
                                "summary": "One.",
                                "headers": {"id": "1"},
                                "payload": {"id": "1"},
                            }
                        ],
                        "bindings": {"ws": {}},
                        "traits": [{"name": "x", "headers": {"type": "object"}, "x-a": 1}],
                        **_TOLD,
                    }
                },
                "parameters": {
                    "room": {
                        "description": "Which.",
                        "enum": ["a", "b"],
                        "default": "a",
                        "examples": ["b"],
                        "location": "$message.payload#/id",
                        "x-a": 1,
                    }
                },
                "servers": [{"$ref": "#/servers/main"}],
                "bindings": {
                    "ws": {
                        "method": "GET",
                        "query": {"type": "object", "properties": {"token": {"type": "string"}}},
                        "headers": {"type": "object"},
                        "bindingVersion": "0.1.0",
                        "x-a": 1,
                    },
                    "x-a": 1,
                },
                **_TOLD,
            }
        },
        operations={
            "say": {
                "action": "receive",
                "channel": {"$ref": "#/channels/room"},
                "messages": [{"$ref": "#/channels/room/messages/Say"}],
                "reply": {
                    "address": {
                        "location": "$message.payload#/id",
                        "description": "Where.",
                        "x-a": 1,
                    },
                    "channel": {"$ref": "#/channels/room"},
                    "messages": [{"$ref": "#/channels/room/messages/Say"}],
                    "x-a": 1,
                },
                "traits": [{"title": "T", "bindings": {"ws": {}}, "security": [], "x-a": 1}],
                "security": [{"type": "userPassword"}],
                "bindings": {"ws": {}},
                **_TOLD,
            }
        },
    ),
    "schema": _components(schemas={"All": _SCHEMA}),
    "security": _components(
        securitySchemes={
            "a": {"type": "userPassword", "description": "D.", "x-a": 1},
            "b": {"type": "apiKey", "in": "user", "description": "D."},
            "c": {"type": "X509"},
            "d": {"type": "symmetricEncryption"},
            "e": {"type": "asymmetricEncryption"},
            "f": {"type": "http", "scheme": "basic", "description": "D."},
            "g": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "x-a": 1},
            "h": {"type": "httpApiKey", "name": "X-Key", "in": "header", "description": "D."},
            "i": {
                "type": "oauth2",
                "description": "D.",
                "scopes": ["read"],
                "flows": {
                    "implicit": {
                        "authorizationUrl": "https://example.com/a",
                        "refreshUrl": "https://example.com/r",
                        "availableScopes": {"read": "Read."},
                        "x-a": 1,
                    },
                    "password": {
                        "tokenUrl": "https://example.com/t",
                        "availableScopes": {"read": "Read."},
                    },
                    "clientCredentials": {
                        "tokenUrl": "https://example.com/t",
                        "availableScopes": {},
                    },
                    "authorizationCode": {
                        "authorizationUrl": "https://example.com/a",
                        "tokenUrl": "https://example.com/t",
                        "availableScopes": {},
                    },
                },
            },
            "j": {
                "type": "openIdConnect",
                "openIdConnectUrl": "https://example.com/o",
                "scopes": ["read"],
                "description": "D.",
            },
            "k": {"type": "plain"},
            "l": {"type": "scramSha256"},
            "m": {"type": "scramSha512"},
            "n": {"type": "gssapi"},
        }
    ),
    "components": _components(
        servers={"a": {"host": "example.com", "protocol": "wss"}},
        serverVariables={"a": {"default": "a"}},
        channels={"a": {"address": None}},
        operations={"a": {"action": "send", "channel": {"$ref": "#/components/channels/a"}}},
        messages={"a": {"payload": {"$ref": "#/components/schemas/a"}}},
        schemas={"a": {"type": "string"}},
        parameters={"a": {"description": "D."}},
        correlationIds={"a": {"location": "$message.header#/id"}},
        operationTraits={"a": {"title": "T"}},
        messageTraits={"a": {"name": "n", "contentType": "text/plain"}},
        replies={"a": {"messages": []}},
        replyAddresses={"a": {"location": "$message.header#/id"}},
        tags={"a": {"name": "a"}},
        externalDocs={"a": {"url": "https://example.com"}},
        serverBindings={"a": {"ws": {}}},
        channelBindings={"a": {"ws": {}}},
        operationBindings={"a": {"ws": {}}},
        messageBindings={"a": {"ws": {}}},
        **{"x-a": 1},
    ),
    "languages": _components(
        schemas={
            "own": {
                "schemaFormat": "application/vnd.aai.asyncapi+json;version=3.0.0",
                "schema": {"type": "string"},
            },
            "draft": {
                "schemaFormat": "application/schema+json;version=draft-07",
                "schema": {"type": "string"},
            },
            "protobuf": {"schemaFormat": "application/vnd.google.protobuf", "schema": "message A"},
            "openapi": {
                "schemaFormat": "application/vnd.oai.openapi;version=3.0.0",
                "schema": {
                    "title": "T",
                    "type": "object",
                    "nullable": True,
                    "required": ["a"],
                    "properties": {
                        "a": {
                            "type": "number",
                            "maximum": 1,
                            "exclusiveMaximum": True,
                            "multipleOf": 1,
                            "enum": [1],
                        },
                        "b": {"type": "array", "items": {"type": "string", "maxLength": 1}},
                    },
                    "additionalProperties": False,
                    "discriminator": {"propertyName": "a", "mapping": {"x": "y"}},
                    "xml": {"name": "a", "namespace": "urn:a", "wrapped": True},
                    "externalDocs": {"url": "docs"},
                    "allOf": [{"not": {"type": "string"}}],
                    "example": 1,
                    "x-a": 1,
                },
            },
            "avro": {
                "schemaFormat": "application/vnd.apache.avro;version=1.9.0",
                "schema": {
                    "type": "record",
                    "name": "User",
                    "namespace": "org.example",
                    "doc": "D.",
                    "aliases": ["Person"],
                    "fields": [
                        {"name": "id", "type": "int", "doc": "D.", "order": "ascending"},
                        {"name": "more", "type": ["null", "string"], "aliases": ["a"]},
                        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
                        {"name": "kind", "type": {"type": "enum", "name": "K", "symbols": ["A"]}},
                        {"name": "list", "type": {"type": "array", "items": "string"}},
                        {"name": "map", "type": {"type": "map", "values": "org.example.User"}},
                        {"name": "bytes", "type": {"type": "fixed", "name": "F", "size": 4}},
                    ],
                },
            },
        }
    ),
    "server bindings": _components(
        serverBindings={
            "a": {
                "mqtt": {
                    "clientId": "a",
                    "cleanSession": True,
                    "lastWill": {"topic": "t", "qos": 1, "message": "m", "retain": True},
                    "keepAlive": 1,
                    "sessionExpiryInterval": 1,
                    "maximumPacketSize": {"type": "integer"},
                    "bindingVersion": "0.2.0",
                    "x-a": 1,
                },
                "kafka": {
                    "schemaRegistryUrl": "u",
                    "schemaRegistryVendor": "v",
                    "bindingVersion": "0.4.0",
                },
                "jms": {
                    "jmsConnectionFactory": "f",
                    "properties": [{"name": "n", "value": "v"}],
                    "clientID": "c",
                },
                "ibmmq": {
                    "groupId": "g",
                    "ccdtQueueManagerName": "n",
                    "cipherSpec": "c",
                    "multiEndpointServer": True,
                    "heartBeatInterval": 1,
                },
                "solace": {"msgVpn": "v", "clientName": "c", "bindingVersion": "0.4.0"},
                "pulsar": {"tenant": "t"},
                "amqp": {"anything": 1},
                "x-a": 1,
            },
            "b": {
                "solace": {"msvVpn": "v", "bindingVersion": "0.2.0"},
                "kafka": {"bindingVersion": "0.3.0"},
            },
            "c": {"solace": {"msgVpn": "v", "bindingVersion": "0.3.0"}},
        }
    ),
    "channel bindings": _components(
        channelBindings={
            "a": {
                "amqp": {
                    "is": "queue",
                    "queue": {
                        "name": "q",
                        "durable": True,
                        "exclusive": True,
                        "autoDelete": True,
                        "vhost": "/",
                    },
                },
                "kafka": {
                    "topic": "t",
                    "partitions": 1,
                    "replicas": 1,
                    "topicConfiguration": {
                        "cleanup.policy": ["compact"],
                        "retention.ms": -1,
                        "retention.bytes": 1,
                        "delete.retention.ms": 1,
                        "max.message.bytes": 1,
                        "confluent.key.schema.validation": True,
                        "confluent.key.subject.name.strategy": "s",
                    },
                },
                "anypointmq": {"destination": "d", "destinationType": "exchange"},
                "jms": {"destination": "d", "destinationType": "queue"},
                "sns": {
                    "name": "n",
                    "ordering": {"type": "FIFO", "contentBasedDeduplication": True},
                    "policy": {
                        "statements": [{"effect": "Allow", "principal": "*", "action": ["a"]}]
                    },
                    "tags": {},
                },
                "sqs": {
                    "queue": {
                        "name": "q",
                        "fifoQueue": True,
                        "deduplicationScope": "queue",
                        "fifoThroughputLimit": "perQueue",
                        "deliveryDelay": 1,
                        "visibilityTimeout": 1,
                        "receiveMessageWaitTime": 1,
                        "messageRetentionPeriod": 60,
                        "redrivePolicy": {
                            "deadLetterQueue": {"arn": "a", "name": "n"},
                            "maxReceiveCount": 1,
                        },
                        "policy": {"statements": []},
                        "tags": {},
                    },
                    "deadLetterQueue": {"name": "d", "fifoQueue": False},
                },
                "ibmmq": {
                    "destinationType": "topic",
                    "topic": {
                        "string": "s",
                        "objectName": "o",
                        "durablePermitted": True,
                        "lastMsgRetained": True,
                    },
                    "maxMsgLength": 1,
                },
                "googlepubsub": {
                    "labels": {},
                    "messageRetentionDuration": "1s",
                    "messageStoragePolicy": {"allowedPersistenceRegions": ["a"]},
                    "schemaSettings": {
                        "encoding": "json",
                        "firstRevisionId": "1",
                        "lastRevisionId": "2",
                        "name": "n",
                    },
                },
                "pulsar": {
                    "namespace": "n",
                    "persistence": "persistent",
                    "compaction": 1,
                    "geo-replication": ["a"],
                    "retention": {"time": 1, "size": 1},
                    "ttl": 1,
                    "deduplication": True,
                },
            },
            "b": {
                "amqp": {
                    "is": "routingKey",
                    "exchange": {"name": "e", "type": "topic", "durable": True, "vhost": "/"},
                },
                "ibmmq": {
                    "destinationType": "queue",
                    "queue": {"objectName": "o", "isPartitioned": True, "exclusive": True},
                },
                "kafka": {
                    "topic": "t",
                    "topicConfiguration": {"retention.ms": 1},
                    "bindingVersion": "0.4.0",
                },
            },
            "c": {"kafka": {"partitions": 1, "bindingVersion": "0.3.0"}},
        }
    ),
    "operation bindings": _components(
        operationBindings={
            "a": {
                "http": {"method": "GET", "query": {"type": "object"}, "bindingVersion": "0.2.0"},
                "amqp": {
                    "expiration": 1,
                    "userId": "u",
                    "cc": ["a"],
                    "priority": 1,
                    "deliveryMode": 1,
                    "mandatory": True,
                    "bcc": ["b"],
                    "timestamp": True,
                    "ack": True,
                },
                "mqtt": {"qos": 1, "retain": True, "messageExpiryInterval": 1},
                "kafka": {"groupId": {"type": "string"}, "clientId": {"type": "string"}},
                "nats": {"queue": "q"},
                "sns": {
                    "topic": {"arn": "a"},
                    "consumers": [
                        {
                            "protocol": "sqs",
                            "endpoint": {"url": "u", "email": "e", "phone": "p", "name": "n"},
                            "filterPolicy": {"a": ["b"], "c": "d", "e": {}},
                            "filterPolicyScope": "MessageBody",
                            "rawMessageDelivery": True,
                            "redrivePolicy": {
                                "deadLetterQueue": {"arn": "a"},
                                "maxReceiveCount": 1,
                            },
                            "deliveryPolicy": {"numRetries": 1, "backoffFunction": "linear"},
                            "displayName": "d",
                        }
                    ],
                    "deliveryPolicy": {"minDelayTarget": 1, "maxReceivesPerSecond": 1},
                },
                "sqs": {"queues": [{"name": "q", "fifoQueue": True, "tags": {}}]},
                "solace": {
                    "destinations": [
                        {
                            "destinationType": "queue",
                            "deliveryMode": "direct",
                            "queue": {
                                "name": "n",
                                "topicSubscriptions": ["a"],
                                "accessType": "exclusive",
                                "maxTtl": "1",
                                "maxMsgSpoolUsage": "1",
                            },
                        },
                        {"destinationType": "topic", "topicSubscriptions": ["a"]},
                    ],
                    "timeToLive": 1,
                    "priority": 1,
                    "dmqEligible": True,
                },
            },
            "b": {"solace": {"destinations": [], "bindingVersion": "0.3.0"}},
            "c": {
                "solace": {
                    "destinations": [{"destinationType": "queue", "queue": {"name": "n"}}],
                    "bindingVersion": "0.2.0",
                }
            },
        }
    ),
    "message bindings": _components(
        messageBindings={
            "a": {
                "http": {"headers": {"type": "object"}, "statusCode": 200},
                "amqp": {"contentEncoding": "gzip", "messageType": "t"},
                "mqtt": {
                    "payloadFormatIndicator": 1,
                    "correlationData": {"type": "string"},
                    "contentType": "text/plain",
                    "responseTopic": "a/b",
                },
                "kafka": {
                    "key": {"type": "string"},
                    "schemaIdLocation": "header",
                    "schemaIdPayloadEncoding": "e",
                    "schemaLookupStrategy": "s",
                },
                "anypointmq": {"headers": {"type": "object"}},
                "jms": {"headers": {"type": "object"}},
                "ibmmq": {"type": "binary", "headers": "h", "description": "d", "expiry": 1},
                "googlepubsub": {"attributes": {}, "orderingKey": "o", "schema": {"name": "n"}},
            },
            "b": {
                "http": {"headers": {"type": "object"}, "bindingVersion": "0.2.0"},
                "kafka": {"key": {"type": "string"}, "bindingVersion": "0.3.0"},
                "ibmmq": {"type": "jms"},
            },
            "c": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.4.0"}},
        }
    ),
}
"""Valid documents of 3.0.0, by what they are full of."""

ROS2: dict[str, Any] = {
    "asyncapi": "3.1.0",
    "info": {"title": "All", "version": "1"},
    "components": {
        "serverBindings": {"a": {"ros2": {"domainId": 1, "rmwImplementation": "r"}}},
        "operationBindings": {
            "a": {
                "ros2": {
                    "node": "n",
                    "role": "publisher",
                    "qosPolicies": {
                        "deadline": 1,
                        "durability": "volatile",
                        "history": "keep_all",
                        "leaseDuration": 1,
                        "lifespan": 1,
                        "liveliness": "manual",
                        "reliability": "best_effort",
                    },
                }
            }
        },
    },
}
"""What only 3.1.0 has."""
