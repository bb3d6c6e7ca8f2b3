"""How many frames a client may send over time."""

from chanx.core.rate import TokenBucket


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(bucket: TokenBucket, most: int = 1000) -> int:
    """Take tokens until there are none, and return how many there were."""
    return next((count for count in range(most) if not bucket.take()), most)


def test_a_burst_is_admitted_and_no_more() -> None:
    assert taken(TokenBucket(rate=10, burst=5, clock=Clock())) == 5


def test_tokens_come_back_at_the_rate_and_no_more_than_a_burst_is_saved() -> None:
    clock = Clock()
    bucket = TokenBucket(rate=10, burst=5, clock=clock)
    taken(bucket)
    clock.now += 0.31
    assert taken(bucket) == 3
    clock.now += 3600
    assert taken(bucket) == 5


def test_parts_of_a_token_add_up() -> None:
    clock = Clock()
    bucket = TokenBucket(rate=1, burst=1, clock=clock)
    taken(bucket)
    clock.now += 0.5
    assert not bucket.take()
    clock.now += 0.5
    assert bucket.take()
