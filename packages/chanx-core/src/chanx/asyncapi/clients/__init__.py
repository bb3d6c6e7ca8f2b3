"""Typed clients of AsyncAPI documents, for Python and TypeScript, which obey what these say."""

from chanx.asyncapi.clients.describing import describe
from chanx.asyncapi.clients.description import Description

__all__ = ["Description", "describe"]
