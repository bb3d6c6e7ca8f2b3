"""``chanx asyncapi page``: the documentation page as files."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chanx.asyncapi.clients.preparing import prepare
from chanx.asyncapi.static_page import INDEX, static_page
from chanx.cli.errors import CommandError
from chanx.cli.files import STANDARD, write
from chanx.cli.lint import Files
from chanx.cli.references import is_file, load_document


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments.

    Args:
        parser: Where they are declared.
    """
    parser.add_argument(
        "documents",
        metavar="DOCUMENT",
        nargs="+",
        help="an AsyncAPI 3 document: a file, git:REF:PATH, or module:app; of several, readers "
        "choose one",
    )
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", required=True, help="where index.html is written"
    )
    parser.add_argument(
        "--connect",
        metavar="HOST",
        action="append",
        help="a host that the page may open sockets to, such as wss://chat.example.com; may be "
        "given several times; if left out, any",
    )
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Write the files; return the exit code, 1 if a document refers to what is not there.

    Args:
        options: The arguments.

    Raises:
        CommandError: If a document cannot be read, or a file not written.
        ConfigurationError: If ``--connect`` is not a host.
    """
    names: list[str] = options.documents
    documents: dict[str, dict[str, Any]] = {}
    missing: list[str] = []
    for name, key in zip(names, _keys(names), strict=True):
        folder = Path(name).parent if is_file(name) else Path()
        prepared = prepare(load_document(name), read_file=Files(folder))
        documents[key] = prepared.document
        missing += [
            f"{name}: {item.pointer}: {item.reference}: {item.reason}\n"
            for item in prepared.dangling
        ]
    if missing:
        write(STANDARD, "".join(missing))
        return 1
    try:
        files = static_page(documents, connect_hosts=options.connect)
    except RecursionError as error:
        raise CommandError("A document is nested too deeply to be written.") from error
    folder = Path(options.output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error.strerror}.") from error
    write(STANDARD, f"{folder / INDEX}: open it, or put the folder on any host.\n")
    return 0


def _keys(names: Sequence[str]) -> list[str]:
    """Return what the documents' files are called, each another name.

    Raises:
        CommandError: If two are one and the same.
    """
    if len(set(names)) < len(names):
        raise CommandError("A document is named twice: name each once.")
    stems = [
        "asyncapi" if name == STANDARD else Path(name.replace(":", "/")).stem for name in names
    ]
    return [
        stem if stems.count(stem) == 1 else f"{stem}-{number}"
        for number, stem in enumerate(stems, 1)
    ]


__all__ = ["add_arguments", "run"]
