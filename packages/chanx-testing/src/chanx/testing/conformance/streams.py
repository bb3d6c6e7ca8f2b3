"""What holds of the answers of a stream: items, then one end, and nothing behind it."""

from collections.abc import Iterator

from chanx.testing.conformance.checks import Finding
from chanx.testing.conformance.scripts import Exchange, Received
from chanx.testing.conformance.subject import Subject, is_refusal, ref_of


def of_stream(subject: Subject, exchange: Exchange, answers: list[Received]) -> Iterator[Finding]:
    """Yield what is wrong with a stream.

    Args:
        subject: What the document says of the connection.
        exchange: The request, and what came of it.
        answers: What came with its ``ref``.
    """
    operation = exchange.operation
    if operation is None or not operation.ends:
        return  # nothing says how it ends
    ends = [
        index
        for index, item in enumerate(answers)
        for message in subject.matching("server", item.value)[:1]
        if message.name in operation.ends or is_refusal(message)
    ]
    said = " or ".join(sorted(operation.ends))
    own = f"[name for name in names if name in {sorted(operation.ends)!r}]"
    if not ends:
        yield Finding("C11", f"The stream of {operation.name} has no {said}.", own)
    elif len(ends) > 1:
        yield Finding(
            "C11", f"The stream of {operation.name} ends {len(ends)} times.", f"len({own}) == 1"
        )
    elif ends[0] != len(answers) - 1:
        count = len(answers) - 1 - ends[0]
        text = f"After {said}, {count} more came with the ref of {operation.name}."
        yield Finding("C11", text, f"names[-1] in {sorted(operation.ends)!r}")
    elif (late := _after_cancel(subject, exchange, answers)) > 1:
        text = f"{late} items of {operation.name} came after its cancelling was answered."
        yield Finding("C11", text, f"len(names) < {len(exchange.answers)}")


def _after_cancel(subject: Subject, exchange: Exchange, answers: list[Received]) -> int:
    """Return how many items came after the answer to the frame that cancels."""
    if exchange.cancelled_after is None:
        return 0
    own = {id(item) for item in answers}
    answered = next(
        (
            index
            for index, item in enumerate(exchange.answers)
            if id(item) not in own
            and any(
                ref_of(message, item.value) is not None
                for message in subject.matching("server", item.value)
            )
        ),
        len(exchange.answers),
    )
    return sum(id(item) in own for item in exchange.answers[answered:]) - 1


__all__ = ["of_stream"]
