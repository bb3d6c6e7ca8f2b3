"""Prints what has failed as a test that can be pasted, and fails as well."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chanx.asyncapi.walk import is_array, is_object
from chanx.testing.conformance.checks import CHECKS, Finding
from chanx.testing.conformance.opening import Opening
from chanx.testing.conformance.scripts import Exchange, Raw, written


@dataclass(frozen=True, slots=True)
class Target:
    """How tests name what they try out.

    Attributes:
        client: What a client is made of, before its path.
        document: What gives the document.
        application: The lines that import or explain the application.
        module: What is imported to make clients.
        is_secret: Whether headers are left out, since they may be real.
    """

    client: str
    document: str
    application: Sequence[str] = ()
    module: str = "chanx.testing"
    is_secret: bool = False

    def imports(self, needs_document: bool) -> list[str]:
        """Return the lines before a test.

        Args:
            needs_document: Whether it asks the document.
        """
        kind = self.client.partition("(")[0]
        own = ["from chanx.testing import conformance"] if needs_document else []
        imports = sorted([*own, f"from {self.module} import {kind}"])
        if needs_document and self.module == "chanx.testing":
            imports = [f"from {self.module} import {kind}, conformance"]
        made = ["", f"document = {self.document}"] if needs_document else []
        return [*imports, *self.application, *made]


def test_of(
    name: str,
    target: Target,
    channel: str,
    finding: Finding,
    openings: Sequence[Opening],
    exchanges: Sequence[Exchange],
) -> str:
    """Return a test.

    Args:
        name: What it is a test of, as an identifier.
        target: How it names what it tries out.
        channel: The key of the channel.
        finding: What was found.
        openings: Whose connections there are, by member.
        exchanges: What was said, up to what was found.
    """
    needs_log = "caplog" in finding.expression
    arguments = "caplog: pytest.LogCaptureFixture" if needs_log else ""
    clients = ["client", "other"]
    made = [
        f"{_client(target, opening)} as {clients[member]}"
        for member, opening in enumerate(openings[:2])
    ]
    body = [f"            {line}" for line in _body(finding, len(made), exchanges)]
    needs_document = any("described." in line for line in body)
    lines = [
        "import asyncio",
        *(["import json"] if any("json." in line for line in body) else []),
        "",
        *(["import pytest", ""] if needs_log else []),
        *target.imports(needs_document),
        *([f"described = conformance.described(document, {channel!r})"] if needs_document else []),
        "",
        "",
        f"def test_{name}_{finding.check.lower()}({arguments}) -> None:",
        f'    """{CHECKS[finding.check].says}"""',
        "",
        "    async def talk() -> None:",
        f"        async with {made[0]}:" if len(made) == 1 else "        async with (",
    ]
    if len(made) > 1:
        lines += [f"            {item}," for item in made] + ["        ):"]
    lines += body
    lines += ["", "    asyncio.run(talk())"]
    return "\n".join(lines)


def _client(target: Target, opening: Opening) -> str:
    arguments = [f"{opening.path!r}"]
    headers = [(name.lower().encode(), value.encode()) for name, value in opening.all_headers]
    if headers or opening.subprotocols:
        arguments += ["HEADERS" if target.is_secret else repr(headers)]
    if opening.subprotocols:
        arguments += ["SUBPROTOCOLS" if target.is_secret else repr(opening.subprotocols)]
    return f"{target.client}{', '.join(arguments)})"


def _body(finding: Finding, count: int, exchanges: Sequence[Exchange]) -> Iterator[str]:
    names = ["client", "other"][:count]
    if not exchanges:
        yield "await client.connect()"
        yield "texts = await client.receive_all_frames()"
        yield "names = described.all_names(texts)"
        yield f"assert {finding.expression or 'names'}"
        return
    for client in names[::-1]:
        yield f"await {client}.receive_all_frames()"
    used = [item for exchange in exchanges for item in exchange.sources.values()]
    for number, exchange in enumerate(exchanges):
        client = names[min(exchange.step.member, count - 1)]
        yield from _sent(client, exchange)
        is_used = any(item.startswith(f"answers_{number}[") for item in used)
        is_last = number == len(exchanges) - 1
        all_frames = f"await {client}.receive_all_frames()"
        if exchange.step.cancel is not None:
            all_frames = f"[first, *{all_frames}]"
        yield f"texts = {all_frames}" if is_used or is_last else all_frames
        if is_used:
            yield f"answers_{number} = [json.loads(text) for text in texts]"
        for other in names:
            if is_last and other != client and "others" in finding.expression:
                yield f"others = await {other}.receive_all_frames()"
        if is_last and "is_alive" in finding.expression:
            yield f"await {client}.send_text({exchange.ping!r})"
            yield f"texts = await {client}.receive_all_frames()"
    if "names" in finding.expression:
        yield "names = described.all_names(texts)"
    expression = finding.expression.partition("  #")[0]
    yield f"assert {expression}, {_comment(finding.text)!r}"


def _sent(client: str, exchange: Exchange) -> Iterator[str]:
    if isinstance(exchange.sent, bytes):
        yield f"await {client}.send_bytes({exchange.sent!r})"
        return
    if exchange.sources:
        value = _python(exchange.value, (), exchange)
        yield f"await {client}.send_text(json.dumps({value}))"
    elif isinstance(exchange.step.frame, Raw) and len(exchange.sent) > 200:
        first = exchange.sent[:1]
        length = len(exchange.sent)
        if exchange.sent == first * length:
            yield f"await {client}.send_text({first!r} * {length})"
        elif exchange.sent == first * (length // 2) + exchange.sent[-1] * (length // 2):
            yield (
                f"await {client}.send_text({first!r} * {length // 2} + "
                f"{exchange.sent[-1]!r} * {length // 2})"
            )
        else:
            bare = exchange.sent.rstrip()
            yield f"await {client}.send_text({bare!r} + ' ' * {length - len(bare)})"
    else:
        yield f"await {client}.send_text({exchange.sent!r})"
    if exchange.step.cancel is not None:
        yield f"first = await {client}.receive_frame()"
        yield f"await {client}.send_text({written(exchange.step.cancel)!r})"


def _python(value: Any, path: tuple[str, ...], exchange: Exchange) -> str:
    if path in exchange.sources:
        return exchange.sources[path]
    if is_object(value):
        items = (
            f"{key!r}: {_python(item, (*path, repr(key)), exchange)}" for key, item in value.items()
        )
        return f"{{{', '.join(items)}}}"
    if is_array(value):
        parts = (_python(item, (*path, repr(index)), exchange) for index, item in enumerate(value))
        return f"[{', '.join(parts)}]"
    return repr(value)


def _comment(text: str) -> str:
    first = text.splitlines()[0] if text else ""
    return first if len(first) < 120 else f"{first[:120]}..."


__all__ = ["Target", "test_of"]
