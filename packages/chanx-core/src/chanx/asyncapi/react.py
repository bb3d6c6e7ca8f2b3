"""AsyncAPI's official React component, for those who want it instead of the viewer.

It comes from a public host, in one release, and the browser checks that it is that one (Subresource
Integrity). Nothing of it is in this package. Licence: Apache-2.0.
"""

from typing import Final

VERSION: Final = "3.2.1"
_HOST: Final = "https://unpkg.com"
_BASE: Final = f"{_HOST}/@asyncapi/react-component@{VERSION}"

FILES: Final = {
    "browser/standalone/index.js": (
        "sha384-wy5bSOazlkSKMGH7XMW6+pK8ho8+rCPr7mTqKdAb/dvfwXAPWCFivgr3C7wJMFAh"
    ),
    "styles/default.min.css": (
        "sha384-oo9RoQcacP++XdMX6CjTucTvASEORHX3chFik0/V2kHcsHiVboGyWZztGeq/0bum"
    ),
}
"""Integrity of the files of the npm package ``@asyncapi/react-component`` that the page loads."""

# The component compiles schemas with `Function`, and styles elements inline.
POLICY: Final = (
    f"default-src 'none'; script-src 'self' 'unsafe-eval' {_HOST}; "
    f"style-src 'self' 'unsafe-inline' {_HOST}; img-src 'self' data:; font-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""The ``Content-Security-Policy`` that the component needs."""


def head(script_url: str) -> str:
    """Return the elements of the page's head, as HTML.

    Args:
        script_url: Where ``react.js`` is, which starts the component; as HTML.
    """
    script, style = FILES
    return (
        f'<link rel="stylesheet" href="{_BASE}/{style}" integrity="{FILES[style]}" '
        'crossorigin="anonymous">'
        f'<script defer src="{_BASE}/{script}" integrity="{FILES[script]}" '
        'crossorigin="anonymous"></script>'
        f'<script type="module" src="{script_url}"></script>'
    )


__all__ = ["FILES", "POLICY", "VERSION", "head"]
