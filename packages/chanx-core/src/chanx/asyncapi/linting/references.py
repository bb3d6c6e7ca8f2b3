"""The check that references lead to what they are for."""

from collections.abc import Iterator

from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.linting.grammar import Look, Place, Thing, pointer_of
from chanx.asyncapi.linting.grammar.formats import uri_reference
from chanx.asyncapi.reading import Document
from chanx.asyncapi.reading.files import KEY, is_in_file, name_of, split
from chanx.asyncapi.walk import LONGEST_CHAIN, JsonObject, is_object, located, resolve, tokens_of


def check_references(document: Document, look: Look) -> Iterator[Finding]:
    """References lead to a thing of their kind, and nothing stands beside them.

    What they lead to, where AsyncAPI itself does not look, is looked at, too.

    Args:
        document: The document.
        look: The look at it; it gets to know what references lead to.
    """
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
        uri_reference(node["$ref"], (place, "$ref"), look)
        yield from _followed(document, look, node["$ref"], thing, (place, "$ref"))


def _followed(
    document: Document, look: Look, reference: str, thing: Thing, place: Place
) -> Iterator[Finding]:
    at = pointer_of(place)
    if is_in_file(reference) and split(reference)[0] not in document.get(KEY, {}):
        return  # told once, however many refer to the file
    if not reference.startswith("#"):
        yield finding(
            "unread-file",
            at,
            f"{reference} was not read.",
            "What is there is not checked: keep it in a file beside the document.",
        )
        return
    try:
        value = resolve(document, reference)
    except LookupError:
        yield finding(
            "dangling-reference",
            at,
            f"{name_of(reference)} leads nowhere.",
            "Correct the reference, or add what it means.",
        )
        return
    target, _ = located(document, value, "")
    if target is None and is_object(value):
        if _is_cycle(document, value):
            yield finding(
                "reference-cycle",
                at,
                f"{name_of(reference)} leads to references, and these to none but references.",
                "Let one of them lead to a thing.",
            )
        return
    known = look.kinds.get(id(target), set())
    if thing.name not in known and not (thing.name == "schema" and isinstance(target, bool)):
        yield from _wrong_kind(look, target, thing, reference, place, known)


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


def _is_cycle(document: Document, value: JsonObject) -> bool:
    seen: set[str] = set()
    found: object = value
    while is_object(found) and isinstance(reference := found.get("$ref"), str):
        if reference in seen or len(seen) > LONGEST_CHAIN:
            return True
        seen.add(reference)
        try:
            found = resolve(document, reference)
        except LookupError:
            return False
    return False


__all__ = ["check_references"]
