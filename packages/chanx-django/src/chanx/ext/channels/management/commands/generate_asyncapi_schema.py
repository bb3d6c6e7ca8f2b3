"""``manage.py generate_asyncapi_schema``: the AsyncAPI document of the project, as a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chanx.core.errors import ConfigurationError
from chanx.ext.channels.documents import project_documents
from chanx.ext.channels.utils.asgi import get_websocket_application


class Command(BaseCommand):
    """Writes the project's AsyncAPI document to the standard output or to a file.

    ``manage.py generate_asyncapi_schema [--format json|yaml] [--file-path PATH] [--base-url URL]``
    """

    help = "Writes the AsyncAPI document of the project's WebSocket consumers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's options.

        Args:
            parser: Where they are declared.
        """
        parser.add_argument(
            "--format",
            choices=["json", "yaml"],
            help="The document's format; if left out, YAML for a file *.yaml or *.yml, else JSON.",
        )
        parser.add_argument(
            "--file-path", type=Path, metavar="PATH", help="The file; if left out, standard output."
        )
        parser.add_argument(
            "--base-url",
            metavar="URL",
            help="Where the server is, such as wss://example.com; if left out, what CHANX says.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the document.

        Args:
            args: None.
            options: ``format``, ``file_path`` and ``base_url``.

        Raises:
            CommandError: If there is nothing to describe, the server's URL is none, or the file
                cannot be written.
        """
        # call_command() gives what its caller has, which is a text as well.
        path: Path | None = options["file_path"] and Path(options["file_path"])
        text = self._text(options["format"] or _format_of(path), options["base_url"])
        if path is None:
            self.stdout.write(text, ending="")
            return
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error

    def _text(self, kind: str, base_url: str | None) -> str:
        if get_websocket_application() is None:
            raise CommandError(
                "There are no WebSockets to describe: let settings.ASGI_APPLICATION name a "
                'ProtocolTypeRouter with a "websocket" entry.'
            )
        try:
            document = project_documents.get(base_url=base_url)
            return document.json if kind == "json" else document.yaml
        except ConfigurationError as error:
            raise CommandError(str(error)) from error


def _format_of(path: Path | None) -> str:
    return "yaml" if path is not None and path.suffix.lower() in (".yaml", ".yml") else "json"


__all__ = ["Command"]
