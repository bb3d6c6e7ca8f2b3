"""What an AsyncAPI 3 document says, as values, for whatever reads documents.

Anybody's document can be read, whether it is valid or not: a reference that leads nowhere is a link
without a target, and what is of a wrong type is as if it were not there. Documents in several
files are made one before.
"""

from chanx.asyncapi.reading.parts import (
    Channel,
    Contents,
    Document,
    Link,
    Message,
    Operation,
    Part,
    Reply,
    SchemaRoot,
    Server,
)
from chanx.asyncapi.reading.reader import payload_schema, read

__all__ = [
    "Channel",
    "Contents",
    "Document",
    "Link",
    "Message",
    "Operation",
    "Part",
    "Reply",
    "SchemaRoot",
    "Server",
    "payload_schema",
    "read",
]
