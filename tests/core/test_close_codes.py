"""The table of close codes."""

import pytest

from chanx.asyncapi.clients.python.runtime.closing import verdict_of as verdict_of_clients
from chanx.core.close_codes import SUBSTITUTES, CloseCode, close_code_for, is_sendable, status_of
from chanx.core.closing import retry_of


@pytest.mark.parametrize("code", CloseCode)
def test_every_code_is_an_applications_and_says_what_it_means(code: CloseCode) -> None:
    assert code in (1000, 1012) or 4000 <= code <= 4999
    assert 0 < len(code.description.encode()) <= 123


def test_44xx_ask_not_to_retry_but_for_three_and_45xx_to_retry() -> None:
    assert {code.name for code in CloseCode if code.is_retryable} == {
        "SERVICE_RESTART",
        "HANDSHAKE_TIMEOUT",
        "TOO_LARGE",
        "TOO_MANY_REQUESTS",
        "INTERNAL_ERROR",
        "UNAVAILABLE",
        "SLOW_CONSUMER",
        "SILENT",
        "AGED",
    }


@pytest.mark.parametrize("code", CloseCode)
def test_a_code_says_by_itself_what_a_document_and_a_client_say_of_it(code: CloseCode) -> None:
    verdict = retry_of(code)
    assert code.is_retryable is (verdict in ("backoff", "spread"))
    assert verdict_of_clients(code) == verdict


@pytest.mark.parametrize("code", [*SUBSTITUTES, CloseCode.NORMAL, 3000, 4999])
def test_a_close_frame_may_carry_what_the_protocol_lets_an_endpoint_send(code: int) -> None:
    assert is_sendable(code)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, -1, "x", None, 1e3])
def test_a_close_frame_may_carry_nothing_else(code: object) -> None:
    assert not is_sendable(code)


def test_a_refusal_mirrors_its_http_status() -> None:
    assert close_code_for(401) == CloseCode.UNAUTHORIZED
    assert close_code_for(503) == CloseCode.UNAVAILABLE


def test_a_code_of_the_protocol_is_refused_with_the_status_of_its_substitute() -> None:
    assert [status_of(code) for code in (1012, 1011, 1008, 4401, 1000)] == [503, 500, 403, 401, 403]
