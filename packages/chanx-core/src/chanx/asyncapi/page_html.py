"""The page's HTML, what stands within it, and the policy under which it works."""

import base64
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from chanx.asyncapi.serialize import to_json
from chanx.asyncapi.viewer_files import viewer_files
from chanx.core.errors import ConfigurationError

DOCS_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""The ``Content-Security-Policy`` of the page: all of it comes from its own host, and the only
other hosts that it speaks to are WebSocket servers, where its reader tells it to."""

_HOST: Final = re.compile(r"(?:wss?://)?(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::(?:\d+|\*))?")


def policy_of(connect_hosts: Collection[str] | None = None) -> str:
    """Return the page's policy.

    Args:
        connect_hosts: The hosts that the page may open sockets to beside its own, as host sources
            of a policy (CSP 3, 2.3.1): ``wss://chat.example.com``, ``*.example.com:8443``; None for
            any.

    Raises:
        ConfigurationError: If one of them is not a host of WebSockets.

    Example:
        >>> policy_of(["wss://chat.example.com"]).split("; ")[4]
        "connect-src 'self' wss://chat.example.com"
    """
    if connect_hosts is None:
        return DOCS_CONTENT_SECURITY_POLICY
    if isinstance(connect_hosts, str):
        raise ConfigurationError(
            f"connect_hosts={connect_hosts!r} is one text: give a list, [{connect_hosts!r}]."
        )
    for host in connect_hosts:
        if not (_HOST.fullmatch(host) and host.isascii()):
            raise ConfigurationError(
                f"connect_hosts has {host!r}, which is not a host of WebSockets: write "
                f'"wss://chat.example.com", or "wss://*.example.com:8443" for all below it.'
            )
    return DOCS_CONTENT_SECURITY_POLICY.replace(
        "'self' ws: wss:", " ".join(["'self'", *connect_hosts])
    )


def page_html(title: str, head: str, attributes: str = "") -> bytes:
    """Return the page.

    Args:
        title: Its title, any text.
        head: HTML that its head ends with.
        attributes: HTML of the body's attributes.
    """
    text = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title>{head}</head>'
        f"<body{attributes}><noscript>This page needs JavaScript.</noscript></body></html>\n"
    )
    # A lone surrogate, which a title may hold, has no encoding.
    return text.encode(errors="replace")


@dataclass(frozen=True, slots=True)
class Embedded:
    """A document that a page has within it.

    Attributes:
        content: The document.
        address: The path at which it is served too; "" for none.
        title: What readers choose it by; "" for its own title.
    """

    content: Mapping[str, Any]
    address: str = ""
    title: str = ""


def embedded_head(documents: Iterable[Embedded]) -> str:
    """Return HTML of a page's head that holds documents, the viewer's script and its style.

    Args:
        documents: The documents.
    """
    script, style = viewer_files()["viewer.js"], viewer_files()["viewer.css"]
    data = "".join(
        f'<script type="application/json" data-address="{escape(one.address)}"{_titled(one)}>'
        f"{_in_script(one.content)}</script>"
        for one in documents
    )
    return (
        f"<style>{style.content.decode()}</style>{data}"
        f'<script type="module">{script.content.decode()}</script>'
    )


def _titled(document: Embedded) -> str:
    return f' data-title="{escape(document.title)}"' if document.title else ""


def _in_script(content: Mapping[str, Any]) -> str:
    # HTML, 4.12.1.3: in a script element only these could end it or begin a comment.
    return to_json(content).replace("<", "\\u003c")


def embedded_policy(connect_hosts: Collection[str] | None = None) -> str:
    """Return the policy of a page with all its files within it, of which it names the hashes.

    Args:
        connect_hosts: As for :func:`policy_of`.
    """
    script, style = viewer_files()["viewer.js"], viewer_files()["viewer.css"]
    policy = policy_of(connect_hosts)
    for kind, content in (("script-src", script.content), ("style-src", style.content)):
        policy = policy.replace(f"{kind} 'self'", f"{kind} '{hash_of(content)}'")
    return policy


def hash_of(content: bytes) -> str:
    """Return a hash as policies name it (CSP 3, 2.3.1).

    Args:
        content: What is hashed.
    """
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


__all__ = [
    "DOCS_CONTENT_SECURITY_POLICY",
    "Embedded",
    "embedded_head",
    "embedded_policy",
    "hash_of",
    "page_html",
    "policy_of",
]
