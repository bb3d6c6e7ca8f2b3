"""camelCase names, by pyhumps."""

from collections.abc import Callable

from chanx.core.errors import MissingPackageError


def camel_case() -> Callable[[str], str]:
    """Return the function that spells a snake_case name in camelCase.

    Raises:
        MissingPackageError: If pyhumps is not installed.
    """
    try:
        # Here, and not at the top of the module: pyhumps is an extra.
        from humps import camelize
    except ImportError as error:
        raise MissingPackageError(
            "camelize needs the package pyhumps: pip install 'chanx-core[camel-case]' "
            "(each adapter has the same extra)."
        ) from error

    def rename(name: str) -> str:
        return str(camelize(name))

    return rename


__all__ = ["camel_case"]
