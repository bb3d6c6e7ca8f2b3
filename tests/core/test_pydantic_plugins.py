"""Consumers in a process whose pydantic has a plugin, as tools that observe validation install."""

import os
import subprocess
import sys
from pathlib import Path

PLUGIN = """
class Handler:
    def on_enter(self, *args, **kwargs): print("validated", args[0]["action"])

class Plugin:
    def new_schema_validator(self, schema, kind, path, schema_kind, config, settings):
        return (Handler() if path.name == "Ask" else None), None, None

plugin = Plugin()
"""
SCRIPT = """
import asyncio
from typing import Literal
from chanx.core.decorators import ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.testing import WebsocketCommunicator

class Ask(BaseMessage):
    action: Literal["ask"] = "ask"

class Answer(BaseMessage):
    action: Literal["answer"] = "answer"

class Oracle(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def ask(self, message: Ask) -> Answer:
        return Answer()

async def main():
    async with WebsocketCommunicator(Oracle.as_asgi(), "/", consumer=Oracle) as client:
        await client.send_json({"action": "ask"})
        print((await client.receive_message()).action)

asyncio.run(main())
"""


def test_a_plugin_of_pydantic_sees_the_messages_and_they_are_handled(tmp_path: Path) -> None:
    (tmp_path / "observer.py").write_text(PLUGIN)
    metadata = tmp_path / "observer-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: observer\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[pydantic]\nobserver = observer:plugin\n")
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.split() == ["validated", "ask", "answer"], ran.stderr
