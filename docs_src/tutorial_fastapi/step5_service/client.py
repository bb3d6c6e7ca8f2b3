"""A program that watches a case: python client.py ws://127.0.0.1:8000/cases/1 TOKEN"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol


async def main(url: str, token: str) -> None:
    async with connect(url, subprotocols=[Subprotocol("token"), Subprotocol(token)]) as socket:
        await socket.send(json.dumps({"action": "say", "payload": "I am watching.", "ref": 1}))
        async for frame in socket:
            match json.loads(frame):
                case {"action": "welcome", "payload": entries}:
                    print(f"{len(entries)} lines were said before.")
                case {"action": "line", "payload": {"by": by, "text": text}}:
                    print(f"{by}: {text}")
                case {"action": "rejected" | "error", "payload": why}:
                    print(f"not done: {why}")
                case {"action": "closed", "payload": why}:
                    print(f"closed: {why}")
                    return


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
