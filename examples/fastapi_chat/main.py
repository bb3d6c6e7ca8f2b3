"""The application: ``uvicorn fastapi_chat.main:app --app-dir examples``."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from chanx.ext.fast_channels import mount_asyncapi
from chanx.layers import RedisLayer, register_layer
from fastapi_chat import api, consumer, pages
from fastapi_chat.dependencies import REDIS_URL

if REDIS_URL is not None:
    register_layer("default", RedisLayer(REDIS_URL))

app = FastAPI(
    title="Chat",
    description="Rooms in which people talk, over typed WebSocket messages.",
    version="1.0.0",
    contact={
        "name": "Whoever runs this chat",
        "url": "https://example.com/chat",
        "email": "chat@example.com",
    },
    openapi_tags=[{"name": "chat", "description": "What people say to each other."}],
    license_info={"name": "BSD-3-Clause", "url": "https://opensource.org/license/bsd-3-clause"},
)
app.include_router(consumer.router)
app.include_router(api.router)
app.include_router(pages.router)
app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
mount_asyncapi(app)
