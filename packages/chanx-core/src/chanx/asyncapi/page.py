"""The documentation page: what is answered to a request for it, and for the files it is made of.

The page and its files have one URL, ``/docs`` say: the files are at ``/docs?file=viewer.js``. So
the page needs no further route, and works behind every prefix, proxy and login of its URL.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args
from urllib.parse import urljoin

from chanx.asyncapi import react
from chanx.asyncapi.documents import DOCUMENT_HEADERS, Document
from chanx.asyncapi.page_documents import (
    Documents,
    addresses_of,
    check_documents,
    files_of,
    read_document,
)
from chanx.asyncapi.page_html import (
    Embedded,
    embedded_head,
    embedded_policy,
    hash_of,
    page_html,
    policy_of,
)
from chanx.asyncapi.serialize import to_json
from chanx.asyncapi.viewer_files import VIEWER_FOLDER, ViewerFile, viewer_files
from chanx.core.errors import ConfigurationError

Renderer: TypeAlias = Literal["chanx", "react"]
"""What shows the document: the viewer that comes with chanx, or AsyncAPI's React component."""

RENDERERS: Final[tuple[Renderer, ...]] = get_args(Renderer)
"""All of them."""

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


def check_page(
    renderer: object,
    documents: Documents | None = None,
    connect_hosts: Collection[str] | None = None,
) -> None:
    """Refuse options of the page that cannot be, before it is asked for.

    Args:
        renderer: As for :func:`docs_response`, and so are the others.
        documents: Further documents.
        connect_hosts: The hosts that the page may open sockets to.

    Raises:
        ConfigurationError: If there is no such renderer, if a document is not on the page's own
            host or its file is none, if a host is none, or if AsyncAPI's component is to take
            either.
    """
    if renderer not in RENDERERS:
        known = " or ".join(map(repr, RENDERERS))
        raise ConfigurationError(f"renderer={renderer!r} shows no documents: use {known}.")
    if renderer == "react" and (documents or connect_hosts is not None):
        raise ConfigurationError(
            "AsyncAPI's component shows one document and opens no sockets: leave documents and "
            'connect_hosts out, or use renderer="chanx".'
        )
    policy_of(connect_hosts)
    check_documents(documents)


def docs_response(
    document: Document,
    *,
    file: str | None = None,
    document_url: str | None = None,
    file_urls: Mapping[str, str] | None = None,
    renderer: Renderer = "chanx",
    documents: Documents | None = None,
    connect_hosts: Collection[str] | None = None,
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
        documents: Further documents that readers may choose on the page, by the name under which
            each is chosen: where it is served as JSON, on the page's own host, or a
            :class:`pathlib.Path`, a file of JSON or YAML, which the page serves as it is then.
        connect_hosts: The hosts that the page may open sockets to beside its own, such as
            ``wss://chat.example.com``; None for any.

    Returns:
        The response; 404 for a file that there is none of.

    Raises:
        ConfigurationError: As :func:`check_page`, or if ``file_urls`` leaves out a file or leads
            to another host.

    Example:
        >>> response = docs_response(Document([], {"title": "Chat"}))
        >>> response.status, response.media_type
        (200, 'text/html; charset=utf-8')
        >>> docs_response(Document([], {}), file="viewer.css").media_type
        'text/css; charset=utf-8'
    """
    if file is None:
        check_page(renderer, documents, connect_hosts)
        data = f' data-document="{escape(document_url or f"?file={_DOCUMENT_FILE}")}"'
        if renderer == "react":
            script = _url(viewer_files()["react.js"])
            return _html(_title(document), react.head(escape(script)), data, react.POLICY)
        return _page(document, data + _others(documents), file_urls, policy_of(connect_hosts))
    if file == _DOCUMENT_FILE:
        return DocsResponse(200, document.json_bytes, "application/json", DOCUMENT_HEADERS)
    if path := files_of(documents).get(file):
        return DocsResponse(
            200, to_json(read_document(path)).encode(), "application/json", DOCUMENT_HEADERS
        )
    found = viewer_files().get(file)
    if found is None:
        known = ", ".join([*viewer_files(), _DOCUMENT_FILE, *files_of(documents)])
        text = f"The page has no such file; it has: {known}.\n"
        return DocsResponse(404, text.encode(), "text/plain; charset=utf-8", {})
    # The page asks for a file by its digest, so that what is kept is never an older release's.
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return DocsResponse(200, found.content, found.media_type, headers)


def embedded_docs_response(
    document: Document,
    *,
    documents: Documents | None = None,
    connect_hosts: Collection[str] | None = None,
) -> DocsResponse:
    """Return the documentation page with all its files and the document within it.

    For where the page's own URL cannot serve the files. The policy names script and style by their
    hashes, and forbids any other.

    Args:
        document: The document to show.
        documents: As for :func:`docs_response`.
        connect_hosts: As for :func:`docs_response`.

    Raises:
        ConfigurationError: As :func:`check_page`.
    """
    check_page("chanx", documents, connect_hosts)
    within = [
        Embedded(read_document(given), title=name)
        for name, given in (documents or {}).items()
        if isinstance(given, Path)
    ]
    elsewhere = {name: given for name, given in (documents or {}).items() if isinstance(given, str)}
    head = embedded_head([Embedded(document.content), *within])
    return _html(_title(document), head, _others(elsewhere), embedded_policy(connect_hosts))


def _others(documents: Documents | None) -> str:
    given = escape(json.dumps(addresses_of(documents)))
    return f' data-documents="{given}"' if documents else ""


def _page(
    document: Document, data: str, file_urls: Mapping[str, str] | None, policy: str
) -> DocsResponse:
    imports = ""
    if file_urls is None:
        style, script = (_url(viewer_files()[name]) for name in ("viewer.css", "viewer.js"))
    else:
        _check_file_urls(file_urls)
        style, script = file_urls["style.css"], file_urls["main.js"]
        if renamed := _renamed_modules(file_urls):
            content = json.dumps({"imports": renamed}).replace("<", "\\u003c")
            imports = f'<script type="importmap">{content}</script>'
            policy = policy.replace("script-src", f"script-src '{hash_of(content.encode())}'")
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
    headers = {
        **DOCUMENT_HEADERS,
        "Content-Security-Policy": policy,
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    content = page_html(title, head, attributes)
    return DocsResponse(200, content, "text/html; charset=utf-8", headers)


def _title(document: Document) -> str:
    return str(document.content["info"]["title"])


def _url(file: ViewerFile) -> str:
    return f"?file={file.name}&v={file.digest}"


__all__ = [
    "RENDERERS",
    "DocsResponse",
    "Renderer",
    "check_page",
    "docs_response",
    "embedded_docs_response",
]
