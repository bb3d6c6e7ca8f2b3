"""Serves an application within a program that handles no signals: ``embedded.py MODULE:NAME``."""

import asyncio
import sys
from importlib import import_module

from hypercorn.asyncio import serve  # pyright: ignore[reportUnknownVariableType]  # its own
from hypercorn.config import Config

module, _, name = sys.argv[1].partition(":")
config = Config()
config.bind = ["127.0.0.1:0"]
asyncio.run(
    serve(getattr(import_module(module), name), config, shutdown_trigger=asyncio.Event().wait)
)
