"""The consumer engine: decorators, handler table, connection, dispatch and replies."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chanx.core.shutdown import drain


def __getattr__(name: str) -> Any:
    # Whoever imports a module of the engine need not import this one.
    if name == "drain":
        from chanx.core.shutdown import drain

        return drain
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["drain"]
