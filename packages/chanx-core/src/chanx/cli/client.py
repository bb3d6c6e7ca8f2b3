"""``chanx asyncapi client``: typed clients of a document."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, get_args

from chanx.asyncapi.clients import Description, describe
from chanx.asyncapi.clients.emitting import EmitOptions
from chanx.asyncapi.clients.output import ClientFolder, document_hash
from chanx.asyncapi.clients.preparing import Prepared, Role, prepare
from chanx.cli.errors import CommandError
from chanx.cli.files import STANDARD, read, write
from chanx.cli.lint import Files
from chanx.cli.parsing import parse
from chanx.cli.references import is_file, load_document

_LANGUAGES: Final = ("python", "typescript")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments.

    Args:
        parser: Where they are declared.
    """
    parser.add_argument(
        "document",
        metavar="DOCUMENT",
        nargs="?",
        help="an AsyncAPI 3 document: a file, git:REF:PATH, or module:app; if left out, that of "
        "the ASGI_APPLICATION of Django's settings",
    )
    add_options(parser)
    parser.add_argument(
        "--watch", action="store_true", help="write it again whenever the document changes"
    )
    parser.set_defaults(run=run)


def add_options(parser: ArgumentParser) -> None:
    """Declare all arguments but the document.

    Args:
        parser: Where they are declared.
    """
    parser.add_argument(
        "--language", choices=_LANGUAGES, required=True, help="of the client; always needed"
    )
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", required=True, help="all of it is the generator's"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit code 1 if the folder is not what would be written",
    )
    parser.add_argument(
        "--force", action="store_true", help="write over files that somebody changed"
    )
    parser.add_argument(
        "--role",
        choices=get_args(Role),
        help="whom the document describes; if left out, what its info.x-perspective says, else the "
        "server",
    )
    parser.add_argument(
        "--patch",
        metavar="FILE",
        help="a JSON merge patch (RFC 7396) that is applied to the document first",
    )
    parser.add_argument(
        "--lenient",
        action="store_true",
        help="take what the document refers to and is not there as anything",
    )
    parser.add_argument(
        "--report", action="store_true", help="say what of the document the client does without"
    )
    parser.add_argument(
        "--runtime",
        metavar="IMPORT",
        help="import the runtime from there, in place of a copy in the folder: several clients "
        "share one so",
    )
    parser.add_argument(
        "--package", action="store_true", help="write a pyproject.toml or package.json too"
    )
    parser.add_argument(
        "--validate-formats",
        action="store_true",
        help="Python: read texts of the format uuid as UUID, and refuse others",
    )
    parser.add_argument(
        "--import-extension",
        choices=["js", "ts", "none"],
        default="js",
        help="TypeScript: what imports end with; if left out, js",
    )
    parser.add_argument(
        "--javascript",
        action="store_true",
        help="TypeScript: write JavaScript with declarations, which needs no build",
    )


def run(options: Namespace) -> int:
    """Write the client, or check that it is written; return the exit code.

    Args:
        options: The arguments.

    Raises:
        CommandError: If the document cannot be read or described, or the folder not written.
    """
    if options.watch:
        if options.check:
            raise CommandError("--check looks once: leave --watch out.")
        from chanx.cli.watching import watch

        return watch(options)
    return generate(options, load_document(options.document), options.document)


def generate(options: Namespace, document: Mapping[str, Any], name: str | None) -> int:
    """Write the client of a document, or check that it is written; return the exit code.

    Args:
        options: What :func:`add_options` declares.
        document: The document.
        name: What it is called; None for the application's.

    Raises:
        CommandError: If it cannot be described.
        OutputError: If the folder cannot be written.
    """
    prepared = _prepared(options, document, name)
    if prepared.dangling and not options.lenient:
        lines = (f"{item.pointer}: {item.reference}: {item.reason}" for item in prepared.dangling)
        text = "\n".join(lines)
        write(STANDARD, f"{text}\nWith --lenient, these are taken as anything.\n")
        return 1
    try:
        description = describe(prepared.document)
    except RecursionError as error:
        raise CommandError("The document is nested too deeply to be described.") from error
    if not description.channels:
        raise CommandError(f"{name or 'The application'} has no channels: there is nothing to do.")
    if options.report:
        notes = "".join(f"{note.pointer}: {note.text}\n" for note in description.notes)
        write(STANDARD, notes or "The client does all that the document says.\n")
    folder = Path(options.output)
    emit_options = EmitOptions(
        name=folder.resolve().name,
        version=version("chanx-core"),
        runtime=options.runtime,
        package=options.package,
        import_extension=options.import_extension,
        javascript=options.javascript,
        validate_formats=options.validate_formats,
    )
    made_of = {
        "generator": f"chanx {emit_options.version}",
        "language": options.language,
        "document": document_hash(prepared.document),
        "options": _said(options),
    }
    files = _files(options.language, description, emit_options)
    return _finish(options, ClientFolder(folder, files, made_of))


def _said(options: Namespace) -> dict[str, Any]:
    """Return the options that shape the files, as far as they are not left out."""
    names = ("role", "runtime", "package", "validate_formats", "import_extension", "javascript")
    given = {name: getattr(options, name) for name in names}
    return {name: value for name, value in given.items() if value not in (None, False, "js")}


def _finish(options: Namespace, folder: ClientFolder) -> int:
    if not options.check:
        written = folder.write(force=options.force)
        removed = f", {len(written.removed)} removed" if written.removed else ""
        text = f"{len(written.changed)} files written{removed}, {written.kept} as they were"
        write(STANDARD, f"{options.output}: {text}.\n")
        return 0
    drift = folder.drift()
    if not drift:
        return 0
    kinds = (
        ("missing", drift.missing),
        ("different", drift.different),
        ("superfluous", drift.superfluous),
    )
    lines = "".join(f"{options.output}/{name}: {kind}\n" for kind, names in kinds for name in names)
    write(STANDARD, f"{lines}{options.output} is not what is generated: generate it again.\n")
    return 1


def _prepared(options: Namespace, document: Mapping[str, Any], name: str | None) -> Prepared:
    patch = None if options.patch is None else parse(options.patch, read(options.patch))
    folder = Path(name).parent if name is not None and is_file(name) else Path()
    return prepare(document, read_file=Files(folder), patch=patch, role=options.role)


def _files(language: str, description: Description, options: EmitOptions) -> Mapping[str, str]:
    """Return the files of a client; what writes another language is not imported."""
    if language == "python":
        from chanx.asyncapi.clients.python.emitter import emit
    else:
        from chanx.asyncapi.clients.typescript.emitter import emit
    return emit(description, options)


__all__ = ["add_arguments", "add_options", "generate", "run"]
