"""Write the table of the linter's rules into ``docs/lint.md``."""

from pathlib import Path

from chanx.asyncapi.linting import RULES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "lint.md"
HEAD = "| code | severity | found |\n| --- | --- | --- |\n"


def page(text: str) -> str:
    """The text of the page with its table as the rules have it."""
    before, head, rest = text.partition(HEAD)
    if not head:
        raise SystemExit(f"{PAGE} has no line {HEAD!r}")
    _, _, after = rest.partition("\n\n")
    rows = [
        f"| `{code}` | {rule.severity} | {rule.found} |\n" for code, rule in sorted(RULES.items())
    ]
    return f"{before}{head}{''.join(rows)}\n{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
