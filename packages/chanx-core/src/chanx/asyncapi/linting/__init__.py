"""Checks of AsyncAPI 3 documents that the official schema does not make."""

from typing import Final

from chanx.asyncapi.linting import addresses, operations, schemas, structure, texts
from chanx.asyncapi.linting.finding import Check, Finding, Severity
from chanx.asyncapi.linting.shapes import check_shape
from chanx.asyncapi.linting.size import check_size
from chanx.asyncapi.reading import Document, read

CHECKS: Final[tuple[Check, ...]] = (
    *structure.CHECKS,
    *addresses.CHECKS,
    *operations.CHECKS,
    *schemas.CHECKS,
    *texts.CHECKS,
)


def lint(document: Document) -> list[Finding]:
    """Return what is wrong with an AsyncAPI 3 document; empty if nothing is.

    The document need not have been generated here. What the official JSON Schema says is not
    checked again, but for the types of what is looked at: where one is wrong, or where parts stand
    in so many places that there is too much to look at, that is all that is found.

    Args:
        document: The document.

    Returns:
        The findings, in the order of their pointers.
    """
    found = [*check_size(document)] or [*check_shape(document)]
    if not found:
        contents = read(document)
        found = [finding for check in CHECKS for finding in check(contents)]
    return sorted(found, key=lambda finding: (finding.pointer, finding.code, finding.message))


__all__ = ["Finding", "Severity", "lint"]
