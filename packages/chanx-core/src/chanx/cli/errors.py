"""What ends a command."""

from chanx.core.errors import ChanxError


class CommandError(ChanxError):
    """A command cannot do what it was asked for; the text says why, in one line.

    It is written to the standard error, and the exit code is 2.
    """


__all__ = ["CommandError"]
