"""What the site makes of docstrings, as an extension of Griffe: they name things as Sphinx does."""

import re
from typing import Any, Final

import griffe

from scripts.public_modules import PUBLIC_MODULES

ROLE: Final = re.compile(r":\w+:`(~?)([\w.]+)`")
CODE: Final = re.compile(r"``(.+?)``", re.DOTALL)
EXAMPLE: Final = re.compile(r"^Example:$", re.MULTILINE)  # Griffe knows the plural alone
MODULES: Final = {module for modules in PUBLIC_MODULES.values() for module in modules}


class SphinxRoles(griffe.Extension):
    """Turns roles into links where the reference has what they name, and else into code."""

    def on_package(self, *, pkg: griffe.Module, loader: griffe.GriffeLoader, **_: Any) -> None:
        """Visit everything once a package is loaded, when names can be looked up."""
        self._visit(pkg, loader, set())

    def _visit(self, item: griffe.Object, loader: griffe.GriffeLoader, seen: set[str]) -> None:
        if item.path in seen:
            return
        seen.add(item.path)
        if item.docstring:
            text = ROLE.sub(lambda found: _link(item, loader, found), item.docstring.value)
            item.docstring.value = EXAMPLE.sub("Examples:", CODE.sub(r"`\1`", text))
        for member in item.members.values():
            if isinstance(member, griffe.Object):
                self._visit(member, loader, seen)


def _link(item: griffe.Object, loader: griffe.GriffeLoader, found: re.Match[str]) -> str:
    """Markdown for a role in the docstring of an item."""
    tilde, name = found.groups()
    shown = name.rpartition(".")[2] if tilde else name
    path = name if name.startswith("chanx.") else _resolved(item, name)
    try:
        target = loader.modules_collection[path]
        canonical = target.canonical_path
    except (KeyError, ValueError, griffe.GriffeError):
        return f"`{shown}`"
    return f"[`{shown}`][{canonical}]" if _is_shown(target) else f"`{shown}`"


def _resolved(item: griffe.Object, name: str) -> str:
    """The whole path of a name in the scope of an item; the name where there is none."""
    first, _, rest = name.partition(".")
    scope: Any = item
    while scope is not None:
        if first in scope.all_members if hasattr(scope, "all_members") else scope.members:
            return ".".join(filter(None, (scope.path, first, rest)))
        scope = scope.parent
    return name


def _is_shown(target: griffe.Object | griffe.Alias) -> bool:
    """Whether the reference has a page with it."""
    if target.is_module:
        return target.path in MODULES
    if not target.has_docstring:
        return False
    return target.module.path in MODULES or target.canonical_path.rpartition(".")[0] in MODULES
