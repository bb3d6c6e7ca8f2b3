"""Clients in Python: the files of a folder."""

from collections.abc import Iterable
from typing import Final

from chanx.asyncapi.clients.description import Description
from chanx.asyncapi.clients.emitting import EmitOptions, header
from chanx.asyncapi.clients.python.annotations import Annotations
from chanx.asyncapi.clients.python.channels import ChannelClient
from chanx.asyncapi.clients.python.layout import docstring, quoted
from chanx.asyncapi.clients.python.models import Models
from chanx.asyncapi.clients.python.operations import class_stems
from chanx.asyncapi.clients.python.runtime_files import runtime_files, shared_names
from chanx.asyncapi.clients.python.uses import exports, imports

_RUNTIME_NAMES: Final = {
    "address": ("Credential",),
    "channel": ("Channel", "Incoming"),
    "client": ("Client", "Unknown"),
    "connection": ("TokenRequest",),
    "errors": (
        *("Cancelled", "ClientError", "ConnectionClosed", "ConnectionLost", "Expired"),
        *("FrameTooLarge", "InvalidReply", "NotConnected", "Overflow", "QueueFull", "Refused"),
        *("TimedOut", "Unauthorized"),
    ),
    "operations": (
        *("UNSET", "Plan", "Request", "Send", "Stream", "StreamRequest", "Unset", "given"),
    ),
    "options": ("Options", "TokenProvider"),
    "protocol": ("Heartbeat", "Protocol", "Rate", "Reconnect", "Rules", "ServerHeartbeat"),
    "states": ("Close", "Closed", "Connecting", "Idle", "Open", "State", "Verdict", "Waiting"),
}


def emit(description: Description, options: EmitOptions) -> dict[str, str]:
    """Return the files of a client in Python, by their paths in its folder.

    Args:
        description: What the document says.
        options: How they are to look.
    """
    annotations = Annotations(is_uuid_checked=options.validate_formats)
    qualified = Annotations(is_uuid_checked=options.validate_formats, prefix="m.")
    runtime = options.runtime or ".runtime"
    clients = [
        ChannelClient(channel, class_stems(description.channels), qualified)
        for channel in description.channels
    ]
    top = _top(description, options)
    made = {
        "__init__.py": top + _package(description, clients, runtime),
        "models.py": top + Models(description, annotations, runtime).text(),
        "client.py": top + _client(description, clients, runtime),
        "py.typed": "",
    }
    if options.runtime is None:
        made |= {f"runtime/{name}": text for name, text in _runtime(options).items()}
    if options.package:
        made["pyproject.toml"] = _project(description, options)
    return made


def _top(description: Description, options: EmitOptions) -> str:
    """Return the first lines: tools that a project uses leave the file as it is."""
    made, licence = header(description, options)
    return f"# {made}\n# {licence}\n# ruff: noqa\n# fmt: off\n"


def _client(description: Description, clients: Iterable[ChannelClient], runtime: str) -> str:
    parts = [part for client in clients for part in client.parts()]
    names = sorted(name for client in clients for name in client.names())
    body = "\n\n".join(parts)
    handler = (
        'HandledMessage = TypeVar("HandledMessage")\n'
        "Handler: TypeAlias = Callable[[HandledMessage], Awaitable[None] | None]\n"
        '"""Takes a message; what it returns is awaited beside, if it can be."""\n'
    )
    own = {f"{runtime}.{module}": used for module, used in _RUNTIME_NAMES.items()}
    found = imports(
        f"{handler}{body}",
        {
            "collections.abc": ("Awaitable", "Callable"),
            "datetime": ("date as Date",),
            "typing": (
                "Any",
                "Literal",
                "Never",
                "Self",
                "TypeAlias",
                "TypeVar",
                "Unpack",
                "overload",
            ),
            "uuid": ("UUID",),
        },
        {"pydantic": ("AwareDatetime",)},
        {".": ("models as m",), **own},
    )
    said = docstring(f"The clients of {description.title or 'the document'}.")
    return (
        f"{said}\nfrom __future__ import annotations\n\n{found}\n{handler}\n\n{body}"
        f"{exports([*names, 'Handler'])}"
    )


def _package(description: Description, clients: Iterable[ChannelClient], runtime: str) -> str:
    names = sorted([*(name for client in clients for name in client.names()), "Handler"])
    everything = {".": ("models",), ".client": tuple(names), runtime: shared_names()}
    body = " ".join(name for group in everything.values() for name in group)
    said = docstring(f"Typed clients of {description.title or 'the document'}.")
    exported = [name for group in everything.values() for name in group]
    return f"{said}\n{imports(body, everything)}{exports(exported)[1:]}"


def _runtime(options: EmitOptions) -> dict[str, str]:
    """Return the files of the runtime, with the marks that keep tools from changing them."""
    made: dict[str, str] = {}
    for name, source in runtime_files().items():
        licence, _, text = source.partition("\n")
        top = f"# Part of chanx {options.version}. Do not edit.\n{licence}\n"
        made[name] = f"{top}# ruff: noqa\n# fmt: off\n{text}"
    return made


def _project(description: Description, options: EmitOptions) -> str:
    version = description.version if _is_version(description.version) else "0"
    return f"""[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = {quoted(options.name.replace("_", "-"))}
version = {quoted(version)}
license = "0BSD"
requires-python = ">=3.11"
dependencies = ["pydantic>=2.11", "typing-extensions>=4.12", "websockets>=15"]

[tool.hatch.build.targets.wheel.force-include]
"." = {quoted(options.name)}
"""


def _is_version(text: str) -> bool:
    return all(part.isdecimal() for part in text.split(".")) if text else False


__all__ = ["emit"]
