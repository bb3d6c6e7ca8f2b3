"""The guide to the documentation page says what the page does."""

import re
from pathlib import Path

from chanx.asyncapi import DOCS_CONTENT_SECURITY_POLICY

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE = (DOCS / "page.md").read_text("utf-8")


def test_the_policy_is_the_one_that_is_sent() -> None:
    [shown] = re.findall(r"```text\n(.*?)\n```", GUIDE)
    assert shown == DOCS_CONTENT_SECURITY_POLICY


def test_the_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", GUIDE)
    assert len(pictures) >= 2
    for picture in pictures:
        assert (DOCS / picture).read_bytes().startswith(b"\x89PNG")
