"""AsyncAPI documents, and the page that shows them, made from routes."""

from chanx.asyncapi.config import AsyncAPIConfig, given_of
from chanx.asyncapi.documents import DOCUMENT_HEADERS, YAML_MEDIA_TYPE, Document, DocumentCache
from chanx.asyncapi.generator import AsyncAPIGenerator
from chanx.asyncapi.linting import Finding, lint
from chanx.asyncapi.page import (
    RENDERERS,
    DocsResponse,
    Renderer,
    check_page,
    docs_response,
    embedded_docs_response,
)
from chanx.asyncapi.page_documents import Documents
from chanx.asyncapi.page_html import DOCS_CONTENT_SECURITY_POLICY
from chanx.asyncapi.serialize import to_json, to_yaml
from chanx.asyncapi.static_page import static_page
from chanx.asyncapi.viewer_files import VIEWER_FOLDER

__all__ = [
    "DOCS_CONTENT_SECURITY_POLICY",
    "DOCUMENT_HEADERS",
    "RENDERERS",
    "VIEWER_FOLDER",
    "YAML_MEDIA_TYPE",
    "AsyncAPIConfig",
    "AsyncAPIGenerator",
    "DocsResponse",
    "Document",
    "DocumentCache",
    "Documents",
    "Finding",
    "Renderer",
    "check_page",
    "docs_response",
    "embedded_docs_response",
    "given_of",
    "lint",
    "static_page",
    "to_json",
    "to_yaml",
]
