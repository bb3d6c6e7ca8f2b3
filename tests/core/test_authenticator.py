"""The interface of authenticators."""

import pytest

from chanx.core.authenticator import BaseAuthenticator
from chanx.messages import BaseMessage


async def send(message: BaseMessage) -> None: ...


@pytest.mark.parametrize(
    ("is_authenticated", "status", "outcome"),
    [
        (True, None, 200),
        (True, 201, 201),
        (False, None, 401),
        (False, 403, 403),
        (False, 200, 401),
        (False, 503, 503),
    ],
)
def test_the_outcome_is_a_status_that_fits(
    is_authenticated: bool, status: int | None, outcome: int
) -> None:
    authenticator = BaseAuthenticator(send)
    authenticator.status_code = status
    authenticator.data = {"name": "ada"}
    payload = authenticator.authentication_message(is_authenticated).payload
    assert (payload.status_code, payload.data) == (outcome, {"name": "ada"})


def test_a_status_without_a_phrase_is_told_as_its_number() -> None:
    authenticator = BaseAuthenticator(send)
    authenticator.status_code = 499
    assert authenticator.authentication_message(False).payload.status_text == "499"


async def test_an_authenticator_without_a_decision_says_what_to_define() -> None:
    with pytest.raises(TypeError, match="must define `async def authenticate"):
        await BaseAuthenticator(send).authenticate({})
