"""The page as files, which need no server: for a static host, a sub-path, a file share."""

from collections.abc import Collection, Mapping
from html import escape
from typing import Any

from chanx.asyncapi.page_html import Embedded, embedded_head, embedded_policy, page_html
from chanx.asyncapi.serialize import to_json
from chanx.asyncapi.walk import object_of

INDEX = "index.html"
"""The name of the page."""


def static_page(
    documents: Mapping[str, Mapping[str, Any]], *, connect_hosts: Collection[str] | None = None
) -> dict[str, bytes]:
    """Return the documentation page as files: ``index.html``, and each document as JSON.

    The page has all that it needs within it, loads nothing, and states its policy itself, since a
    static host sends none: it works wherever it is put, opened from a file too. Of several
    documents its reader chooses one.

    Args:
        documents: The documents, by the names of their files without an ending.
        connect_hosts: The hosts that the page may open sockets to, as for :func:`policy_of`; None
            for any.

    Raises:
        ConfigurationError: If ``connect_hosts`` has what is not a host.

    Example:
        >>> chat = {"asyncapi": "3.0.0", "info": {"title": "Chat", "version": "1.0.0"}}
        >>> sorted(static_page({"chat": chat}))
        ['chat.json', 'index.html']
    """
    policy = embedded_policy(connect_hosts)
    # HTML, 4.2.5.3: a policy that is stated so cannot say who may frame the page.
    stated = "; ".join(part for part in policy.split("; ") if not part.startswith("frame-"))
    named = {f"{name}.json": content for name, content in documents.items()}
    within = [Embedded(content, name) for name, content in named.items()]
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{escape(stated)}">'
        f'<meta name="referrer" content="same-origin">{embedded_head(within)}'
    )
    titles = (object_of(content.get("info")).get("title") for content in documents.values())
    title = " and ".join(str(title) for title in titles if title) or "AsyncAPI"
    files = {name: to_json(content).encode(errors="replace") for name, content in named.items()}
    return {INDEX: page_html(title, head), **files}


__all__ = ["INDEX", "static_page"]
