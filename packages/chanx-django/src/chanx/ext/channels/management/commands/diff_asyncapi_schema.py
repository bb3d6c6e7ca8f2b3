"""``manage.py diff_asyncapi_schema``: what the project's AsyncAPI document breaks."""

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chanx.cli.diff import add_options, compare
from chanx.cli.references import load_document
from chanx.core.errors import ChanxError
from chanx.ext.channels.documents import project_documents
from chanx.ext.channels.utils.asgi import get_websocket_application


class Command(BaseCommand):
    """Compares a document with the project's, as ``chanx asyncapi diff OLD`` does.

    ``manage.py diff_asyncapi_schema OLD [--fail-on breaking|review|any] [--accept FILE] ...``. The
    exit code is 1 if anything fails that is not accepted, and 2 if a document cannot be had.
    """

    help = "Tells what the AsyncAPI document of the project breaks for clients of another one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments.

        Args:
            parser: Where they are declared.
        """
        parser.add_argument(
            "old",
            metavar="OLD",
            help="the document that clients rely on: a file, or git:REF:PATH",
        )
        add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write what has changed.

        Args:
            args: None.
            options: ``old``, and those of ``chanx asyncapi diff``.

        Raises:
            CommandError: If there is nothing to describe, or a document cannot be read.
        """
        if get_websocket_application() is None:
            raise CommandError(
                "There are no WebSockets to describe: let settings.ASGI_APPLICATION name a "
                'ProtocolTypeRouter with a "websocket" entry.',
                # As of the command line's: 1 says that something breaks.
                returncode=2,
            )
        try:
            old = load_document(options["old"])
            # Through its text, as the other one comes: a document in memory may have tuples.
            new = json.loads(project_documents.get().json)
            text, code = compare(Namespace(**options), old, new, options["old"], None)
        except ChanxError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(text, ending="")
        if code:
            sys.exit(code)


__all__ = ["Command"]
