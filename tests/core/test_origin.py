"""Which origins may connect."""

import pytest

from chanx.core.origin import is_allowed, origin_of


def test_the_origin_is_a_header_of_the_handshake() -> None:
    headers = [(b"host", b"a.example"), (b"origin", b"https://a.example")]
    assert origin_of({"headers": headers}) == "https://a.example"


def test_a_client_that_is_no_browser_has_no_origin_and_is_let_in() -> None:
    assert origin_of({"headers": []}) is None
    assert is_allowed(None, ["https://a.example"])


@pytest.mark.parametrize(
    ("origin", "pattern"),
    [
        ("https://a.example", "https://a.example"),
        ("HTTPS://A.Example", "https://a.example"),
        ("https://a.example:443", "https://a.example"),
        ("http://a.example", "http://a.example:80"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://chat.a.example", "https://*.a.example"),
        ("https://deep.chat.a.example", "https://*.a.example"),
        ("https://anything.example", "*"),
        ("null", "*"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://xn--bcher-kva.example", "https://bücher.example"),
        ("https://xn--bcher-kva.example", "https://BÜCHER.example:443"),
        ("https://xn--bcher-kva.example", "https://bu\u0308cher.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://chat.xn--bcher-kva.example", "https://*.bücher.example"),
        ("https://xn--fa-hia.example", "https://faß.example"),
        ("https://xn--r8jz45g.xn--zckzah", "https://例え.テスト"),
        ("https://xn--r8jz45g.xn--zckzah", "https://例え。テスト"),
        ("https://xn--e1afmkfd.xn--p1ai", "https://Пример.рф"),
    ],
)
def test_an_origin_matches_its_pattern(origin: str, pattern: str) -> None:
    assert is_allowed(origin, [pattern])


@pytest.mark.parametrize(
    ("origin", "pattern"),
    [
        ("http://a.example", "https://a.example"),
        ("https://a.example:8443", "https://a.example"),
        ("https://a.example.evil.example", "https://a.example"),
        ("https://a.example@evil.example", "https://a.example"),
        ("https://evila.example", "https://*.a.example"),
        ("https://a.example", "https://*.a.example"),
        ("null", "https://a.example"),
        ("", "https://a.example"),
        ("a.example", "https://a.example"),
        ("https://", "https://a.example"),
        ("http://[::1", "https://a.example"),
        ("https://a.example:port", "https://a.example"),
        ("https://a.example:99999", "https://a.example"),
        ("https://bucher.example", "https://bücher.example"),
        ("https://fass.example", "https://faß.example"),
    ],
)
def test_any_other_origin_is_foreign(origin: str, pattern: str) -> None:
    assert not is_allowed(origin, [pattern])


def test_no_list_lets_every_origin_in_and_an_empty_one_none() -> None:
    assert is_allowed("https://a.example", None)
    assert not is_allowed("https://a.example", [])
