"""Write the table of ``docs/observability.md``, from the declarations of the metrics."""

from pathlib import Path

from chanx.observing.instruments import INSTRUMENTS, Instrument

PAGE = Path(__file__).resolve().parent.parent / "docs" / "observability.md"
HEAD = """\
| OpenTelemetry | Prometheus | kind | labels | what it says |
| --- | --- | --- | --- | --- |
"""
KINDS = {
    "counter": "counter",
    "level": "gauge (up-down counter)",
    "histogram": "histogram",
    "reading": "gauge",
}


def page(text: str) -> str:
    """The text of the page with its table as the declarations have it."""
    before, head, rest = text.partition(HEAD)
    if not head:
        raise SystemExit(f"{PAGE} has no line {HEAD!r}")
    rows = rest.lstrip("\n") if rest.startswith("\n") else rest.partition("\n\n")[2]
    return f"{before}{head}{''.join(map(row, INSTRUMENTS))}\n{rows}"


def row(instrument: Instrument) -> str:
    """The line of a metric."""
    labels = ", ".join(f"`{label}`" for label in instrument.labels)
    cells = (
        f"`{instrument.name}`",
        f"`{instrument.prometheus_name}`",
        KINDS[instrument.kind],
        labels,
        instrument.text,
    )
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
