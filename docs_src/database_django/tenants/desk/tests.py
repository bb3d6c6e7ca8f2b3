"""Run by ``python manage.py test``."""

import asyncio

from chanx.ext.channels.testing import DjangoWebsocketCommunicator, WebsocketTestCase
from desk.consumers import Export, Exported, Line, Write
from desk.models import Entry
from desk.tenants import TENANTS


class TenantTests(WebsocketTestCase):
    databases = {"default", *TENANTS}  # noqa: RUF012 - as Django declares it

    def client_of(self, name: str) -> DjangoWebsocketCommunicator:
        return self.create_communicator(ws_path=f"/{name}/log/")

    async def test_what_one_tenant_writes_no_other_reads(self) -> None:
        clients = {name: self.client_of(name) for name in TENANTS}
        for client in clients.values():
            await client.connect()
        for _ in range(20):
            # At the same time: whoever read the other's tenant would write to the other.
            await asyncio.gather(
                *(
                    client.request(Write(payload=f"of {name}"), expect=Line)
                    for name, client in clients.items()
                )
            )
        for name, client in clients.items():
            await client.send_message(Export())
            for _ in range(20):
                self.assertEqual((await client.expect(Line)).payload, f"of {name}")
            await client.expect(Exported)

    async def test_what_a_tenant_writes_is_in_its_database(self) -> None:
        client = self.client_of("acme")
        await client.connect()
        await client.request(Write(payload="hello"), expect=Line)
        self.assertEqual(await Entry.objects.using("acme").acount(), 1)
        self.assertEqual(await Entry.objects.using("default").acount(), 0)

    async def test_a_tenant_that_is_not_there_is_refused(self) -> None:
        stranger = self.client_of("umbrella")
        await stranger.connect()
        await stranger.expect_closed(4404)
