"""Values of schemas that chance decides, and small changes of them.

Chance is a :class:`random.Random`: one with a seed, or one of Hypothesis, which decides then.
"""

import copy
import math
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

from chanx.asyncapi.diffing.cell import Cell
from chanx.asyncapi.diffing.items import items_of
from chanx.asyncapi.diffing.patterns import texts_for
from chanx.asyncapi.diffing.ranges import multiple, numbers_of
from chanx.asyncapi.diffing.terms import NOTHING, Term, TooManyAlternatives
from chanx.asyncapi.walk import is_array, is_object
from chanx.testing.conformance.schemas import Schemas
from chanx.testing.conformance.values import TEXTS

_ANYTHING: Final[tuple[Any, ...]] = (None, True, 1, -1, 1.5, "text", "", [], [1], {}, {"key": 1})
_NUMBERS: Final = (0, 1, 2, 3, 8, -1, 10, 100, 0.5, -2.5, 1e20)
_ATTEMPTS: Final = 20
_DEEPEST: Final = 6
_ALPHABET: Final = "aB0 -_.é☃\U0001f600\u0000\u200b'\"\\/<\n"

Given = Callable[[str], Any]
"""Returns a value for a schema by its name; ``NotImplemented`` for what is made of the schema."""


def _nothing_given(name: str) -> Any:
    return NotImplemented


class Drawer:
    """Draws values of a document's schemas.

    Args:
        schemas: The schemas.
        random: What decides.
        given: Makes the values of schemas that say less than what holds.
    """

    def __init__(self, schemas: Schemas, random: Random, given: Given = _nothing_given) -> None:
        self._schemas = schemas
        self._random = random
        self._given = given

    def valid(self, pointer: str) -> Any:
        """Return a value that is valid for certain, as far as chance finds one.

        Args:
            pointer: Where its schema stands in the document.

        Raises:
            LookupError: If none is found.
        """
        term = self._schemas.term(pointer)
        for _ in range(_ATTEMPTS):
            value = self._of(term, 0)
            if self._schemas.allows(term, value):
                return value
        known = self._schemas.samples.of(term)
        if not known:
            raise LookupError(pointer)
        return copy.deepcopy(self._random.choice(known))

    def changed(self, value: Any) -> Any:
        """Return a value in which one thing is another, or is missing.

        Args:
            value: The value, which stays as it is.
        """
        value = copy.deepcopy(value)
        places = [*_places(value)]
        if not places:
            return copy.deepcopy(self._random.choice(_ANYTHING))
        container, key = self._random.choice(places)
        if is_object(container) and self._random.random() < 0.3:
            del container[key]
        else:
            container[key] = copy.deepcopy(self._random.choice(_ANYTHING))
        return value

    def _of(self, term: Term, depth: int) -> Any:
        for name in self._schemas.names(term):
            if (value := self._given(name)) is not NotImplemented:
                return value
        try:
            cells = self._schemas.cells.of(term)
        except TooManyAlternatives:
            cells = []
        if depth > _DEEPEST:
            simple = [cell for cell in cells if cell.kind not in ("array", "object")]
            cells = simple or cells
        if not cells or depth > 2 * _DEEPEST:
            known = self._schemas.samples.of(term)
            return copy.deepcopy(known[0]) if known else None
        if term == ():
            return copy.deepcopy(self._random.choice(_ANYTHING))
        cell = self._random.choice(cells)
        if cell.kind == "values":
            return copy.deepcopy(self._random.choice(cell.values))
        draw = {
            "number": self._number,
            "string": self._text,
            "array": self._array,
            "object": self._object,
        }[cell.kind]
        return draw(cell, depth)

    def _number(self, cell: Cell, depth: int) -> float:
        numbers = numbers_of(cell)
        low, high = numbers.low[0], numbers.high[0]
        pool = [*_NUMBERS, *(bound for bound in (low, high) if not math.isinf(bound))]
        if not math.isinf(low):
            pool += [low + 1, low + self._random.randint(0, 100)]
        if numbers.steps:
            first = 0 if math.isinf(low) else math.ceil(low / numbers.steps[0])
            pool = [
                multiple(step, first + self._random.randint(0, 20))
                for step in numbers.steps
                for _ in "ab"
            ]
        if numbers.is_integer:
            pool = [int(number) for number in pool if float(number).is_integer()]
        return self._random.choice([number for number in pool if low <= number <= high] or pool)

    def _text(self, cell: Cell, depth: int) -> str:
        least = int(cell.strictest("minLength", is_lower=True))
        most = int(min(cell.strictest("maxLength", is_lower=False), least + 40))
        patterns = [pattern for pattern in cell.others("pattern") if isinstance(pattern, str)]
        length = self._random.randint(least, most)
        if patterns and self._random.random() < 0.7:
            made = [text for pattern in patterns for text in texts_for(pattern, [length])]
            if made:
                return self._random.choice(made)
        if self._random.random() < 0.3:
            return self._random.choice(TEXTS)[:most].ljust(least, "a")
        letters = (self._random.choice(_ALPHABET) for _ in range(min(length, 60)))
        return "".join(letters).ljust(least, "a")

    def _array(self, cell: Cell, depth: int) -> list[Any]:
        items = items_of(cell)
        least = int(items.least)
        most = int(min(items.most, least + 3)) if depth < _DEEPEST else least
        count = self._random.randint(least, max(least, most))
        return [self._of(items.at(index), depth + 1) for index in range(count)]

    def _object(self, cell: Cell, depth: int) -> dict[str, Any]:
        members = self._schemas.cells.members(cell)
        chance = 0.6 if depth < _DEEPEST else 0
        drawn = dict[str, Any]()
        for name in dict.fromkeys([*members.named, *sorted(members.required)]):
            term = members.named.get(name, members.rest)
            if term == NOTHING:
                continue
            if name in members.required or self._random.random() < chance:
                drawn[name] = self._of(term, depth + 1)
        if members.is_map and depth < _DEEPEST:
            least = int(cell.strictest("minProperties", is_lower=True))
            for _ in range(self._random.randint(least, least + 2)):
                name = self._of(members.names, depth + 1)
                term = members.rest if members.rest != NOTHING else ()
                for pattern in members.patterns:
                    term = members.patterns[pattern]
                    name = self._random.choice(texts_for(pattern) or ["a"])
                drawn[str(name)] = self._of(term, depth + 1)
        return drawn


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    below = value.items() if is_object(value) else enumerate(value) if is_array(value) else ()
    for key, item in below:
        yield value, key
        yield from _places(item)


__all__ = ["Drawer", "Given"]
