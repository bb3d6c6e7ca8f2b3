"""Write the table of ``docs/settings.md``, from the declarations of the settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chanx.core.limits import Limits
from chanx.core.settings import SETTING_NAMES
from chanx.ext.channels.settings import SETTINGS, key_of

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
HEAD = "| attribute of a consumer | key of `CHANX` | default | takes | what it does |\n"


def page(text: str) -> str:
    """The text of the page with its table as the declarations have it."""
    before, head, _ = text.partition(HEAD)
    if not head:
        raise SystemExit(f"{PAGE} has no line {HEAD!r}")
    return before + head + "".join(rows())


def rows() -> Iterator[str]:
    """The lines of the table below its head."""
    attributes = {key_of(name): f"`{name}`" for name in SETTING_NAMES}
    yield "| --- | --- | --- | --- | --- |\n"
    for key, setting in SETTINGS.items():
        attribute, default = attributes.get(key, "none"), shown(setting.default)
        cells = attribute, f"`{key}`", f"`{default}`", setting.kind.words, setting.text
        yield f"| {' | '.join(cells)} |\n"


def shown(default: Any) -> str:
    """A default as one writes it."""
    return "Limits()" if default == Limits() else repr(default)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
