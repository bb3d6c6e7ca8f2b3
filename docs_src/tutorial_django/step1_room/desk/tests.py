"""Run by ``python manage.py test``."""

from chanx.ext.channels.testing import WebsocketTestCase
from desk.messages import Said, Say


class CaseTests(WebsocketTestCase):
    ws_path = "/cases/1/"

    async def test_everyone_in_a_room_hears_what_is_said(self) -> None:
        ada, grace = self.create_communicator(), self.create_communicator()
        await ada.connect()
        await grace.connect()
        await ada.send_message(Say(payload="hello"))
        self.assertEqual(await grace.receive_message(), Said(payload="hello"))
