"""Documents that are made when they are asked for, and kept."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from chanx.asyncapi.config import AsyncAPIConfig
from chanx.asyncapi.generator import AsyncAPIGenerator
from chanx.asyncapi.serialize import to_json, to_yaml
from chanx.routing import RouteInfo

YAML_MEDIA_TYPE: Final = "application/yaml"
"""What :attr:`Document.yaml` is served as (RFC 9512, 2.1)."""

DOCUMENT_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {"Cache-Control": "private, no-cache", "Vary": "Host"}
)
"""What goes with a document over HTTP: it may name the host that was asked for it, and no shared
cache shall give that of one client to another (RFC 9111, 5.2.2.7 and 4.1)."""


class Document:
    """A document of an application, and its texts; each is made once.

    Args:
        routes: The application's routes to consumers.
        config: What the document says besides.
    """

    def __init__(self, routes: Sequence[RouteInfo], config: AsyncAPIConfig) -> None:
        self.routes = routes
        self.config = config

    @cached_property
    def content(self) -> dict[str, Any]:
        """The document itself; not to be changed."""
        return AsyncAPIGenerator(self.routes, **self.config).generate()

    @cached_property
    def json(self) -> str:
        """The document as JSON."""
        return to_json(self.content)

    @cached_property
    def json_bytes(self) -> bytes:
        """The document as JSON in UTF-8, to be served again and again."""
        return to_json(self.content).encode()

    @cached_property
    def yaml(self) -> str:
        """The document as YAML."""
        return to_yaml(self.content)


class DocumentCache:
    """The documents of one application, by configuration, until its routes change.

    Args:
        capacity: Documents that are kept; the oldest goes first. There is a bound because clients
            choose the host that stands in a document.

    Example:
        >>> documents = DocumentCache()
        >>> documents.get([], {"title": "Chat"}) is documents.get([], {"title": "Chat"})
        True
    """

    def __init__(self, capacity: int = 16) -> None:
        self._capacity = capacity
        self._kept: tuple[Document, ...] = ()

    def get(self, routes: Sequence[RouteInfo], config: AsyncAPIConfig) -> Document:
        """Return the document of these routes and this configuration.

        Args:
            routes: The application's routes to consumers, as they are now.
            config: What the document says besides.
        """
        current = [document for document in self._kept if document.routes == routes]
        for document in current:
            if document.config == config:
                return document
        document = Document(routes, config)
        self._kept = (*current, document)[-self._capacity :]
        return document


__all__ = ["DOCUMENT_HEADERS", "YAML_MEDIA_TYPE", "Document", "DocumentCache"]
