"""The cases of the server that pytest's options name, collected beside the tests of files."""

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
    """What ``--chanx-document`` names, beside the files of tests.

    What is wrong with the options is an error of its collection, which workers of pytest-xdist pass
    on.
    """

    plan: Plan
    hooks: Hooks | None

    def collect(self) -> "list[CaseItem]":
        """Return an item for each case that the options ask for.

        Raises:
            CollectError: If what they name cannot be held against anything.
        """
        try:
            self.hooks = _hooks(cast("str | None", self.config.getoption("chanx_hooks")))
            self.plan = _plan(self.config)
            cases = self.plan.cases
        except (ChanxError, CommandError) as error:
            raise self.CollectError(f"--chanx-document {self.name}: {error}") from error
        return [
            CaseItem.from_parent(self, name=case.id, case=case)  # pyright: ignore[reportUnknownMemberType] - pytest's
            for case in cases
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


def server_of(session: pytest.Session) -> Server:
    """Return the collector of the server that the options name.

    Args:
        session: The session of pytest.
    """
    document = str(session.config.getoption("chanx_document"))
    return Server.from_parent(session, name=document, nodeid=document)  # pyright: ignore[reportUnknownMemberType] - pytest's


def _plan(config: pytest.Config) -> Plan:
    option = config.getoption
    document, url = str(option("chanx_document")), cast("str | None", option("chanx_url"))
    return Plan(
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


def _hooks(name: str | None) -> Hooks | None:
    if name is None:
        return None
    use_current_directory()
    found = import_target(name)
    hooks = found() if isinstance(found, type) else found
    if not isinstance(hooks, Hooks):
        raise CommandError(f"--chanx-hooks {name} is a {type(hooks).__name__}: name Hooks.")
    return hooks


__all__ = ["CaseItem", "Server", "server_of"]
