"""The documentation page: what is answered to a request for it, and for the files it is made of.

The page and its files have one URL, ``/docs`` say: the files are at ``/docs?file=viewer.js``. So
the page needs no further route, and works behind every prefix, proxy and login of its URL.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final, Literal, TypeAlias, get_args
from urllib.parse import urljoin

from chanx.asyncapi import react
from chanx.asyncapi.documents import DOCUMENT_HEADERS, Document
from chanx.asyncapi.viewer_files import VIEWER_FOLDER, ViewerFile, viewer_files
from chanx.core.errors import ConfigurationError

Renderer: TypeAlias = Literal["chanx", "react"]
"""What shows the document: the viewer that comes with chanx, or AsyncAPI's React component."""

RENDERERS: Final[tuple[Renderer, ...]] = get_args(Renderer)
"""All of them."""

DOCS_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""The ``Content-Security-Policy`` of the page: all of it comes from its own host, and the only
other hosts that it speaks to are WebSocket servers, where its reader tells it to."""

_DOCUMENT_FILE: Final = "document.json"


@dataclass(frozen=True, slots=True)
class DocsResponse:
    """An HTTP response.

    Attributes:
        status: Its status.
        content: Its body.
        media_type: Its ``Content-Type``.
        headers: Its further headers.
    """

    status: int
    content: bytes
    media_type: str
    headers: Mapping[str, str]


def check_renderer(renderer: object) -> None:
    """Refuse what is not a renderer.

    Args:
        renderer: What an application calls one.

    Raises:
        ConfigurationError: If there is no such renderer.
    """
    if renderer not in RENDERERS:
        known = " or ".join(map(repr, RENDERERS))
        raise ConfigurationError(f"renderer={renderer!r} shows no documents: use {known}.")


def docs_response(
    document: Document,
    *,
    file: str | None = None,
    document_url: str | None = None,
    file_urls: Mapping[str, str] | None = None,
    renderer: Renderer = "chanx",
) -> DocsResponse:
    """Answer a request for the documentation page, or for one of its files.

    Args:
        document: The document to show.
        file: The value of the parameter ``file`` in the request's query; None for the page.
        document_url: Where the document is served as JSON, absolute or relative to the page; None
            for the page's own URL with ``?file=document.json``.
        file_urls: Where each file of :data:`VIEWER_FOLDER` is served as it is, by its name: a path
            on the page's own host, whose last part may be another than the name; None for the
            page's own URL. Not used with ``renderer="react"``.
        renderer: What shows the document. ``"react"`` loads AsyncAPI's React component, pinned
            and checked, from the host unpkg.com.

    Returns:
        The response; 404 for a file that there is none of.

    Raises:
        ConfigurationError: If there is no such renderer, or ``file_urls`` leaves out a file or
            leads to another host.

    Example:
        >>> response = docs_response(Document([], {"title": "Chat"}))
        >>> response.status, response.media_type
        (200, 'text/html; charset=utf-8')
        >>> docs_response(Document([], {}), file="viewer.css").media_type
        'text/css; charset=utf-8'
    """
    check_renderer(renderer)
    if file is None:
        return _page(document, document_url or f"?file={_DOCUMENT_FILE}", file_urls, renderer)
    if file == _DOCUMENT_FILE:
        return DocsResponse(200, document.json_bytes, "application/json", DOCUMENT_HEADERS)
    found = viewer_files().get(file)
    if found is None:
        known = ", ".join([*viewer_files(), _DOCUMENT_FILE])
        text = f"The page has no such file; it has: {known}.\n"
        return DocsResponse(404, text.encode(), "text/plain; charset=utf-8", {})
    # The page asks for a file by its digest, so that what is kept is never an older release's.
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return DocsResponse(200, found.content, found.media_type, headers)


def embedded_docs_response(document: Document) -> DocsResponse:
    """Return the documentation page with all its files and the document within it.

    For where the page's own URL cannot serve the files. The policy names script and style by their
    hashes, and forbids any other.

    Args:
        document: The document to show.
    """
    script, style = viewer_files()["viewer.js"], viewer_files()["viewer.css"]
    policy = DOCS_CONTENT_SECURITY_POLICY.replace(
        "script-src 'self'", f"script-src '{_hash(script.content)}'"
    ).replace("style-src 'self'", f"style-src '{_hash(style.content)}'")
    # HTML, 4.12.1.3: in a script element only these could end it or begin a comment.
    data = document.json.replace("<", "\\u003c")
    head = (
        f"<style>{style.content.decode()}</style>"
        f'<script type="application/json" id="document">{data}</script>'
        f'<script type="module">{script.content.decode()}</script>'
    )
    return _html(_title(document), head, "", policy)


def _page(
    document: Document,
    document_url: str,
    file_urls: Mapping[str, str] | None,
    renderer: Renderer,
) -> DocsResponse:
    data = f' data-document="{escape(document_url)}"'
    if renderer == "react":
        script = _url(viewer_files()["react.js"])
        return _html(_title(document), react.head(escape(script)), data, react.POLICY)
    policy, imports = DOCS_CONTENT_SECURITY_POLICY, ""
    if file_urls is None:
        style, script = (_url(viewer_files()[name]) for name in ("viewer.css", "viewer.js"))
    else:
        _check_file_urls(file_urls)
        style, script = file_urls["style.css"], file_urls["main.js"]
        if renamed := _renamed_modules(file_urls):
            content = json.dumps({"imports": renamed}).replace("<", "\\u003c")
            imports = f'<script type="importmap">{content}</script>'
            policy = policy.replace("script-src", f"script-src '{_hash(content.encode())}'")
    head = (
        f'<link rel="stylesheet" href="{escape(style)}">{imports}'
        f'<script type="module" src="{escape(script)}"></script>'
    )
    return _html(_title(document), head, data, policy)


def _check_file_urls(file_urls: Mapping[str, str]) -> None:
    """Refuse what would be an empty page.

    Raises:
        ConfigurationError: If a file is left out, or not on the page's own host.
    """
    for file in VIEWER_FOLDER.iterdir():
        url = file_urls.get(file.name)
        if url is None:
            raise ConfigurationError(
                f"file_urls leaves out {file.name!r}: give the URL of each file of VIEWER_FOLDER."
            )
        if not url.startswith("/") or url.startswith("//"):
            raise ConfigurationError(
                f"file_urls[{file.name!r}] is {url!r}: give a path that begins with a slash, since "
                f"the page's policy lets in nothing from another host."
            )


def _renamed_modules(file_urls: Mapping[str, str]) -> dict[str, str]:
    """Return the URLs of modules that are served under other names than the imports have.

    Web servers may have the hash of a file in its name, and the modules import each other by
    their own names.
    """
    main = file_urls["main.js"]
    modules = {name: url for name, url in file_urls.items() if name.endswith(".js") and url != main}
    imported = {urljoin(main, name): url for name, url in modules.items()}
    return {there: url for there, url in imported.items() if there != url}


def _html(title: str, head: str, attributes: str, policy: str) -> DocsResponse:
    text = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title>{head}</head>'
        f"<body{attributes}><noscript>This page needs JavaScript.</noscript></body></html>\n"
    )
    headers = {
        **DOCUMENT_HEADERS,
        "Content-Security-Policy": policy,
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    # A lone surrogate, which a title may hold, has no encoding.
    return DocsResponse(200, text.encode(errors="replace"), "text/html; charset=utf-8", headers)


def _title(document: Document) -> str:
    return str(document.content["info"]["title"])


def _url(file: ViewerFile) -> str:
    return f"?file={file.name}&v={file.digest}"


def _hash(content: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


__all__ = [
    "DOCS_CONTENT_SECURITY_POLICY",
    "RENDERERS",
    "DocsResponse",
    "Renderer",
    "check_renderer",
    "docs_response",
    "embedded_docs_response",
]
