"""``manage.py generate_client``: a typed client of the project."""

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chanx.cli.client import add_options, generate
from chanx.core.errors import ChanxError
from chanx.ext.channels.documents import project_documents
from chanx.ext.channels.utils.asgi import get_websocket_application


class Command(BaseCommand):
    """Writes a typed client of the project, as ``chanx asyncapi client`` does.

    ``manage.py generate_client --language python|typescript -o FOLDER [--check] ...``. The exit
    code is 1 if ``--check`` finds other files, and 2 if the client cannot be written.
    """

    help = "Writes a typed client of the project's WebSocket consumers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments.

        Args:
            parser: Where they are declared.
        """
        add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the client.

        Args:
            args: None.
            options: Those of ``chanx asyncapi client``.

        Raises:
            CommandError: If there is nothing to describe, or the folder cannot be written.
        """
        if get_websocket_application() is None:
            raise CommandError(
                "There are no WebSockets to describe: let settings.ASGI_APPLICATION name a "
                'ProtocolTypeRouter with a "websocket" entry.',
                returncode=2,
            )
        try:
            document = json.loads(project_documents.get().json)
            code = generate(Namespace(**options), document, None)
        except ChanxError as error:
            raise CommandError(str(error), returncode=2) from error
        if code:
            sys.exit(code)


__all__ = ["Command"]
