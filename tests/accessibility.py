"""What axe-core finds on a page."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parent / "node" / "node_modules" / "axe-core" / "axe.min.js"


async def violations(page: Page) -> list[str]:
    """What bars the way for people with disabilities: a line for each element, empty for none."""
    assert AXE.is_file(), "axe-core is missing: python scripts/install_node_modules.py"
    # Evaluated, not loaded: the page's policy lets no other script in.
    await page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate("axe.run()")
    return [
        f"{rule['id']}: {node['html'][:200]}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
