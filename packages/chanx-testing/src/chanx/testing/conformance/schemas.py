"""The schemas of a document, asked three ways: what is valid, what is not, and who can tell."""

from collections.abc import Mapping
from typing import Any, Literal

from chanx.asyncapi.diffing.cells import Cells
from chanx.asyncapi.diffing.samples import Samples
from chanx.asyncapi.diffing.terms import Side, Term
from chanx.asyncapi.examples import NoExample, make_example
from chanx.asyncapi.walk import Schema, object_of
from chanx.testing.conformance.certain import certain

Verdict = Literal["valid", "invalid", "open"]
"""Whether a document allows a value; ``"open"`` where readers may see it in different ways."""


class Schemas:
    """The schemas of a document.

    Args:
        document: The document, in one piece.

    Attributes:
        cells: What they allow for certain, without references and combinations.
        samples: Makes values that are valid for certain, small ones first.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = Side(document)
        copied = certain(document)
        self._certain = Side(copied)
        named = object_of(object_of(copied.get("components")).get("schemas"))
        self._names = {id(schema): name for name, schema in named.items()}  # which the side keeps
        self._certain_ones: dict[str, Term] = {}
        self.cells: Cells = Cells(self._certain)
        self.samples: Samples = Samples(self.cells)

    def term(self, pointer: str) -> Term:
        """Return what is valid for certain by a schema.

        Args:
            pointer: Where the schema stands in the document.
        """
        if pointer not in self._certain_ones:
            self._certain_ones[pointer] = self._certain.term([self._certain.lookup(pointer)])
        return self._certain_ones[pointer]

    def names(self, term: Term) -> list[str]:
        """Return the names that schemas have in the document's components."""
        return [name for part in term if (name := self._names.get(id(part)))]

    def schema(self, pointer: str) -> "Schema | bool":
        """Return a schema as the document has it.

        Args:
            pointer: Where it stands in the document.
        """
        return self._document.lookup(pointer)

    def verdict(self, pointer: str, value: object) -> Verdict:
        """Return whether a schema allows a value.

        Args:
            pointer: Where the schema stands in the document.
            value: The value, of JSON's types.
        """
        if not self._document.allows((self.schema(pointer),), value):
            return "invalid"
        return "valid" if self._certain.allows(self.term(pointer), value) else "open"

    def allows(self, term: Term, value: object) -> bool:
        """Return whether a value is valid for certain.

        Args:
            term: What is valid.
            value: The value, of JSON's types.
        """
        return self._certain.allows(term, value)

    def one(self, pointer: str) -> Any:
        """Return a value of a schema that is full, valid for certain if there is one.

        Args:
            pointer: Where the schema stands in the document.

        Raises:
            NoExample: If none is found.
        """
        try:
            made = make_example({"allOf": [self.schema(pointer)]}, self._document.lookup)
        except NoExample:
            made = None
        if made is not None and self.verdict(pointer, made) == "valid":
            return made
        for value in self.samples.of(self.term(pointer)):
            return value
        if made is None:
            raise NoExample
        return made


__all__ = ["Schemas", "Verdict"]
