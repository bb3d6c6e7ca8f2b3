"""The check that references lead to what they are for."""

from collections.abc import Iterator

from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.linting.grammar import Look, Place, Thing, pointer_of
from chanx.asyncapi.linting.grammar.formats import uri_reference
from chanx.asyncapi.reading import Document
from chanx.asyncapi.reading.files import KEY, is_in_file, name_of, split
from chanx.asyncapi.walk import LONGEST_CHAIN, is_object, located, pointer, resolve, tokens_of


def check_references(document: Document, look: Look) -> Iterator[Finding]:
    """References lead to a thing of their kind, and nothing stands beside them.

    What they lead to, where AsyncAPI itself does not look, is looked at, too.

    Args:
        document: The document.
        look: The look at it; it gets to know what references lead to.
    """
    check = _Check(document, look)
    done = 0
    while done < len(look.references):
        node, place, thing = look.references[done]
        done += 1
        at = pointer_of(place)
        if len(node) > 1:
            beside = ", ".join(sorted(map(str, node.keys() - {"$ref"})))
            yield finding(
                "reference-siblings",
                at,
                f"Beside $ref stand {beside}, which tools ignore.",
                "Wrap the reference: allOf: [{$ref: ...}] in schemas.",
            )
        before = len(look.findings)
        uri_reference(node["$ref"], (place, "$ref"), look)
        if len(look.findings) > before:
            look.broken.add(thing.name)
            continue
        yield from check.followed(node["$ref"], thing, (place, "$ref"))


class _Check:
    """Finds what is wrong with where references lead.

    Args:
        document: The document.
        look: The look at it.
    """

    def __init__(self, document: Document, look: Look) -> None:
        self._document = document
        self._look = look
        self._asked = {(id(node), thing.name) for node, _, thing in look.references}
        self._loops: set[frozenset[str]] = set()

    def followed(self, reference: str, thing: Thing, place: Place) -> Iterator[Finding]:
        """Yield what is wrong with where a reference leads.

        Args:
            reference: The reference.
            thing: What it has to lead to.
            place: Where it stands.
        """
        at = pointer_of(place)
        if is_in_file(reference) and split(reference)[0] not in self._document.get(KEY, {}):
            self._look.broken.add(thing.name)
            return  # told once, however many refer to the file
        if not reference.startswith("#"):
            self._look.broken |= set() if "://" in reference else {thing.name}
            yield finding(
                "unread-file",
                at,
                f"{reference} was not read.",
                "What is there is not checked: keep it in a file beside the document.",
            )
            return
        try:
            value = resolve(self._document, reference)
        except LookupError:
            self._look.broken.add(thing.name)
            yield finding(
                "dangling-reference",
                at,
                f"{name_of(reference)} leads nowhere.",
                "Correct the reference, or add what it means.",
            )
            return
        target, _ = located(self._document, value, "")
        if target is None and is_object(value):
            self._look.broken.add(thing.name)
            yield from self._looping(reference)
            return
        known = self._look.kinds.get(id(target), set())
        is_thing = thing.name in known or (thing.name == "schema" and isinstance(target, bool))
        if not is_thing and (id(value), thing.name) not in self._asked:  # else told there
            yield from _wrong_kind(self._look, target, thing, reference, place, known)

    def _looping(self, reference: str) -> Iterator[Finding]:
        """Yield that a reference leads to a loop of references, once for each loop."""
        loop = _loop(self._document, reference)
        if loop and frozenset(loop) not in self._loops:
            self._loops.add(frozenset(loop))
            yield finding(
                "reference-cycle",
                pointer(*tokens_of(loop[0]), "$ref"),
                f"It leads to {', '.join(map(name_of, [*loop[1:], loop[0]]))}: to nothing else.",
                "Let one of them lead to a thing.",
            )


def _wrong_kind(
    look: Look, target: object, thing: Thing, reference: str, place: Place, known: set[str]
) -> Iterator[Finding]:
    other = Look(look.version)
    to = _place_of(reference)
    thing(target, to, other)
    is_elsewhere = is_in_file(reference)
    if known or (other.findings and not is_elsewhere):
        what = f"it is a {sorted(known)[0]}." if known else other.findings[0].message
        yield finding(
            "wrong-reference",
            pointer_of(place),
            f"{name_of(reference)} does not lead to a {thing.name}: {what}",
            f"Refer to a {thing.name}.",
        )
        look.broken.add(thing.name)
        return
    yield from other.findings
    for key, names in other.kinds.items():
        look.kinds.setdefault(key, set()).update(names)
    look.references += other.references


def _place_of(reference: str) -> Place:
    place: Place = ()
    for token in tokens_of(reference):
        place = (place, token)
    return place


def _loop(document: Document, reference: str) -> list[str]:
    """Return the references of the loop that one leads to, from the first on; none for no loop."""
    chain: list[str] = []
    while reference not in chain and len(chain) <= LONGEST_CHAIN:
        chain.append(reference)
        try:
            found = resolve(document, reference)
        except LookupError:
            return []
        if not is_object(found) or not isinstance(found.get("$ref"), str):
            return []
        reference = found["$ref"]
    loop = chain[chain.index(reference) :] if reference in chain else [reference]
    first = loop.index(min(loop))
    return loop[first:] + loop[:first]


__all__ = ["check_references"]
