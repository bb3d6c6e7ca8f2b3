"""Tests where tasks run before whoever starts them goes on."""

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest

HAS_EAGER_TASKS = sys.version_info >= (3, 12)
"""Whether Python has ``asyncio.eager_task_factory``; else there is nothing to test."""


class Eagerly:
    """Lets the event loop of each test of a class start tasks eagerly."""

    @pytest.fixture(autouse=True)
    async def eager_tasks(self) -> AsyncIterator[None]:
        """Set the factory for as long as a test runs."""
        loop = asyncio.get_running_loop()
        if sys.version_info >= (3, 12):
            loop.set_task_factory(asyncio.eager_task_factory)
        yield
        loop.set_task_factory(None)
