"""The page of the inspector: HTML and a style, no script, and a policy that lets in no other."""

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from chanx.observing.inspector import Inspector, LiveConnection

_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem;color-scheme:light dark}"
    "table{border-collapse:collapse;margin-bottom:2rem}"
    "th,td{padding:.25rem .75rem;text-align:left;border-bottom:1px solid #8888;vertical-align:top}"
    "caption{text-align:left;font-weight:600;padding:.25rem .75rem}"
    "td{overflow-wrap:anywhere}"
)
# The policy names the style by its digest, so that nothing else of the page can bring one (Content
# Security Policy 3, style-src with a hash).
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

INSPECTOR_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        # The icon is empty data: without one the browser asks for /favicon.ico, and without img-src
        # it would report the policy broken.
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    # Who is connected is for the operator's eyes, and not for a cache or the "back" of who comes
    # next.
    "Cache-Control": "no-store",
    # Not "no-referrer", by which a browser hides the origin of the form, too.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""The headers of the page."""

CONNECTION_FIELD: Final = "connection"
"""The field of the page's form that names the connection to end."""


def inspector_page(inspector: Inspector, fields: Mapping[str, str] | None = None) -> str:
    """Return the page, as HTML.

    Args:
        inspector: Whose connections it shows.
        fields: What else its form sends, such as a token against forgery; None for nothing.
    """
    # Asked once, so that the heading and the table are of one moment.
    live = inspector.connections()
    heading = "1 connection" if len(live) == 1 else f"{len(live)} connections"
    rows = [_row(each, _hidden(fields or {})) for each in live]
    heads = (
        *("Consumer", "Path", "User", "Groups", "Seconds", "Received", "Sent"),
        *("Waiting in", "Waiting out", "End"),
    )
    slow = [
        _cells(each.consumer, each.action or "", f"{each.seconds:.2f}", each.outcome)
        for each in inspector.slow_handlers
    ]
    codes = [_cells(code, str(count)) for code, count in inspector.close_codes.most_common()]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>Connections</title><link rel="icon" href="data:,"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{heading} of process {os.getpid()}</h1>"
        + _table("Live connections", heads, rows)
        + _table(
            f"Handlers of {inspector.slow:g} s and more",
            ("Consumer", "Action", "Seconds", "Outcome"),
            slow,
        )
        + _table("Connections that ended", ("Close code", "Count"), codes)
        + "</main></body></html>\n"
    )


def _row(live: LiveConnection, hidden: str) -> str:
    received, sent = live.rates
    label = escape(f"Disconnect {live.user or 'the client'} at {live.path}")
    # It may take some seconds to end, and still be there on the page that answers the form.
    end = (
        "Ending"
        if live.is_ending
        else f'<form method="post">{hidden}'
        f'<button name="{CONNECTION_FIELD}" value="{escape(live.id)}" aria-label="{label}">'
        "Disconnect</button></form>"
    )
    cells = _cells(
        live.consumer,
        live.path,
        live.user or "",
        ", ".join(live.groups),
        f"{live.seconds:.0f}",
        f"{live.received} ({received:.1f}/s)",
        f"{live.sent} ({sent:.1f}/s)",
        str(live.incoming),
        str(live.outgoing),
    )
    return f"{cells}<td>{end}</td>"


def _cells(*texts: str) -> str:
    return "".join(f"<td>{escape(text)}</td>" for text in texts)


def _hidden(fields: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )


def _table(caption: str, heads: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


__all__ = ["CONNECTION_FIELD", "INSPECTOR_HEADERS", "inspector_page"]
