"""Applications and documents for the pages of these tests."""

from typing import Any, Literal

from fastapi import FastAPI
from pydantic import BaseModel, Field, create_model
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chanx.asyncapi import AsyncAPIGenerator, DocsResponse, Document, docs_response
from chanx.core.decorators import channel, ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer as CoreConsumer
from chanx.ext.fast_channels import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.routing import PathParameter, RouteInfo

HOSTILE = (
    "</script><!--<script>window.hacked=1</script> <img src=x onerror=window.hacked=1> \" ' & ` "
    "\u2028\u2029 \u202eevil \x00 [link](javascript:window.hacked=1) "
    "[other](//evil.example/) [good](https://example.com/) <style>*{display:none}</style>"
)


class Line(BaseModel):
    """placeholder"""

    text: str = Field(default=HOSTILE, description=HOSTILE, examples=[HOSTILE])
    kind: Literal["</td><script>"] = Field(default="</td><script>", title=HOSTILE)
    marks: dict[str, list[int | None]] = {}


class Write(BaseMessage):
    """placeholder"""

    action: Literal["</pre><script>"] = "</pre><script>"
    payload: Line


Line.__doc__ = Write.__doc__ = HOSTILE


@channel(name="writer", description=HOSTILE, tags=[HOSTILE])
class Writer(CoreConsumer):
    @ws_handler(description=HOSTILE, summary=HOSTILE)
    async def write(self, message: Write) -> Write:
        return message


def hostile_document() -> dict[str, Any]:
    """A document in which every text that code can choose is hostile."""
    route = RouteInfo(
        path="/write/{room}",
        consumer=Writer,
        parameters=(PathParameter(name="room", converter="int", description=HOSTILE),),
        query={"properties": {"q": {"type": "string", "description": HOSTILE}}},
        security={"token": {"type": "http", "scheme": "bearer", "description": HOSTILE}},
    )
    document = AsyncAPIGenerator(
        [route],
        title=HOSTILE,
        version=HOSTILE,
        description=HOSTILE,
        contact={"name": HOSTILE, "url": "javascript:window.hacked=1"},
        external_docs={"url": "data:text/html,<script>1</script>", "description": HOSTILE},
    ).generate()
    document["channels"]["writer"]["title"] = HOSTILE
    document["channels"]["writer"]["x-close-codes"] = {HOSTILE: HOSTILE}
    return document


def name(request: Request) -> str | None:
    """The file of the page that is asked for."""
    return request.query_params.get("file")


def answer(response: DocsResponse) -> Response:
    """What is answered, as Starlette sends it."""
    headers = {**response.headers, "Content-Type": response.media_type}
    return Response(response.content, response.status, headers)


def serving(document: object) -> Starlette:
    """An application whose page shows a document made elsewhere."""

    async def page(request: Request) -> Response:
        made = Document([], {"title": "Page"})
        return answer(docs_response(made, file=name(request), document_url="document.json"))

    async def content(request: Request) -> Response:
        return JSONResponse(document)

    return Starlette(routes=[Route("/", page), Route("/document.json", content)])


def many_handlers(consumers: int, handlers: int) -> FastAPI:
    """An application of so many consumers with so many handlers each, every one an echo."""
    router = ConsumerRouter()
    for number in range(consumers):
        members: dict[str, Any] = {}
        for index in range(handlers):
            name = f"handler_{number}_{index}" if consumers == 1 else f"handler_{index}_{number}"
            members[name] = _echo(name)
        consumer = type(f"Consumer{number}", (AsyncJsonWebsocketConsumer,), members)
        router.add_consumer(f"/consumer_{number}", consumer)
    app = FastAPI(title="Many")
    app.include_router(router)
    return app


def _echo(name: str) -> Any:
    payload = create_model(f"Payload_{name}", text=(str, "x"), count=(int, Field(1, ge=0)))
    message: Any = type(
        f"Message_{name}",
        (BaseMessage,),
        {
            "__annotations__": {"action": Literal[name], "payload": payload},
            "__module__": __name__,
        },
    )

    async def echo(self: Any, message: Any) -> Any:
        return message

    echo.__name__ = name
    echo.__annotations__ = {"message": message, "return": message}
    return ws_handler(echo)


FOREIGN: dict[str, dict[str, Any]] = {
    "market": {
        "asyncapi": "3.0.0",
        "x-shown": [
            "Prices as they change.",
            "wss://{region}.example.com/v1",
            "sequence",
            "heartbeat",
        ],
        "info": {
            "title": "Market",
            "version": "2",
            "description": "Prices.\n\n```bash\nwebsocat wss://example.com -S\n```\n\n- one\n- two",
            "contact": {"name": "Us", "email": "us@example.com"},
            "license": {"name": "MIT"},
            "tags": [{"name": "prices"}],
        },
        "servers": {
            "public": {
                "host": "{region}.example.com",
                "pathname": "/v1",
                "protocol": "wss",
                "description": "For everyone.",
                "variables": {"region": {"enum": ["eu", "us"], "default": "eu"}},
            },
            "log": {"host": "log.example.com", "protocol": "kafka"},
        },
        "channels": {
            "prices": {
                "address": "/prices/{symbol}",
                "parameters": {"symbol": {"enum": ["ab", "cd"], "description": "Which."}},
                "messages": {"update": {"$ref": "#/components/messages/update"}},
                "bindings": {
                    "ws": {
                        "query": {
                            "type": "object",
                            "properties": {"bids": {"type": "boolean", "default": True}},
                        }
                    }
                },
            }
        },
        "operations": {
            "sendPrices": {
                "action": "send",
                "channel": {"$ref": "#/channels/prices"},
                "summary": "Prices as they change.",
                "messages": [{"$ref": "#/channels/prices/messages/update"}],
            }
        },
        "components": {
            "messages": {
                "update": {
                    "payload": {"$ref": "#/components/schemas/market"},
                    "examples": [{"name": "beat", "payload": {"type": "heartbeat", "sequence": 1}}],
                }
            },
            "schemas": {
                "market": {
                    "oneOf": [
                        {"$ref": "#/components/schemas/heartbeat"},
                        {"$ref": "#/components/schemas/change"},
                    ]
                },
                "heartbeat": {
                    "allOf": [
                        {"properties": {"type": {"const": "heartbeat"}}, "required": ["type"]},
                        {"$ref": "#/components/schemas/base"},
                    ]
                },
                "change": {
                    "allOf": [
                        {
                            "properties": {
                                "type": {"const": "change"},
                                "price": {"type": "number", "multipleOf": 0.01},
                                "before": {"$ref": "#/components/schemas/change"},
                            },
                            "required": ["type"],
                        },
                        {"$ref": "#/components/schemas/base"},
                    ]
                },
                "base": {
                    "type": "object",
                    "properties": {"sequence": {"type": "integer", "description": "Counts up."}},
                },
            },
        },
    },
    "requests": {
        "asyncapi": "3.1.0",
        "x-shown": ["Said by a trait.", "Any channel message", "reqid", "Avro it is."],
        "info": {"title": "Requests", "version": "1"},
        "channels": {
            "root": {
                "address": None,
                "messages": {
                    "ping": {
                        "name": "ping",
                        "traits": [{"$ref": "#/components/messageTraits/common"}],
                        "payload": {
                            "type": "object",
                            "properties": {
                                "event": {"const": "ping"},
                                "reqid": {"type": "integer"},
                            },
                            "required": ["event"],
                        },
                        "correlationId": {"location": "$message.payload#/reqid"},
                    },
                    "avro": {
                        "summary": "Avro it is.",
                        "payload": {
                            "schemaFormat": "application/vnd.apache.avro;version=1.9.0",
                            "schema": {"type": "record", "name": "R", "fields": []},
                        },
                    },
                    "text": {"summary": "Any channel message", "payload": {"type": "string"}},
                },
            }
        },
        "operations": {
            "ping": {
                "action": "receive",
                "channel": {"$ref": "#/channels/root"},
                "messages": [{"$ref": "#/channels/root/messages/ping"}],
                "security": [{"type": "userPassword"}, {"type": "http", "scheme": "basic"}],
                "traits": [{"$ref": "#/components/operationTraits/said"}],
                "reply": {
                    "address": {"location": "$message.header#/replyTo"},
                    "channel": {"$ref": "#/channels/root"},
                },
            },
            "everything": {"action": "send", "channel": {"$ref": "#/channels/root"}},
        },
        "components": {
            "messageTraits": {"common": {"headers": {"type": "object", "properties": {"h": {}}}}},
            "operationTraits": {"said": {"summary": "Said by a trait."}},
        },
    },
}
"""Documents as others write them, with ``x-shown``, some texts that their page has."""
