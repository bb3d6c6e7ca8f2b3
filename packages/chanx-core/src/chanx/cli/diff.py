"""``chanx asyncapi diff``: what a change of a document breaks."""

from argparse import ArgumentParser, Namespace
from typing import Any, get_args

from chanx.asyncapi.diffing import Level, diff
from chanx.asyncapi.diffing.acceptance import (
    Acceptance,
    AcceptanceError,
    judge,
    read_acceptances,
)
from chanx.asyncapi.diffing.formats import Format, render
from chanx.asyncapi.diffing.report import FailOn, Report
from chanx.asyncapi.diffing.versions import check_version
from chanx.asyncapi.walk import object_of
from chanx.cli.errors import CommandError
from chanx.cli.files import STANDARD, read, write
from chanx.cli.references import is_file, load_document


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments.

    Args:
        parser: Where they are declared.
    """
    named = "a file, git:REF:PATH, or module:app"
    parser.add_argument("old", metavar="OLD", help=f"the document that clients rely on: {named}")
    parser.add_argument(
        "new",
        metavar="NEW",
        nargs="?",
        help="the document that is to take its place, likewise; if left out, that of the "
        "ASGI_APPLICATION of Django's settings",
    )
    add_options(parser)
    parser.set_defaults(run=run)


def add_options(parser: ArgumentParser) -> None:
    """Declare all arguments but the documents.

    Args:
        parser: Where they are declared.
    """
    parser.add_argument(
        "--level",
        choices=get_args(Level),
        default="wire",
        help="source: names count that only code made of the document has; if left out, wire",
    )
    parser.add_argument(
        "--fail-on",
        choices=get_args(FailOn),
        default="breaking",
        help="the least that gives exit code 1; if left out, breaking",
    )
    parser.add_argument(
        "--format", choices=get_args(Format), default="text", help="if left out, text"
    )
    parser.add_argument("--accept", metavar="FILE", help="changes that are accepted, TOML")
    parser.add_argument(
        "--check-version",
        action="store_true",
        help="breaking changes need a major step of info.version, others a minor one",
    )
    parser.add_argument(
        "--assert-formats",
        action="store_true",
        help="take formats to be checked: changes of them are breaking, not for review",
    )
    parser.add_argument(
        "--strict-unknown",
        action="store_true",
        help="messages that clients do not know are for review, not safe",
    )
    parser.add_argument(
        "--all", action="store_true", help="show changes too that are of words only"
    )


def run(options: Namespace) -> int:
    """Write what has changed; return the exit code, 1 if something fails.

    Args:
        options: The arguments.

    Raises:
        CommandError: If a document or the file of what is accepted cannot be read.
    """
    old, new = load_document(options.old), load_document(options.new)
    text, code = compare(options, old, new, options.old, options.new)
    write(STANDARD, text)
    return code


def compare(
    options: Namespace,
    old: dict[str, Any],
    new: dict[str, Any],
    old_name: str,
    new_name: str | None,
) -> tuple[str, int]:
    """Return what has changed, as text, and the exit code.

    Args:
        options: What :func:`add_options` declares.
        old: The old document.
        new: The new document.
        old_name: What it is called.
        new_name: What it is called; None for the application's.

    Raises:
        CommandError: If the file of what is accepted cannot be read, or a document is nested too
            deeply.
    """
    acceptances = _acceptances(options.accept)
    try:
        changes = diff(
            old,
            new,
            level=options.level,
            assert_formats=options.assert_formats,
            strict_unknown=options.strict_unknown,
        )
    except RecursionError as error:
        raise CommandError("The documents are nested too deeply to be compared.") from error
    if options.check_version:
        versions = [str(object_of(given.get("info")).get("version", "")) for given in (old, new)]
        changes = [*check_version(versions[0], versions[1], changes), *changes]
    judged, stale = judge(changes, acceptances)
    report = Report(
        old=old_name,
        new=new_name or "the application",
        new_file=new_name if new_name and is_file(new_name) else "",
        judged=tuple(item for item in judged if options.all or item.change.verdict != "none"),
        stale=tuple(stale),
        fail_on=options.fail_on,
    )
    return render(report, options.format), int(report.is_failed)


def _acceptances(name: str | None) -> list[Acceptance]:
    if name is None:
        return []
    try:
        return read_acceptances(read(name))
    except AcceptanceError as error:
        raise CommandError(f"{name} cannot be used: {error}") from error


__all__ = ["add_arguments", "add_options", "compare", "run"]
