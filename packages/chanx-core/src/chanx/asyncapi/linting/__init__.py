"""Checks of AsyncAPI 3 documents: what the official schemas say, and what no other tool does."""

from dataclasses import replace
from typing import Final

from chanx.asyncapi.linting import (
    addresses,
    ambiguity,
    extensions,
    locations,
    media,
    operations,
    satisfiable,
    schemas,
    structure,
    texts,
    values,
)
from chanx.asyncapi.linting.finding import Check, Finding, finding
from chanx.asyncapi.linting.grammar import COMPONENTS, look_at
from chanx.asyncapi.linting.references import check_references
from chanx.asyncapi.linting.rules import RULES, SEVERITIES, Rule, Severity
from chanx.asyncapi.reading import Document, read
from chanx.asyncapi.reading.files import KEY, ReadFile, join, split
from chanx.asyncapi.reading.size import too_many
from chanx.asyncapi.walk import pointer, tokens_of

CHECKS: Final[tuple[Check, ...]] = (
    *structure.CHECKS,
    *addresses.CHECKS,
    *operations.CHECKS,
    *ambiguity.CHECKS,
    *locations.CHECKS,
    *media.CHECKS,
    *schemas.CHECKS,
    *satisfiable.CHECKS,
    *values.CHECKS,
    *extensions.CHECKS,
    *texts.CHECKS,
)


def lint(document: Document, *, read_file: ReadFile | None = None) -> list[Finding]:
    """Return what is wrong with an AsyncAPI 3 document; empty if nothing is.

    The document need not have been generated here, nor be valid: what the official JSON Schemas of
    3.0 and 3.1 find is found. Where a value is of a wrong type, that is all that is found, and so
    are parts that stand in so many places that there is too much to look at.

    Args:
        document: The document.
        read_file: Returns the contents of a file that the document refers to, by its path relative
            to the document, and raises ``ValueError`` if it cannot; None if there are no files.

    Returns:
        The findings, in the order of their pointers; :data:`RULES` has all codes.

    Example:
        >>> [found] = lint({"asyncapi": "3.0.0", "info": {"title": "Chat"}})
        >>> found.code, found.pointer, found.message
        ('missing-key', '/info', "'version' is missing.")
    """
    found = _repeated(document)
    if not found:
        found = _looked_at(document, read_file)
    return sorted(
        map(_in_its_file, dict.fromkeys(found)),
        key=lambda found: (found.file, found.pointer, found.code, found.message),
    )


def _looked_at(document: Document, read_file: ReadFile | None) -> list[Finding]:
    found: list[Finding] = []
    if read_file is not None:
        joined = join(document, read_file)
        document = joined.document
        found = _repeated(document)
        if found:
            return found
        for path, reason in joined.missing.items():
            hint = "Correct the reference, or add the file."
            found.append(finding("missing-file", "", f"{path} cannot be read: {reason}.", hint))
    look = look_at(document)
    if not _is_mistyped(look.findings):
        found += check_references(document, look)
    found += look.findings
    if not _is_mistyped(found):
        contents = read(document)
        found += [one for check in CHECKS for one in check(contents)]
    misspelt = {
        one.pointer.rpartition("/")[0]
        for one in found
        if one.code == "unknown-key" and one.hint.startswith("Did you mean")
    }
    return [
        one
        for one in found
        if not _is_missed(one, look.broken)
        and not (one.code in ("missing-name", "missing-summary") and one.pointer in misspelt)
    ]


def _repeated(document: Document) -> list[Finding]:
    if not (count := too_many(document)):
        return []
    told = f"Written out without aliases, the document has {count:,} values."
    hint = "Give what is repeated a name in components, and refer to it."
    return [finding("repeated-parts", "", told, hint)]


def _is_mistyped(found: list[Finding]) -> bool:
    """Return whether what reads documents would stumble over something that was found."""
    return any(one.code == "wrong-type" for one in found)


def _is_missed(found: Finding, broken: set[str]) -> bool:
    """Return whether something may be found only since a reference to such a thing is wrong.

    Args:
        found: The finding.
        broken: What wrong references should lead to.
    """
    if found.code in ("ambiguous-message", "unused-message"):
        return "message" in broken
    if found.code != "unused-component":
        return False
    _, kind, *_ = tokens_of(found.pointer)
    return kind in COMPONENTS and COMPONENTS[kind].name in broken


def _in_its_file(found: Finding) -> Finding:
    if not found.pointer.startswith(pointer(KEY)):
        return found
    file, at = split(found.pointer)
    return replace(found, file=file, pointer=at)


__all__ = ["RULES", "SEVERITIES", "Finding", "Rule", "Severity", "lint"]
