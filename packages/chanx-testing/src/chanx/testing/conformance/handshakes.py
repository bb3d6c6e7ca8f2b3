"""Handshakes that are to be refused, and those that are not: credentials, addresses, queries."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

from chanx.asyncapi.walk import array_of, escaped, is_object, object_of
from chanx.testing.conformance.checks import Finding
from chanx.testing.conformance.conversation import Arrival, Conversation
from chanx.testing.conformance.judging import NO_ERROR_IN_LOG
from chanx.testing.conformance.opening import Opening, Place, opening_of, parameters_of, places_of
from chanx.testing.conformance.subject import Subject, is_refusal

_WRONG: Final = "wrong"
_ELSEWHERE: Final = (
    Place("query", "token"),
    Place("query", "access_token"),
    Place("cookie", "token"),
    Place("header", "authorization", "bearer"),
    Place("header", "x-api-key"),
    Place("subprotocol", "token", form="pair"),
)
"""Where servers take credentials without saying so."""

_TEXTS: Final = ("not-a-number", "-1", "no such value", "x" * 300, "!", "999999999999", "1.5")
_MOST: Final = 3

Found = tuple[Arrival, Finding]


class Handshakes:
    """Tries handshakes out, one after the other.

    Args:
        conversation: Connects.
    """

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._subject: Subject = conversation.subject
        self._hooks = conversation.hooks
        self._places = places_of(self._subject)
        self.notes: list[str] = []
        """What could not be tried, and why."""

    async def found(self) -> AsyncIterator[Found]:
        """Yield what is wrong, each with the handshake of which it was seen."""
        async for item in self._credentials():
            yield item
        async for item in self._declared_places():
            yield item
        async for item in self._addresses():
            yield item

    # Credentials

    async def _bare(self) -> Opening:
        """Return a handshake of the first member that carries no credential."""
        opening = opening_of(self._subject, 0)
        await self._hooks.prepare(opening)
        for place in self._places:
            opening.drop(place)
        return opening

    async def _credentials(self) -> AsyncIterator[Found]:
        if not self._places:
            return
        yielded = [("without a credential", await self._bare())]
        for place in self._places:
            wrong = await self._bare()
            wrong.put(place, _WRONG)
            yielded.append((f"with a wrong credential in {place}", wrong))
            if expired := await self._hooks.expired(place):
                late = await self._bare()
                late.put(place, expired)
                yielded.append((f"with an expired credential in {place}", late))
        for how, opening in yielded:
            async for item in self._refused("C8", how, opening):
                yield item

    async def _declared_places(self) -> AsyncIterator[Found]:
        secrets = list[str]()
        for place in self._places:
            secret = await self._hooks.credentials(place, 0)
            if not secret:
                self.notes.append(f"C9 is not checked for {place}: `credentials` gives none.")
                continue
            secrets.append(secret)
            opening = await self._bare()
            opening.put(place, secret)
            arrival = await self._arrived(opening)
            if arrival.closed is not None:
                text = f"A credential in {place}, where it is declared, is refused."
                yield arrival, Finding("C9", text, _IS_OPEN)
        known = {(place.kind, place.name.lower()) for place in self._places}
        for place in _ELSEWHERE:
            if secrets and (place.kind, place.name) not in known:
                opening = await self._bare()
                opening.put(place, secrets[0])
                arrival = await self._arrived(opening)
                if arrival.closed is None:
                    text = f"A credential in {place}, which is not declared, lets a client in."
                    yield arrival, Finding("C9", text, _IS_CLOSED)

    # Addresses

    async def _addresses(self) -> AsyncIterator[Found]:
        for name, at in parameters_of(self._subject):
            for text in self._wrong_texts(at, is_path=True):
                opening = await self._conversation.opening(0)
                opening.parameters[name] = text
                async for item in self._refused("C10", f"with {name} = {text!r:.40}", opening):
                    yield item
        at = self._subject.channel.query.pointer if self._subject.channel.query else ""
        schema = object_of(self._subject.schemas.schema(at)) if at else {}
        declared = {place.name for place in self._places if place.kind == "query"}
        for name in object_of(schema.get("properties")):
            if name in declared:
                continue
            if name in array_of(schema.get("required")):
                opening = await self._conversation.opening(0)
                opening.query.pop(name, None)
                async for item in self._refused("C10", f"without the query's {name}", opening):
                    yield item
            for text in self._wrong_texts(f"{at}/properties/{escaped(name)}"):
                opening = await self._conversation.opening(0)
                opening.query[name] = text
                async for item in self._refused("C10", f"with ?{name}={text:.40}", opening):
                    yield item

    def _wrong_texts(self, at: str, *, is_path: bool = False) -> list[str]:
        return [*self._all_wrong(at, is_path=is_path)][:_MOST]

    def _all_wrong(self, at: str, *, is_path: bool) -> Iterator[str]:
        described = self._subject.schemas.schema(at)
        if not is_object(described):
            return
        listed = described.get("enum")
        if is_path and "x-schema" in described:
            at = f"{at}/x-schema"
        elif is_path and listed is None:
            return
        for text in _TEXTS:
            if (is_path and listed is not None and text not in listed) or all(
                self._subject.schemas.verdict(at, value) == "invalid" for value in _readings(text)
            ):
                yield text

    # Both

    async def _arrived(self, opening: Opening) -> Arrival:
        """Return what came of a handshake; the connection ends."""
        arrival = await self._conversation.arrive(opening)
        await arrival.connection.close()
        arrival.errors += self._conversation.host.errors()
        return arrival

    async def _refused(self, check: str, how: str, opening: Opening) -> AsyncIterator[Found]:
        arrival = await self._arrived(opening)
        codes = sorted(self._subject.close_codes)
        if arrival.errors:
            text = f"A handshake {how}: {arrival.errors[0]}."
            yield arrival, Finding("C13", text, NO_ERROR_IN_LOG)
        elif arrival.closed is None:
            yield arrival, Finding(check, f"A client is let in {how}.", _IS_CLOSED)
        elif codes and arrival.code not in codes:
            text = (
                f"A handshake {how} is refused with {arrival.code}, and x-close-codes has no such"
            )
            yield arrival, Finding(check, f"{text} code.", f"client.close_code in {codes}")
        for frame in arrival.received if check == "C8" and arrival.closed else ():
            if not self._is_refusing(frame.value):
                text = f"A client {how} is sent what is not a refusal: {frame.text}"
                names = {item.name for item in self._subject.matching("server", frame.value)}
                yield arrival, Finding(check, text, f"{{*names}}.isdisjoint({sorted(names)!r})")

    def _is_refusing(self, value: Any) -> bool:
        status = object_of(object_of(value).get("payload")).get("status_code")
        return any(
            is_refusal(message) or (isinstance(status, int) and status >= 400)
            for message in self._subject.matching("server", value)
        )


_IS_OPEN: Final = "client.close_code is None"
_IS_CLOSED: Final = "client.close_code is not None"


def _readings(text: str) -> Iterator[Any]:
    """Yield what a text in an address may stand for."""
    yield text
    try:
        yield json.loads(text)
    except ValueError:
        return


__all__ = ["Handshakes"]
