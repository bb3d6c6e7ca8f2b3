"""The table of results, and the machine that they come from."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final, Literal

from benchmarks.rounds import Samples

DISTRIBUTIONS: Final = (
    "pydantic",
    "starlette",
    "fastapi",
    "channels",
    "Django",
    "uvicorn",
    "websockets",
)
BEGIN: Final = "<!-- results -->"
END: Final = "<!-- end of results -->"

LEEWAY: Final = 1.2
"""By what factor a result may be worse than the table before it counts: machines differ."""


@dataclass(frozen=True, slots=True)
class Unit:
    """How an absolute figure is written.

    Attributes:
        symbol: Its unit.
        factor: What the measured value is multiplied by.
    """

    symbol: str
    factor: float = 1.0

    def text(self, value: float) -> str:
        """Return a value with the unit."""
        scaled = value * self.factor
        return f"{scaled:,.{0 if abs(scaled) >= 100 else 1}f} {self.symbol}"

    def signed(self, value: float) -> str:
        """Return a difference with its sign and the unit."""
        return f"{value * self.factor:+.1f} {self.symbol}"


MICROSECONDS: Final = Unit("µs", 1e6)
MILLISECONDS: Final = Unit("ms", 1e3)
PER_SECOND: Final = Unit("/s")
KIBIBYTES: Final = Unit("KiB", 1 / 1024)


@dataclass(frozen=True, slots=True)
class Target:
    """What a result has to be.

    Attributes:
        bound: The last value that is good.
        kind: Whether better is below it or above it.
    """

    bound: float
    kind: Literal["at most", "at least"] = "at most"

    def is_met(self, value: float) -> bool:
        """Whether a value is good."""
        return value <= self.bound if self.kind == "at most" else value >= self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One result beside its target and its peers.

    Attributes:
        title: What was measured.
        value: The result, as the target counts it.
        result: The result as text.
        target: What it has to be.
        wanted: The target as text.
        beside: The base's and the peers' results as text.
    """

    title: str
    value: float
    result: str
    target: Target
    wanted: str
    beside: str

    @property
    def is_met(self) -> bool:
        """Whether the target is met."""
        return self.target.is_met(self.value)

    def is_near(self, before: str | None) -> bool:
        """Whether the result is no worse than another text of it, give or take the leeway."""
        if before is None:
            return False
        leeway = LEEWAY if self.target.kind == "at most" else 1 / LEEWAY
        return Target(_leading(before) * leeway, self.target.kind).is_met(_leading(self.result))


def relative(
    title: str, samples: Samples, unit: Unit, target: Target, *, name: str, base: str
) -> Row:
    """Return the row of a candidate's ratio to its base, beside all others' ratios.

    Args:
        title: What was measured.
        samples: What was measured of each candidate.
        unit: The unit of the absolute figures.
        target: What the ratio has to be.
        name: The candidate.
        base: What it is compared with.
    """
    ratio = samples.ratio(name, base)
    peers = [f"{base} {unit.text(samples.median(base))}"]
    peers += [
        f"{peer} {_factor(samples.ratio(peer, base))}"
        for peer in samples.values
        if peer not in (name, base)
    ]
    return Row(
        title=title,
        value=ratio,
        result=f"{_factor(ratio)} ({unit.text(samples.median(name))})",
        target=target,
        wanted=f"{target.kind} {_factor(target.bound)} {base}",
        beside="; ".join(peers),
    )


def absolute(
    title: str, samples: Samples, unit: Unit, target: Target, *, name: str, base: str
) -> Row:
    """Return the row of a candidate's difference from its base, beside all others' differences.

    Args:
        title: What was measured.
        samples: What was measured of each candidate.
        unit: The unit of all figures.
        target: What the difference has to be.
        name: The candidate.
        base: What it is compared with.
    """
    difference = samples.difference(name, base)
    peers = [f"{base} {unit.text(samples.median(base))}"]
    peers += [
        f"{peer} {unit.signed(samples.difference(peer, base))}"
        for peer in samples.values
        if peer not in (name, base)
    ]
    return Row(
        title=title,
        value=difference,
        result=f"{unit.signed(difference)} ({unit.text(samples.median(name))})",
        target=target,
        wanted=f"{target.kind} {unit.signed(target.bound)} over {base}",
        beside="; ".join(peers),
    )


def bounded(title: str, samples: Samples, unit: Unit, target: Target, *, name: str) -> Row:
    """Return the row of a candidate that is compared with nothing but its target.

    Args:
        title: What was measured.
        samples: What was measured of the candidate.
        unit: The unit of the figure.
        target: What it has to be.
        name: The candidate.
    """
    value = samples.median(name)
    return Row(
        title=title,
        value=value,
        result=unit.text(value),
        target=target,
        wanted=f"{target.kind} {unit.text(target.bound)}",
        beside="",
    )


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| measured | chanx | target | verdict | beside |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {row.title} | {row.result} | {row.wanted} | {'met' if row.is_met else '**missed**'} "
        f"| {row.beside} |"
        for row in rows
    ]
    return "\n".join(lines)


def regressed(rows: Iterable[Row], path: Path) -> list[str]:
    """Return what has become worse than a file's table says, a line for each.

    A row has if it misses its target, and is worse than the table by more than :data:`LEEWAY`.

    Args:
        rows: What was measured now.
        path: The file. A row that its table lacks is held against its target alone.
    """
    _, _, content = path.read_text("utf-8").partition(BEGIN)
    cells = [line.split(" | ") for line in content.partition(END)[0].splitlines()]
    before = {each[0].removeprefix("| "): each[1] for each in cells if len(each) > 1}
    return [
        f"{row.title}: {row.result}, {row.wanted}; {before.get(row.title, 'nothing')} before"
        for row in rows
        if not row.is_met and not row.is_near(before.get(row.title))
    ]


def machine() -> str:
    """Return what the results were measured on."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    libraries = [f"{name} {version(name)}" for name in DISTRIBUTIONS]
    return f"{os.cpu_count()} cores, {platform.system()}, {', '.join([python, *libraries])}"


def write(path: Path, text: str) -> None:
    """Replace what stands between the two markers of a file.

    Raises:
        ValueError: If the file lacks a marker.
    """
    content = path.read_text("utf-8")
    head, begin, rest = content.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path.name} needs the lines {BEGIN} and {END}.")
    path.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", "utf-8")


def _leading(result: str) -> float:
    """Return the number that a result begins with."""
    return float(result.split()[0].replace(",", ""))


def _factor(ratio: float) -> str:
    return f"{ratio:.0f} x" if ratio >= 10 else f"{ratio:.2f} x"
