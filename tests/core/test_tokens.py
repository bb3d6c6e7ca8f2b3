"""Tokens in handshakes: where they are found, and which subprotocols are told back."""

from typing import Any

import pytest

from chanx.core.authenticator import Credential
from chanx.core.subprotocols import plain_subprotocol, plain_subprotocols
from chanx.core.tokens import sent_unasked, token_at


def scope(
    query: bytes = b"", subprotocols: tuple[str, ...] = (), **headers: bytes
) -> dict[str, Any]:
    return {
        "query_string": query,
        "headers": [(name.replace("_", "-").encode(), value) for name, value in headers.items()],
        "subprotocols": list(subprotocols),
    }


@pytest.mark.parametrize(
    ("location", "handshake", "token"),
    [
        (Credential("Authorization", "header"), scope(authorization=b"Bearer a.b"), "a.b"),
        (Credential("Authorization", "header"), scope(authorization=b"bearer   a"), "a"),
        (Credential("Authorization", "header"), scope(authorization=b"Token a"), None),
        (
            Credential("Authorization", "header", scheme="Token"),
            scope(authorization=b"token a"),
            "a",
        ),
        (Credential("Authorization", "header"), scope(authorization=b"Bearer"), None),
        (Credential("X-Token", "header"), scope(x_token=b" Bearer a "), "Bearer a"),
        (Credential("X-Token", "header"), scope(), None),
        (
            Credential("Authorization", "header"),
            {
                "headers": [
                    (b"authorization", each) for each in (b"Basic a", b"Bearer", b"Bearer b")
                ]
            },
            "b",
        ),
        (
            Credential("X-Token", "header"),
            {"headers": [(b"x-token", each) for each in (b"", b"a", b"b")]},
            "a",
        ),
        (Credential("token", "query"), scope(b"token=a%20b&other=c"), "a b"),
        (Credential("token", "query"), scope(b"token=a&token=b"), "b"),
        (Credential("token", "query"), scope(b"token="), None),
        (Credential("token", "query"), scope(b"tokens=a"), None),
        (Credential("token", "query"), scope(b"token=%ff"), "\ufffd"),
        (Credential("sid", "cookie"), scope(cookie=b"a=b; sid=c=d; e"), "c=d"),
        (Credential("sid", "cookie"), scope(cookie=b'sid="a b"'), "a b"),
        (Credential("sid", "cookie"), scope(cookie=b"asid=c"), None),
        (Credential("token", "subprotocol"), scope(subprotocols=("chat", "token", "a")), "a"),
        (Credential("token", "subprotocol"), scope(subprotocols=("token",)), None),
        (Credential("token.", "subprotocol"), scope(subprotocols=("chat", "token.a")), "a"),
        (Credential("token", "subprotocol"), scope(subprotocols=("token.a",)), "a"),
        (Credential("token", "subprotocol"), scope(subprotocols=("token", "tokena")), "tokena"),
        (Credential("token", "subprotocol"), scope(subprotocols=("token", "token.a")), "token.a"),
        (Credential("t", "subprotocol"), scope(subprotocols=("t", "ta")), "ta"),
        (Credential("token", "subprotocol"), scope(subprotocols=("tokens", "a")), None),
        (Credential("token.", "subprotocol"), scope(subprotocols=("token", "a")), None),
    ],
)
def test_a_token_is_found_where_it_stands(
    location: Credential, handshake: dict[str, Any], token: str | None
) -> None:
    assert token_at(location, handshake) == token


@pytest.mark.parametrize(
    ("offers", "plain", "answer"),
    [
        (["token", "secret", "chat"], ["chat"], "chat"),
        (["chat", "token", "secret"], ["chat"], "chat"),
        (["token", "secret"], ["token"], "token"),
        (["token.secret"], [], None),
        (["token", "tokensecret"], ["token"], "token"),
        (["token", "token.secret", "chat"], ["chat"], "chat"),
        (["tokens", "chat"], ["tokens", "chat"], "tokens"),
        (["token", "token", "secret"], ["token"], "token"),
        (["chät", "chat"], ["chät", "chat"], "chat"),
        ([], [], None),
    ],
)
def test_a_token_among_subprotocols_is_never_told_back(
    offers: list[str], plain: list[str], answer: str | None
) -> None:
    assert plain_subprotocols(offers, ["token"]) == plain
    assert plain_subprotocol({"subprotocols": offers}, ["token"]) == answer


def test_what_browsers_send_whoever_asks() -> None:
    assert sent_unasked([Credential("token", "query"), Credential("sid", "cookie")])
    assert sent_unasked([Credential("Authorization", "header", scheme="basic")])
    assert not sent_unasked([Credential("Authorization", "header"), Credential("t", "subprotocol")])
