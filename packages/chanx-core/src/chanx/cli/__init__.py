"""The ``chanx`` command line: AsyncAPI documents of applications, and checks of documents."""

from chanx.cli.errors import CommandError
from chanx.cli.main import main
from chanx.cli.sources import DocumentSource

__all__ = ["CommandError", "DocumentSource", "main"]
