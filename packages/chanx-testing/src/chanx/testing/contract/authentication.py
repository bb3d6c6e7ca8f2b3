"""The life of an authentication: its end, new credentials, and ends that others ask for."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.limits import Limits
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import settled
from chanx.testing.contract.messages import Said, Say, Wait, Waited
from chanx.testing.contract.times import passed


class Named(BaseAuthenticator):
    """Takes the query's word for who that is, for a minute."""

    async def authenticate(self, scope: Any) -> bool:
        scope["user"] = scope["query_string"].decode()
        self.expires_at = time.time() + 60
        return True


class Lasting(Named):
    async def authenticate(self, scope: Any) -> bool:
        scope["user"] = scope["query_string"].decode()
        return True


class Member(Consumer):
    authenticator_class: ClassVar[type[BaseAuthenticator] | None] = Lasting
    send_authentication_message: ClassVar[bool | None] = False

    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=message.payload)


class AuthenticationContract(Contract):
    async def test_an_authentication_that_has_expired_ends_the_connection_after_the_grace(
        self,
    ) -> None:
        class Room(Member):
            authenticator_class = Named
            limits = Limits(authentication_grace=10)

        client, clock = self.timed(Room)
        async with client:
            await client.open()
            await passed(clock, 65)
            client.send(action="say", payload="within the grace")
            assert (await client.message())["payload"] == "within the grace"
            await passed(clock, 6)
            assert await client.closed() == 4401

    @pytest.mark.parametrize("in_thread", [False, True])
    async def test_new_credentials_let_it_live_on(self, in_thread: bool) -> None:
        class Room(Member):
            authenticator_class = Named
            limits = Limits(authentication_grace=10)

            @ws_handler(refresh=True)
            async def wait(self, message: Wait) -> Waited:
                if in_thread:
                    await asyncio.to_thread(self.renew, message.payload)
                else:
                    self.renew(message.payload)
                return Waited()

            def renew(self, seconds: int) -> None:
                assert self.authenticator is not None
                # The clock of the connection stands still, and that of the wall does not.
                self.authenticator.expires_at = datetime.now(UTC) + timedelta(seconds=seconds)

        client, clock = self.timed(Room)
        async with client:
            await client.open()
            await passed(clock, 50)
            client.send(action="wait", payload=100)
            await client.message()
            await passed(clock, 100)
            assert client.unseen == 0
            client.send(action="wait", payload=20)
            await client.message()
            await passed(clock, 29)
            assert client.unseen == 0
            await passed(clock, 2)
            assert await client.closed() == 4401

    async def test_connect_says_until_when_a_connection_may_stay(self) -> None:
        class Room(Member):
            authenticator_class = None
            limits = Limits(authentication_grace=10)

            async def connect(self) -> None:
                self.expires_at = time.time() + 60

            @ws_handler
            async def say(self, message: Say) -> Said:
                return Said(payload=str(self.expires_at is not None))

        client, clock = self.timed(Room)
        async with client:
            await client.open()
            await passed(clock, 65)
            client.send(action="say")
            assert (await client.message())["payload"] == "True"
            await passed(clock, 6)
            assert await client.closed() == 4401

    @pytest.mark.parametrize("in_thread", [False, True])
    async def test_a_handler_says_until_when_a_connection_may_stay(self, in_thread: bool) -> None:
        class Room(Member):
            authenticator_class = None
            limits = Limits(authentication_grace=10)

            @ws_handler(refresh=True)
            async def wait(self, message: Wait) -> Waited:
                until = datetime.now(UTC) + timedelta(seconds=message.payload)
                if in_thread:
                    await asyncio.to_thread(setattr, self, "expires_at", until)
                else:
                    self.expires_at = until if message.payload else None
                return Waited()

        client, clock = self.timed(Room)
        async with client:
            await client.open()
            client.send(action="wait", payload=100)
            await client.message()
            await passed(clock, 105)
            assert client.unseen == 0
            client.send(action="wait", payload=20)
            await client.message()
            await passed(clock, 29)
            assert client.unseen == 0
            await passed(clock, 2)
            assert await client.closed() == 4401

    async def test_an_end_may_be_taken_back(self) -> None:
        class Room(Member):
            authenticator_class = None

            async def connect(self) -> None:
                self.expires_at = time.time() + 60

            async def post_authentication(self) -> None:
                self.expires_at = None

        client, clock = self.timed(Room)
        async with client:
            await client.open()
            client.send(action="say", payload="here")
            await client.message()
            assert clock.pending == 0

    async def test_what_a_consumer_says_is_what_its_authenticator_says(self) -> None:
        seen: list[float | None] = []

        class Room(Member):
            authenticator_class = Named

            async def connect(self) -> None:
                assert self.authenticator is not None
                seen.append(self.authenticator.expires_at)
                self.expires_at = time.time() + 600
                seen.append(self.authenticator.expires_at)

            async def disconnect(self, code: int) -> None:
                self.expires_at = None
                seen.append(self.expires_at)

        async with self.client(Room) as client:
            await client.open()
            await settled()
        first, second, last = seen
        assert first is not None
        assert second is not None
        assert second - first > 500
        assert last is None

    async def test_a_consumer_too_takes_a_moment_that_everybody_knows(self) -> None:
        class Room(Member):
            authenticator_class = None

            async def connect(self) -> None:
                with pytest.raises(ConfigurationError, match=r"Room\.expires_at is 'soon'"):
                    self.expires_at = "soon"  # type: ignore[assignment]

        async with self.client(Room) as client:
            await client.open()
            client.send(action="say", payload="here")
            assert (await client.message())["payload"] == "here"

    async def test_an_authentication_without_an_end_has_no_timer(self) -> None:
        client, clock = self.timed(Member)
        async with client:
            await client.open()
            client.send(action="say", payload="here")
            await client.message()
            assert clock.pending == 0

    @pytest.mark.parametrize("wrong", ["soon", True, float("nan"), datetime(2030, 1, 1)])
    def test_an_end_is_a_moment_that_everybody_knows(self, wrong: Any) -> None:
        async def send(message: object) -> None: ...

        with pytest.raises(ConfigurationError, match="expires_at"):
            Lasting(send).expires_at = wrong

    # Ends that others ask for

    async def test_a_user_is_disconnected_everywhere_and_nobody_else(self) -> None:
        class Other(Member):
            pass

        async with (
            self.client(Member, query="ada") as first,
            self.client(Other, query="ada") as second,
            self.client(Member, query="bob") as bob,
        ):
            for client in (first, second, bob):
                await client.open()
            await settled()
            await self.adapted(Member).disconnect_user("ada", 4403, "Banned.")
            for client in (first, second):
                event = await client.event()
                assert (event["code"], event["reason"]) == (4403, "Banned.")
            bob.send(action="say", payload="here")
            assert (await bob.message())["payload"] == "here"

    async def test_a_group_is_disconnected(self) -> None:
        class Room(Member):
            groups = ("room",)

        async with self.client(Room) as inside, self.client(Member) as outside:
            await inside.open()
            await outside.open()
            await settled()
            await self.adapted(Room).disconnect_group("room")
            assert await inside.closed() == 4403
            outside.send(action="say", payload="here")
            assert (await outside.message())["payload"] == "here"

    async def test_who_is_disconnected_waits_for_no_event_before(self) -> None:
        class Room(Member):
            groups = ("room",)

            @event_handler
            async def waited(self, event: Waited) -> None:
                await asyncio.Event().wait()

        async with self.client(Room) as client:
            await client.open()
            await settled()
            await self.adapted(Room).broadcast_event(Waited(), ["room"])
            await settled()
            await self.adapted(Room).disconnect_group("room")
            assert await client.closed() == 4403

    async def test_synchronous_code_disconnects_too(self) -> None:
        class Room(Member):
            groups = ("room",)

        async with self.client(Member, query="ada") as ada, self.client(Room, query="bob") as bob:
            for client in (ada, bob):
                await client.open()
            await settled()
            await asyncio.to_thread(self.adapted(Member).disconnect_user_sync, "ada")
            assert await ada.closed() == 4401
            await asyncio.to_thread(self.adapted(Room).disconnect_group_sync, "room")
            assert await bob.closed() == 4403

    async def test_the_group_of_a_user_is_in_no_list_and_off_where_it_is_not_wanted(self) -> None:
        class Off(Member):
            disconnect_users = False

        listed: list[str] = []

        class Noting(Member):
            async def post_authentication(self) -> None:
                listed.extend(self.groups)

        async with self.client(Off, query="ada") as off, self.client(Noting, query="ada") as on:
            await off.open()
            await on.open()
            await settled()
            assert listed == []
            await self.adapted(Member).disconnect_user("ada")
            assert await on.closed() == 4401
            off.send(action="say", payload="here")
            assert (await off.message())["payload"] == "here"

    async def test_only_codes_that_a_close_frame_carries_are_sent(self) -> None:
        with pytest.raises(ConfigurationError, match="close"):
            await self.adapted(Member).disconnect_user("ada", 1006)

    def adapted(self, consumer: type[Consumer]) -> type[Consumer]:
        """Return a consumer as the adapter's, which finds its layer as the adapter does."""
        application: Any = self.application(consumer)
        found: type[Consumer] = getattr(application, "consumer_class", consumer)
        return found


__all__ = ["AuthenticationContract"]
