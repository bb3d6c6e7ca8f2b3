"""What is wrong with the server that ``manage.py runserver`` would be."""

import sys
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.core.management.commands.runserver import Command as OwnServer

_COMMAND = "runserver"


def check_server(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> Sequence[CheckMessage]:
    """Report, where that is the command that runs, a ``runserver`` that serves no WebSockets.

    Other commands tell nothing of it: projects that are served otherwise need no such server.

    Args:
        app_configs: The applications that are checked; commands belong to all.

    Returns:
        ``chanx.W008`` if it is Django's own, which serves HTTP alone.
    """
    if sys.argv[1:2] != [_COMMAND]:
        return []
    command: Any = type(_found())
    # Whatever serves ASGI has one of its own, as daphne's has.
    if getattr(command, "inner_run", None) is not OwnServer.inner_run:
        return []
    return [
        Warning(
            "This server serves no WebSockets: each is answered with 404.",
            hint="pip install daphne, and put 'daphne' first in INSTALLED_APPS; or serve the "
            "project with `uvicorn --reload` and the path of its ASGI application.",
            id="chanx.W008",
        )
    ]


def _found() -> BaseCommand:
    """Return the command, of whichever application it is."""
    application: Any = get_commands()[_COMMAND]
    return (
        application
        if isinstance(application, BaseCommand)
        else load_command_class(application, _COMMAND)
    )


__all__ = ["check_server"]
