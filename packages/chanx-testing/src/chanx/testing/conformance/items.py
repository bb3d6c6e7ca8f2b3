"""The cases of the server that pytest's options name, as items beside the tests of files."""

from pathlib import Path
from typing import Any, cast

import pytest

from chanx.cli.errors import CommandError
from chanx.cli.targets import import_target, use_current_directory
from chanx.core.errors import ChanxError
from chanx.testing.conformance.cases import PHASES, Case
from chanx.testing.conformance.hooks import Hooks
from chanx.testing.conformance.plan import Plan
from chanx.testing.conformance.suite import hold


class Server(pytest.Collector):
    """What ``--chanx-document`` names."""

    def __init__(self, *, plan: Plan, hooks: Hooks | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # pyright: ignore[reportUnknownMemberType] - pytest's
        self.plan = plan
        self.hooks = hooks

    def collect(self) -> "list[CaseItem]":
        """Return an item for each case."""
        return [
            CaseItem.from_parent(self, name=case.id, case=case)  # pyright: ignore[reportUnknownMemberType] - pytest's
            for case in self.plan.cases
        ]


class CaseItem(pytest.Item):
    """One case."""

    parent: Server

    def __init__(self, *, case: Case, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # pyright: ignore[reportUnknownMemberType] - pytest's
        self.case = case
        self.add_marker(pytest.mark.conformance)

    def runtest(self) -> None:
        """Try it out."""
        hold(self.parent.plan, self.case, self.parent.hooks)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what to show of a failure: what is wrong with the project needs no traceback."""
        if isinstance(excinfo.value, ChanxError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return what the item is called in reports."""
        return self.config.rootpath, 0, f"{self.parent.name}: {self.case.id}"


def items_of(session: pytest.Session) -> list[CaseItem]:
    """Return the items that the options ask for.

    Args:
        session: The session of pytest.

    Raises:
        pytest.UsageError: If what the options name cannot be held against anything.
    """
    option = session.config.getoption
    document, url = str(option("chanx_document")), cast("str | None", option("chanx_url"))
    try:
        hooks = _hooks(cast("str | None", option("chanx_hooks")))
        plan = Plan(
            None if url else document,
            document=document if url else None,
            url=url,
            channels=cast("list[str]", option("chanx_channel")),
            phases=cast("list[Any]", option("chanx_phase")) or PHASES,
            is_strict=bool(option("chanx_strict")),
            seed=cast("int | None", option("chanx_seed")),
            count=cast("int", option("chanx_count")),
            is_remote=bool(option("chanx_remote")),
        )
        server = Server.from_parent(  # pyright: ignore[reportUnknownMemberType] - pytest's
            session, name=document, plan=plan, hooks=hooks, nodeid=document
        )
        return server.collect()
    except (ChanxError, CommandError) as error:
        raise pytest.UsageError(f"--chanx-document {document}: {error}") from error


def _hooks(name: str | None) -> Hooks | None:
    if name is None:
        return None
    use_current_directory()
    found = import_target(name)
    hooks = found() if isinstance(found, type) else found
    if not isinstance(hooks, Hooks):
        raise CommandError(f"--chanx-hooks {name} is a {type(hooks).__name__}: name Hooks.")
    return hooks


__all__ = ["CaseItem", "Server", "items_of"]
