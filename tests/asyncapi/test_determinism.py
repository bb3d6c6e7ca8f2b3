"""The same code gives the same bytes."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import random, sys
from typing import Literal
from pydantic import BaseModel, create_model
from chanx.asyncapi import AsyncAPIGenerator, to_json, to_yaml
from chanx.core.decorators import ws_handler, event_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.routing import RouteInfo

shuffled = random.Random(int(sys.argv[1]))
kinds = list(range(6))
shuffled.shuffle(kinds)
routes = []
users = {}
for kind in kinds:
    fields = {f"field{kind}": (set[str], {"b", "a"})}
    users[kind] = create_model("User", __module__=f"app.part{kind}", **fields)
for kind in shuffled.sample(kinds, len(kinds)):
    message = create_model(
        f"Say{kind % 3}",
        __base__=BaseMessage,
        __module__=f"app.part{kind}",
        action=(Literal[f"say_{kind}"], f"say_{kind}"),
        payload=(list[users[kind]] | dict[str, users[(kind + 1) % 6]], ...),
    )

    async def say(self, message): ...

    handler = ws_handler(input_type=message, output_type=message)(say)
    namespace = {"__module__": f"app.part{kind}", "say": handler}
    consumer = type(f"Room{kind % 2}", (AsyncJsonWebsocketConsumer,), namespace)
    routes.append(RouteInfo(path=f"/{kind}/{{room}}", consumer=consumer))
document = AsyncAPIGenerator(routes, title="Same").generate()
sys.stdout.write(to_json(document) + to_yaml(document))
"""


def run(seed: str, tmp_path: Path) -> str:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    paths = [path for path in sys.path if path]
    finished = subprocess.run(
        [sys.executable, str(program), seed],
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(paths)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return finished.stdout


def test_hash_seed_and_order_of_declaration_change_nothing(tmp_path: Path) -> None:
    first = run("1", tmp_path)
    assert "User-part0" in first
    assert run("2", tmp_path) == first
    assert run("3", tmp_path) == first
