"""What is known of a cluster's nodes, which threads share."""

from chanx.layers.redis.nodes import Nodes
from chanx.layers.redis.servers import Server


class Interrupting(int):
    """The first slot of a range; while it is compared, another thread finds that all moved."""

    nodes: Nodes

    def __gt__(self, other: int) -> bool:
        self.nodes.forget()
        return int(self) > other


def test_a_thread_that_looks_while_another_forgets_goes_by_what_was_known() -> None:
    cluster = Server("redis+cluster://127.0.0.1:7000")
    nodes = Interrupting.nodes = Nodes(cluster)
    nodes.learn([(Interrupting(0), 16383, (b"127.0.0.1", 7001))], cluster.nodes[0])
    assert nodes.node_of("room") == cluster.node("127.0.0.1:7001")
    assert nodes.node_of("room") is None
