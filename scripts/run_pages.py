"""Run the programs of pages of the documentation: ``python scripts/run_pages.py settings.md ...``

A page's programs share their names, in order. A program that begins with the name of a file, as
``# rooms/app.py``, is that module, which later ones import. Within tabs, each framework has names
of its own besides those before the tabs. Consumers are mounted, and functions ``test_...`` run.
A program that is included from a file is run by the tests of that file.
"""

import asyncio
import inspect
import re
import sys
import textwrap
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import django
from django.conf import settings

from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import DEFAULT_ALIAS, MemoryLayer, register_layer

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
BLOCK: Final = re.compile(
    r'^=== "(?P<tab>[^"\n]+)"$'
    r"|^(?P<indent> *)```python\n(?P<text>.*?)^(?P=indent)```$"
    r"|^(?P<left>\S)",
    re.DOTALL | re.MULTILINE,
)
FILE: Final = re.compile(r"# ([\w/]+)\.py\b")
PROJECT: Final[dict[str, Any]] = {
    "SECRET_KEY": "for the documentation",
    "INSTALLED_APPS": [
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "rest_framework",
        "rest_framework.authtoken",
        "chanx.ext.channels",
    ],
    "CHANNEL_LAYERS": {"default": {"BACKEND": "chanx.layers.MemoryLayer"}},
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    "USE_TZ": True,
}


def programs(text: str) -> Iterator[tuple[str, str]]:
    """The programs of a page: for each the tab it stands in, empty for none, and its text."""
    tab = ""
    for found in BLOCK.finditer(text):
        if found["tab"]:
            tab = found["tab"]
        elif found["text"] is None or not found["indent"]:
            tab = ""
        if found["text"] is not None and "--8<--" not in found["text"]:
            yield tab, textwrap.dedent(found["text"])


class Names:
    """The modules of one tab of a page."""

    def __init__(self, page: str, before: "Names | None" = None) -> None:
        self.main = ModuleType(f"page_{page}")
        self.modules: dict[str, ModuleType] = dict(before.modules) if before else {}
        if before:
            vars(self.main).update(vars(before.main))

    def run(self, text: str, where: str) -> None:
        """Run a program, as the module that its first line names."""
        named = FILE.match(text)
        module = self.main
        if named:
            name = named[1].replace("/", ".")
            module = self.modules[name] = ModuleType(name)
            for parent in Path(named[1]).parents:
                if parent.name:
                    self.modules[".".join(parent.parts)] = package(parent)
        sys.modules.update(self.modules)
        sys.modules[module.__name__] = module
        exec(compile(text, where, "exec"), vars(module))

    def finish(self) -> None:
        """Mount the consumers, and run the tests."""
        for module in (self.main, *self.modules.values()):
            for name, value in list(vars(module).items()):
                if inspect.isclass(value) and issubclass(value, AsyncJsonWebsocketConsumer):
                    if value.__module__ == module.__name__:
                        value.prepare({})
                elif name.startswith("test_") and not inspect.signature(value).parameters:
                    if inspect.iscoroutinefunction(value):
                        asyncio.run(value())
                    else:
                        value()


def package(folder: Path) -> ModuleType:
    """A package without files."""
    made = ModuleType(".".join(folder.parts))
    made.__path__ = []
    return made


def run_page(path: Path) -> int:
    """Run the programs of a page; their number."""
    register_layer(DEFAULT_ALIAS, MemoryLayer())
    known = dict(sys.modules)
    page = path.relative_to(DOCS).with_suffix("").as_posix().replace("/", "_").replace("-", "_")
    tabs = {"": Names(page)}
    count = 0
    try:
        for count, (tab, text) in enumerate(programs(path.read_text("utf-8")), 1):
            if tab not in tabs:
                tabs[tab] = Names(f"{page}_{tab.lower()}", tabs[""])
            tabs[tab].run(text, f"{path.name}, program {count}")
        for names in tabs.values():
            names.finish()
    finally:
        for name in sys.modules.keys() - known.keys():
            if not name.startswith(("chanx.", "django.")) and name.partition(".")[0] not in known:
                module = sys.modules[name]
                if not getattr(module, "__file__", None):
                    del sys.modules[name]
    return count


def main(names: list[str]) -> None:
    settings.configure(**PROJECT)
    django.setup()
    failed = False
    for name in names:
        try:
            print(f"{name}: {run_page(DOCS / name)} programs")
        except Exception:  # noqa: BLE001 - whatever a program raises is told
            failed = True
            print(f"{name}: failed\n{traceback.format_exc()}")
    sys.exit(failed)


if __name__ == "__main__":
    main(sys.argv[1:])
