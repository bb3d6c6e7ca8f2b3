"""How findings are written: for people, for programs, for code hosts."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import quote

from chanx.asyncapi.linting import RULES, Finding
from chanx.cli.places import Places


@dataclass(frozen=True, slots=True)
class Report:
    """A finding in its file.

    Attributes:
        file: The file's path, as a user names it.
        finding: The finding.
        places: The places of the file.
    """

    file: str
    finding: Finding
    places: Places

    @property
    def line(self) -> int:
        """The line, counted from 1."""
        return self.places.line(self.finding.pointer)


def as_text(reports: Sequence[Report]) -> str:
    """Return a line for each finding: the file, the JSON pointer, and what is wrong.

    Args:
        reports: The findings.
    """
    return "".join(
        f"{_printable(f'{report.file}: {_told(report.finding)}')}\n" for report in reports
    )


def _told(finding: Finding) -> str:
    place = finding.pointer or "/"
    return f"{place}: {finding.severity} {finding.code}: {finding.message} {finding.hint}"


def as_json(reports: Sequence[Report]) -> str:
    """Return an object with the list ``findings``.

    Args:
        reports: The findings.
    """
    findings = [
        {
            "file": report.file,
            "line": report.line,
            "pointer": report.finding.pointer,
            "severity": report.finding.severity,
            "code": report.finding.code,
            "message": report.finding.message,
            "hint": report.finding.hint,
        }
        for report in reports
    ]
    return _json({"findings": findings})


_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
_RULES: Final = sorted(RULES)


def as_sarif(reports: Sequence[Report]) -> str:
    """Return a log of SARIF 2.1.0 (OASIS), as code hosts take it.

    Args:
        reports: The findings.
    """
    driver = {
        "name": "chanx",
        "version": version("chanx-core"),
        "rules": [
            {
                "id": code,
                "shortDescription": {"text": RULES[code].found},
                "defaultConfiguration": {"level": _LEVELS[RULES[code].severity]},
            }
            for code in _RULES
        ],
    }
    run = {"tool": {"driver": driver}, "results": [_result(report) for report in reports]}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return _json({"$schema": schema, "version": "2.1.0", "runs": [run]})


def _result(report: Report) -> dict[str, Any]:
    finding = report.finding
    artifact = {"uri": quote(report.file.replace("\\", "/"), errors="replace")}
    return {
        "ruleId": finding.code,
        "ruleIndex": _RULES.index(finding.code),
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message} {finding.hint}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": artifact,
                    "region": {"startLine": report.line},
                },
                "logicalLocations": [{"fullyQualifiedName": finding.pointer or "/"}],
            }
        ],
    }


_COMMANDS: Final = {"error": "error", "warning": "warning", "info": "notice"}


def as_github(reports: Sequence[Report]) -> str:
    """Return a workflow command of GitHub's for each finding, which annotates the line.

    Args:
        reports: The findings.
    """
    return "".join(map(_command, reports))


def _command(report: Report) -> str:
    finding = report.finding
    properties = f"file={_property(report.file)},line={report.line},title={finding.code}"
    text = _escaped(f"{finding.pointer or '/'}: {finding.message} {finding.hint}")
    return f"::{_COMMANDS[finding.severity]} {properties}::{text}\n"


def _escaped(text: str) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return _printable(escaped)


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _printable(text: str) -> str:
    """Return a text as one line; what keys and file names may hold besides is escaped."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


FORMATS: Final[Mapping[str, Callable[[Sequence[Report]], str]]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}
"""What writes findings, by the name of the format."""

__all__ = ["FORMATS", "Report", "as_github", "as_json", "as_sarif", "as_text"]
