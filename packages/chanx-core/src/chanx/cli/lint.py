"""``chanx asyncapi lint``: what is wrong with a document."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from chanx.asyncapi.linting import SEVERITIES, Severity, lint
from chanx.cli.errors import CommandError
from chanx.cli.files import STANDARD, read, write
from chanx.cli.lint_settings import FAIL_ON, NEVER, known_codes, read_settings
from chanx.cli.parsing import parse, parse_document
from chanx.cli.places import Places
from chanx.cli.references import is_application
from chanx.cli.reports import FORMATS, Report


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments.

    Args:
        parser: Where they are declared.
    """
    parser.add_argument(
        "file", metavar="FILE", help="an AsyncAPI 3 document, JSON or YAML; - for standard input"
    )
    parser.add_argument(
        "--format", choices=[*FORMATS], help="how findings are written; if left out, text"
    )
    parser.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        help="the least severity by which the exit code is 1; if left out, error",
    )
    parser.add_argument(
        "--ignore",
        metavar="CODE",
        action="append",
        default=[],
        help="do not tell findings of a rule; may be given several times",
    )
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Write the findings; return the exit code, 1 if one is as severe as asked for.

    What is not said on the command line, ``[tool.chanx.lint]`` says in the ``pyproject.toml`` that
    is nearest to the document, or to the current folder for the standard input.

    Args:
        options: The arguments.

    Raises:
        CommandError: If the file cannot be read, or is not a document of AsyncAPI 3, or if there is
            no such rule.
    """
    name: str = options.file
    if is_application(name):
        raise CommandError(
            f"{name} is not a file. Its document is checked by: "
            f"chanx asyncapi generate {name} | chanx asyncapi lint -"
        )
    text = read(name)
    folder = Path() if name == STANDARD else Path(name).parent
    settings = read_settings(folder.resolve())
    ignored = settings.ignore | known_codes(options.ignore, "--ignore")
    files = Files(folder)
    try:
        findings = lint(parse_document(name, text, may_repeat=True), read_file=files)
    except RecursionError as error:
        raise CommandError(f"{name} is nested too deeply to be checked.") from error
    own = Places(text)
    reports = [
        Report(str(folder / found.file), found, files.places[found.file])
        if found.file in files.places
        else Report(name, found, own)
        for found in findings
        if found.code not in ignored
    ]
    write(STANDARD, FORMATS[options.format or settings.format](reports))
    return 1 if _is_failure(reports, options.fail_on or settings.fail_on) else 0


def _is_failure(reports: Sequence[Report], fail_on: str) -> bool:
    if fail_on == NEVER:
        return False
    failing = SEVERITIES[: SEVERITIES.index(cast(Severity, fail_on)) + 1]
    return any(report.finding.severity in failing for report in reports)


class Files:
    """Reads the files that a document refers to.

    Args:
        folder: The document's folder.

    Attributes:
        places: The places of each file that was read.
    """

    def __init__(self, folder: Path) -> None:
        self.places: dict[str, Places] = {}
        self._folder = folder

    def __call__(self, path: str) -> Any:
        """Return what a file holds.

        Raises:
            ValueError: If it is not a file of JSON or YAML.
        """
        place = self._folder / path
        try:
            # Devices and pipes may never end.
            if place.exists() and not place.is_file():
                raise ValueError("it is not a file")
            text = read(str(place))
            found = parse(str(place), text)
        except CommandError as error:
            raise ValueError(str(error)) from error
        self.places[path] = Places(text)
        return found


__all__ = ["Files", "add_arguments", "run"]
