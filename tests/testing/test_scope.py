"""The scope that applications get is complete, as a server's."""

from chanx.testing.scope import websocket_scope


def test_a_scope_has_every_key_of_the_specification() -> None:
    scope = websocket_scope("/rooms/caf%C3%A9/?token=a%20b&x=1")
    assert scope == {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/rooms/café/",
        "raw_path": b"/rooms/caf%C3%A9/",
        "query_string": b"token=a%20b&x=1",
        "root_path": "",
        "headers": [(b"host", b"testserver")],
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
        "subprotocols": [],
        "state": {},
        "extensions": {"websocket.http.response": {}},
    }


def test_a_whole_address_gives_scheme_host_and_port() -> None:
    scope = websocket_scope("wss://chat.example.com/rooms?x=1")
    assert (scope["scheme"], scope["server"]) == ("wss", ("chat.example.com", 443))
    assert (scope["path"], scope["query_string"]) == ("/rooms", b"x=1")
    assert scope["headers"] == [(b"host", b"chat.example.com")]


def test_header_names_are_in_lower_case_and_a_given_host_stays() -> None:
    scope = websocket_scope("/", [(b"Host", b"other"), (b"Cookie", b"a=b")])
    assert scope["headers"] == [(b"host", b"other"), (b"cookie", b"a=b")]


def test_subprotocols_are_offered_in_a_header_too() -> None:
    scope = websocket_scope("/", subprotocols=["v1", "v2"])
    assert scope["subprotocols"] == ["v1", "v2"]
    assert (b"sec-websocket-protocol", b"v1, v2") in scope["headers"]
