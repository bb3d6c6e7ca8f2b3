"""AsyncAPI documents: what the first one costs, what growing costs, and what a kept one does."""

import tracemalloc
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import perf_counter
from typing import Any, Final

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from benchmarks.applications import Application
from benchmarks.plan import Plan
from benchmarks.report import MILLISECONDS, Row, Target, Unit, bounded, relative
from benchmarks.rounds import Samples, interleave
from chanx.asyncapi import AsyncAPIGenerator, to_json
from chanx.ext.fast_channels import ConsumerRouter, mount_asyncapi

FIRST: Final = Target(2.0)
DEFINING: Final = Target(1.5)
GROWTH: Final = Target(1.25)
KEPT: Final = Target(1e-3)
CHANX: Final = "chanx"
PYDANTIC: Final = "models_json_schema"
MODELS: Final = "its models"
EACH: Final = Unit("ms each", 1e3)
BYTES: Final = Unit("bytes each")
LEAST_ROUNDS: Final = 3


async def first_document(application: Application) -> float:
    """Return the seconds for the document of consumers that nobody has used yet."""
    routes = application.routes()
    began = perf_counter()
    AsyncAPIGenerator(routes).generate()
    return perf_counter() - began


async def schemas_alone(application: Application) -> float:
    """Return the seconds for pydantic's schemas of the same models, not used yet either."""
    modes = application.modes()
    began = perf_counter()
    models_json_schema(modes)
    return perf_counter() - began


async def defining(application: Application, *, consumers: bool) -> float:
    """Return the seconds for defining models, or models and the consumers that use them."""
    codes = [application.models, application.classes] if consumers else [application.models]
    names = application.define()
    began = perf_counter()
    for code in codes:
        exec(code, names)
    return perf_counter() - began


async def memory_per_byte(application: Application) -> float:
    """Return the peak of memory while a document is made, for each byte of its JSON."""
    routes = application.routes()
    length = len(to_json(AsyncAPIGenerator(routes).generate()))
    tracemalloc.start()
    AsyncAPIGenerator(routes).generate()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / length


async def per_handler(application: Application) -> float:
    """Return the seconds for the first document, for each handler."""
    return await first_document(application) / application.handlers


class Served:
    """A FastAPI application that has served its document before."""

    def __init__(self, application: Application) -> None:
        router = ConsumerRouter()
        for route in application.routes():
            router.add_consumer(route.path, route.consumer)
        self.app = FastAPI()
        self.app.include_router(router)
        mount_asyncapi(self.app)

    async def request(self) -> float:
        """Return the seconds for one request for the document."""
        sizes: list[int] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sizes.append(len(message.get("body", b"")))

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/asyncapi.json",
            "raw_path": b"/asyncapi.json",
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "http_version": "1.1",
            "server": ("testserver", 80),
            "headers": [(b"host", b"testserver")],
        }
        began = perf_counter()
        await self.app(scope, receive, send)
        seconds = perf_counter() - began
        assert sum(sizes) > 0
        return seconds


async def sampled(
    trials: Mapping[str, Callable[[], Awaitable[float]]], handlers: int, plan: Plan
) -> Samples:
    """Measure in as many rounds as the number of handlers permits."""
    most = plan.document_rounds
    rounds = min(most, max(LEAST_ROUNDS, most * 100 // handlers))
    return Samples(await interleave(trials, rounds=rounds, warmups=min(plan.warmups, 1)))


async def compared(application: Application, plan: Plan) -> list[Row]:
    """Return the rows of one size."""
    consumers = _counted(application.consumers, "consumer")
    size = f"{_counted(application.handlers, 'handler')} over {consumers}"
    first = await sampled(
        {
            CHANX: partial(first_document, application),
            PYDANTIC: partial(schemas_alone, application),
        },
        application.handlers,
        plan,
    )
    defined = await sampled(
        {
            CHANX: partial(defining, application, consumers=True),
            MODELS: partial(defining, application, consumers=False),
        },
        application.handlers,
        plan,
    )
    return [
        relative(f"first document, {size}", first, MILLISECONDS, FIRST, name=CHANX, base=PYDANTIC),
        relative(f"defining {size}", defined, MILLISECONDS, DEFINING, name=CHANX, base=MODELS),
    ]


async def growth(plan: Plan) -> list[Row]:
    """Return the rows about the largest application beside a tenth of it."""
    (handlers, consumers), tenth = max(plan.documents), max(plan.documents)[0] // 10 or 1
    large, small = Application(handlers, 1), Application(tenth, 1)
    name, base = _counted(handlers, "handler"), _counted(tenth, "handler")
    rows: list[Row] = []
    for title, unit, measured in (
        ("document: time for each handler", EACH, per_handler),
        ("document: peak of memory for each byte", BYTES, memory_per_byte),
    ):
        trials = {name: partial(measured, large), base: partial(measured, small)}
        samples = await sampled(trials, handlers, plan)
        rows.append(relative(f"{title}, {name}", samples, unit, GROWTH, name=name, base=base))
    served = Served(Application(handlers, consumers))
    kept = Samples(await interleave({CHANX: served.request}, rounds=plan.rounds, warmups=1))
    title = f"document served again, {name}"
    return [*rows, bounded(title, kept, MILLISECONDS, KEPT, name=CHANX)]


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


async def measure(plan: Plan) -> list[Row]:
    """Return the rows."""
    rows = [row for size in plan.documents for row in await compared(Application(*size), plan)]
    return [*rows, *await growth(plan)]
