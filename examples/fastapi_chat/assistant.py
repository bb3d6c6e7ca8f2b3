"""A toy assistant: it knows a few paragraphs and always gives the same answer to a question."""

import asyncio
import re
from collections.abc import AsyncIterator

INTRODUCTION = (
    "chanx lets you write WebSocket endpoints as classes with typed handlers. A handler is an "
    "asynchronous method that takes one Pydantic message and returns another; the action on the "
    "wire decides which handler runs. Ask me about streams, refs, groups, errors, "
    "AsyncAPI or how this page reconnects."
)

TOPICS = {
    "stream": "A handler that is an asynchronous generator streams its replies: every word of this "
    "answer is one message that such a generator yields. Declared concurrent, it runs beside the "
    "other handlers of its connection, so that a stop message arrives while the stream goes on.",
    "ref": "Every request may carry a ref of the client's choosing. Each reply, error and "
    "completion that the request causes carries the same ref, and so this page knows which "
    "question these words answer.",
    "group": "A group is a set of connections, of this process or, with a Redis layer, of many. A "
    "broadcast to a group is encoded once, whether it reaches three members or three thousand; "
    "code outside a connection, such as an HTTP endpoint, sends typed events to groups.",
    "error": "A frame that does not validate is answered with a typed error that names each wrong "
    "field, and the socket stays open. What a handler raises stands in the server's log, never in "
    "an error that leaves the server.",
    "asyncapi": "The AsyncAPI document and its docs page come from the handlers' annotations, so "
    "they cannot drift away from what the server does.",
    "reconnect": "When the connection breaks, this page reconnects by itself and waits longer "
    "after each failure, with some chance in it. A close code of 44xx says not to retry, 45xx to "
    "retry later.",
}
"""What it knows, by the beginning of a word that a question about it has."""


class Assistant:
    """Answers word by word.

    Args:
        delay: Seconds between two words.
    """

    def __init__(self, delay: float) -> None:
        self._delay = delay

    async def answer(self, question: str, stop: asyncio.Event) -> AsyncIterator[str]:
        """Yield the words of the answer, each with the space after it.

        Args:
            question: What was asked.
            stop: Ends the answer early when it is set.
        """
        for word in re.findall(r"\S+\s*", _paragraph_about(question)):
            yield word
            if await _is_set_within(stop, self._delay):
                return


def _paragraph_about(question: str) -> str:
    for word in re.findall(r"\w+", question.casefold()):
        for topic, paragraph in TOPICS.items():
            if word.startswith(topic):
                return paragraph
    return INTRODUCTION


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
