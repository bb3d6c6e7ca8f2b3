"""Clients in TypeScript: what is written, for compilers, formatter and users."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from chanx.asyncapi import to_json
from chanx.asyncapi.clients import Description, describe
from chanx.asyncapi.clients.emitting import EmitOptions
from chanx.asyncapi.clients.typescript.emitter import emit
from chanx.ext.fast_channels import generate_asyncapi_schema
from fastapi_chat.main import app
from tests.clients.documents import DOCUMENTS
from tests.clients.nodetools import (
    ROOT,
    compile_typescript,
    format_is_right,
    linter_is_silent,
    run_typescript,
    write,
)

GUIDE: Final = ROOT / "docs" / "clients-typescript.md"
USAGE: Final = Path(__file__).parent / "usage" / "usage.ts"


def chat() -> Description:
    return describe(generate_asyncapi_schema(app=app))


def options(**given: Any) -> EmitOptions:
    return EmitOptions(name="client", version="1.2.3", **given)


def message(action: str, payload: Any = None, **more: Any) -> dict[str, Any]:
    properties = {"action": {"const": action}, **({} if payload is None else {"payload": payload})}
    schema = {"type": "object", "properties": properties, "required": [*properties]}
    return {"name": action, "payload": schema, **more}


LONG: Final = "a_very_long_name_that_fills_most_of_a_line_by_itself_as_some_documents_have"


def odd() -> dict[str, Any]:
    """A document with everything that is hard to write down."""
    choice = {"enum": [f"{LONG}_{number}" for number in range(3)]}
    quotes = {"enum": ['"', "'", "\"'", "\\", "\n", "\u2028", "é\U0001f600", "*/"]}
    fields: dict[str, Any] = {
        "class": {"type": "integer", "description": "A word of the language. */ And an end."},
        "two words": {"type": ["string", "null"]},
        "1st": {"type": "array", "items": choice, "description": "Long. " * 40},
        "choice": choice,
        "quotes": quotes,
        "many": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
        "some": {"type": "object", "additionalProperties": {"type": "number"}},
        "maybe": {"anyOf": [{"type": "object", "additionalProperties": choice}, {"type": "null"}]},
        "pair": {"items": [{"type": "string"}, choice], "additionalItems": False, "type": "array"},
        "rest": {"items": [{"type": "string"}], "additionalItems": {"type": "number"}},
        "anything": {},
        "never": False,
        "tree": {"$ref": "#/components/schemas/Tree"},
        "nested": {"type": "object", "properties": {"inner": {"type": "object"}}},
        "list": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    }
    tree = {
        "type": "object",
        "properties": {
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
            "by_name": {
                "type": "object",
                "additionalProperties": {"$ref": "#/components/schemas/Tree"},
            },
        },
    }
    everything = {"type": "object", "properties": fields, "required": ["choice", "two words"]}
    messages = {
        "all": message("all", everything, description="Everything.\n\n- one\n- two"),
        "all_back": message("all_back", everything),
        "json": message("json", {"$ref": "#/components/schemas/Json"}),
        LONG: message(LONG, {"type": "string"}),
        "text": {"payload": {"type": "string"}},
        "same": message("same", {"const": 1}),
        "same_again": message("same", {"const": 2}),
    }
    references = [{"$ref": f"#/channels/odd/messages/{key}"} for key in messages]
    json_value = {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/JsonObject"}]}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": 'Odd "things"\n */', "version": "1"},
        "channels": {
            "odd": {"address": "/odd/{a-b}", "messages": messages, "parameters": {"a-b": {}}},
            f"channel_{LONG}": {"address": "/", "messages": {"empty": message("empty")}},
        },
        "operations": {
            f"{action}_{key}": {
                "action": action,
                "channel": {"$ref": "#/channels/odd"},
                "messages": [reference],
            }
            for action in ("send", "receive")
            for key, reference in zip(messages, references, strict=True)
        },
        "components": {
            "schemas": {
                "Tree": tree,
                "Json": json_value,
                "JsonObject": {
                    "type": "object",
                    "additionalProperties": {"$ref": "#/components/schemas/Json"},
                },
            }
        },
    }


def descriptions() -> dict[str, Description]:
    own = {"chat": chat(), "odd": describe(odd()), "empty": describe({"asyncapi": "3.0.0"})}
    return own | {name: describe(make()) for name, make in DOCUMENTS.items()}


def test_the_guide_is_a_program(tmp_path: Path) -> None:
    text = GUIDE.read_text("utf-8")
    first, second = re.findall(r"^```console\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    chanx(first.replace("chat-client", str(tmp_path)), ROOT / "examples")
    fetch, write_it = second.splitlines()
    document = tmp_path / fetch.split()[-1]  # as if it had been fetched
    document.write_text(to_json(generate_asyncapi_schema(app=app)), "utf-8")
    chanx(write_it.removeprefix("uvx --from chanx-core "), tmp_path)
    assert (tmp_path / "src/chat-client/index.ts").is_file()
    blocks = re.findall(r"^```ts\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    write(tmp_path, {"guide.ts": "\n".join(blocks)})
    compile_typescript(tmp_path, 5)
    format_is_right([tmp_path / "guide.ts"])
    [tested] = [block for block in blocks if "FakeSocket" in block]
    run_typescript(tmp_path, f'import {{ connectRoom }} from "./index.js";\n{tested}')


def chanx(command: str, folder: Path) -> None:
    _, *arguments = command.split()
    done = subprocess.run(
        [sys.executable, "-m", "chanx.cli", *arguments],
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("version", [5, 7])
@pytest.mark.parametrize("is_exact", [True, False], ids=["exact", "loose"])
def test_the_strictest_compilers_accept_it(tmp_path: Path, version: int, is_exact: bool) -> None:
    for name, description in descriptions().items():
        write(tmp_path / name, emit(description, options()))
        write(tmp_path / f"{name}_js", emit(description, options(javascript=True)))
    for name in ("chat", "chat_js"):
        write(tmp_path / name, {"usage.ts": USAGE.read_text("utf-8")})
    compile_typescript(tmp_path, version, exactOptionalPropertyTypes=is_exact)


def test_a_file_of_the_client_may_be_imported_as_typescript(tmp_path: Path) -> None:
    write(tmp_path, emit(chat(), options(import_extension="ts")))
    compile_typescript(tmp_path, 5, allowImportingTsExtensions=True)


def test_imports_without_an_ending_suit_older_bundlers(tmp_path: Path) -> None:
    write(tmp_path, emit(chat(), options(import_extension="none")))
    compile_typescript(tmp_path, 5, module="esnext", moduleResolution="bundler")


def test_several_clients_share_one_runtime(tmp_path: Path) -> None:
    write(tmp_path / "one", emit(chat(), options()))
    write(tmp_path / "two", emit(describe(odd()), options(runtime="../one/runtime")))
    assert not (tmp_path / "two" / "runtime").exists()
    compile_typescript(tmp_path, 5)


def test_the_formatter_has_nothing_to_do(tmp_path: Path) -> None:
    for name, description in descriptions().items():
        write(tmp_path / name, emit(description, options(package=True)))
        javascript = options(package=True, javascript=True)
        write(tmp_path / f"{name}_js", emit(description, javascript))
    (tmp_path / "package.json").unlink(missing_ok=True)
    format_is_right([tmp_path])


def test_a_linter_finds_nothing_by_its_own_rules(tmp_path: Path) -> None:
    for name, description in descriptions().items():
        write(tmp_path / name, emit(description, options()))
        write(tmp_path / f"{name}_js", emit(description, options(javascript=True)))
    linter_is_silent(tmp_path)


def test_the_order_of_the_document_does_not_matter() -> None:
    document = odd()
    turned: dict[str, Any] = json.loads(json.dumps(document))
    for key in ("channels", "operations"):
        turned[key] = dict(reversed(turned[key].items()))
    assert emit(describe(turned), options()) == emit(describe(document), options())


def test_everything_that_is_written_may_be_used_by_anybody() -> None:
    for how in (options(), options(javascript=True)):
        for name, text in emit(chat(), how).items():
            assert "SPDX-License-Identifier: 0BSD" in "".join(text.splitlines()[:2]), name


def test_a_package_says_what_it_is() -> None:
    files = emit(chat(), options(package=True))
    package = json.loads(files["package.json"])
    assert package["name"] == "chat-client"
    assert (package["version"], package["type"], package["license"]) == ("1.0.0", "module", "0BSD")
