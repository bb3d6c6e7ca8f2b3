"""Run by ``python manage.py test``."""

from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from chanx.ext.channels.testing import DjangoWebsocketCommunicator, WebsocketTestCase
from desk.messages import EntryData, Line, Say, Welcome
from desk.models import Case, Entry


class CaseTests(WebsocketTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ada = User.objects.create_user("ada")
        self.eve = User.objects.create_user("eve")
        self.grace = User.objects.create_user("grace", is_staff=True)
        self.case = Case.objects.create(owner=self.ada, title="A printer on fire")
        self.ws_path = f"/cases/{self.case.pk}/"
        self.tokens = {user: Token.objects.create(user=user).key for user in User.objects.all()}

    def communicator(self, user: User) -> DjangoWebsocketCommunicator:
        return self.create_communicator(subprotocols=["token", self.tokens[user]])

    async def test_who_comes_later_reads_what_was_said(self) -> None:
        ada, grace = self.communicator(self.ada), self.communicator(self.grace)
        await ada.connect()
        line = await ada.request(Say(payload="My printer is on fire."), expect=Line)
        await grace.connect()
        self.assertEqual((await grace.expect(Welcome)).payload, [line.payload])

    async def test_the_others_hear_it_too(self) -> None:
        ada, grace = self.communicator(self.ada), self.communicator(self.grace)
        await ada.connect()
        await grace.connect()
        await ada.send_message(Say(payload="Help!"))
        heard = (await grace.expect(Line)).payload
        entry = await Entry.objects.select_related("author").aget()
        self.assertEqual(heard, EntryData.of(entry))

    async def test_others_are_refused(self) -> None:
        stranger = self.communicator(self.eve)
        await stranger.connect()
        await stranger.expect_closed(4403)
        nobody = self.create_communicator()
        await nobody.connect()
        await nobody.expect_closed(4401)
