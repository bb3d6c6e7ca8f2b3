"""AsyncAPI documents, and the page that shows them, made from routes."""

from chanx.asyncapi.config import AsyncAPIConfig
from chanx.asyncapi.documents import YAML_MEDIA_TYPE, Document, DocumentCache
from chanx.asyncapi.generator import AsyncAPIGenerator
from chanx.asyncapi.linting import Finding, lint
from chanx.asyncapi.page import DOCS_CONTENT_SECURITY_POLICY, render_docs
from chanx.asyncapi.serialize import to_json, to_yaml

__all__ = [
    "DOCS_CONTENT_SECURITY_POLICY",
    "YAML_MEDIA_TYPE",
    "AsyncAPIConfig",
    "AsyncAPIGenerator",
    "Document",
    "DocumentCache",
    "Finding",
    "lint",
    "render_docs",
    "to_json",
    "to_yaml",
]
