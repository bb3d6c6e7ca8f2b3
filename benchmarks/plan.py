"""How much is measured."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The counts of one run.

    Attributes:
        rounds: Rounds that count, of what is measured within the process.
        warmups: Rounds before them that do not.
        echo_bytes: Bytes that one trial of an echo sends, as far as ``echoes`` permits.
        echoes: The least and the most messages of such a trial.
        connects: Connections that one trial opens and closes.
        members: Sizes of the groups that are broadcast to, ascending.
        deliveries: Deliveries of one trial of a broadcast.
        bystanders: Connections outside the group.
        layer_sends: Messages of one trial over a channel layer.
        served_rounds: Rounds that count, of the load under uvicorn.
        served_warmups: Rounds before them that do not.
        load_connections: Numbers of connections that echo at once.
        load_seconds: Seconds for which they do.
        idle_connections: Connections whose memory is measured.
        idle_rounds: Rounds of fresh servers that it is measured in.
        documents: Handlers and consumers of the applications whose documents are made.
        document_rounds: Rounds that count, of up to 100 handlers; of more, fewer.
    """

    rounds: int
    warmups: int
    echo_bytes: int
    echoes: tuple[int, int]
    connects: int
    members: tuple[int, ...]
    deliveries: int
    bystanders: int
    layer_sends: int
    served_rounds: int
    served_warmups: int
    load_connections: tuple[int, ...]
    load_seconds: float
    idle_connections: int
    idle_rounds: int
    documents: tuple[tuple[int, int], ...]
    document_rounds: int


FULL: Final = Plan(
    rounds=101,
    warmups=4,
    echo_bytes=64 * 1024,
    echoes=(4, 100),
    connects=20,
    members=(10, 100, 1000),
    deliveries=400,
    bystanders=1000,
    layer_sends=50,
    served_rounds=7,
    served_warmups=1,
    load_connections=(50, 500),
    load_seconds=2.0,
    idle_connections=1000,
    idle_rounds=4,
    documents=(
        (10, 1),
        (10, 10),
        (100, 1),
        (100, 10),
        (100, 100),
        (1000, 1),
        (1000, 10),
        (1000, 100),
    ),
    document_rounds=9,
)

QUICK: Final = Plan(
    rounds=1,
    warmups=0,
    echo_bytes=200,
    echoes=(1, 2),
    connects=1,
    members=(1, 2, 3),
    deliveries=1,
    bystanders=2,
    layer_sends=2,
    served_rounds=1,
    served_warmups=0,
    load_connections=(2,),
    load_seconds=0.1,
    idle_connections=3,
    idle_rounds=1,
    documents=((1, 1), (2, 2)),
    document_rounds=1,
)
"""Shows that every part works; its figures mean nothing."""
