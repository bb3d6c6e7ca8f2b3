"""How what is daphne's is found behind middleware, and what its errors become."""

from functools import partial
from typing import Any

import pytest
from autobahn.exception import Disconnected
from daphne.server import Server  # type: ignore[import-untyped]  # it has no types

from chanx.core.asgi import Event, Send
from chanx.core.frame_limits import frame_limit_of
from chanx.ext.channels.daphne import Outflow, paced


class Transport:
    """As Twisted's: it tells one producer when it holds too much."""

    def __init__(self) -> None:
        self.producer: Any = None

    def unregisterProducer(self) -> None:  # Twisted's name
        self.producer = None

    def registerProducer(self, producer: Any, streaming: bool) -> None:  # Twisted's
        assert streaming
        self.producer = producer


class Protocol:
    def __init__(self) -> None:
        self.transport = Transport()


class Wrapper:
    def __init__(self, send: Send) -> None:
        self.real_send = send

    async def send(self, event: Event) -> None:
        await self.real_send(event)


class Unbound:
    """As a proxy of the present request outside of one: whatever it is asked, it raises."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("working outside of a request")

    def __call__(self) -> None: ...


class WithProxy(Wrapper):
    def __init__(self, send: Send) -> None:
        self.request = Unbound()
        super().__init__(send)


def closed_over(send: Send) -> Send:
    async def sending(event: Event) -> None:
        await send(event)

    return sending


def as_it_is(send: Send) -> Send:
    return send


def of_an_object(send: Send) -> Send:
    return Wrapper(send).send


def beside_a_proxy(send: Send) -> Send:
    return WithProxy(send).send


def of_both(send: Send) -> Send:
    return closed_over(of_an_object(closed_over(send)))


@pytest.mark.parametrize("wrap", [as_it_is, closed_over, of_an_object, beside_a_proxy, of_both])
def test_daphnes_own_send_is_found_behind_middleware(wrap: Any) -> None:
    protocol = Protocol()
    server: Any = Server(application=None, endpoints=["tcp:0"])
    found = paced(wrap(partial(server.handle_reply, protocol)))
    assert isinstance(found, Outflow)
    assert protocol.transport.producer is found


def test_what_waits_for_the_client_does_not_hide_daphnes_limit_of_a_frame() -> None:
    server: Any = Server(application=None, endpoints=["tcp:0"], websocket_max_message_size=99)
    found = frame_limit_of(paced(of_both(partial(server.handle_reply, Protocol()))))
    assert found == (99, "daphne", "--websocket-max-message-size")
    found = frame_limit_of(beside_a_proxy(partial(server.handle_reply, Protocol())))
    assert found == (99, "daphne", "--websocket-max-message-size")


def test_the_send_of_other_servers_stays_as_it_is() -> None:
    async def send(event: Event) -> None: ...

    wrapped = closed_over(Wrapper(send).send)
    assert paced(wrapped) is wrapped


async def test_a_client_that_has_left_is_told_in_the_way_of_asgi() -> None:
    async def send(event: Event) -> None:
        raise Disconnected("Attempt to send on a closed protocol")

    with pytest.raises(ConnectionResetError):
        await Outflow(send, Transport())({"type": "websocket.send", "text": ""})


async def test_other_errors_stay_what_they_are() -> None:
    async def send(event: Event) -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  # a bare one
        await Outflow(send, Transport())({"type": "websocket.send", "text": ""})
