"""The table of close codes."""

import pytest

from chanx.core.close_codes import SUBSTITUTES, CloseCode, close_code_for, is_sendable


@pytest.mark.parametrize("code", CloseCode)
def test_every_code_is_an_applications_and_says_what_it_means(code: CloseCode) -> None:
    assert code == 1000 or 4000 <= code <= 4999
    assert 0 < len(code.description.encode()) <= 123


def test_44xx_ask_not_to_retry_but_for_two_and_45xx_to_retry() -> None:
    assert {code.name for code in CloseCode if code.is_retryable} == {
        "HANDSHAKE_TIMEOUT",
        "TOO_MANY_REQUESTS",
        "INTERNAL_ERROR",
        "UNAVAILABLE",
        "SLOW_CONSUMER",
        "SILENT",
        "AGED",
    }


@pytest.mark.parametrize("code", [*SUBSTITUTES, CloseCode.NORMAL, 3000, 4999])
def test_a_close_frame_may_carry_what_the_protocol_lets_an_endpoint_send(code: int) -> None:
    assert is_sendable(code)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, -1, "x", None, 1e3])
def test_a_close_frame_may_carry_nothing_else(code: object) -> None:
    assert not is_sendable(code)


def test_a_refusal_mirrors_its_http_status() -> None:
    assert close_code_for(401) == CloseCode.UNAUTHORIZED
    assert close_code_for(503) == CloseCode.UNAVAILABLE
