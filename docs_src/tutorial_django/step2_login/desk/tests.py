"""Run by ``python manage.py test``."""

from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from chanx.ext.channels.testing import DjangoWebsocketCommunicator, WebsocketTestCase
from desk.messages import Line, Say
from desk.models import Case


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

    async def test_owner_and_helper_talk(self) -> None:
        ada, grace = self.communicator(self.ada), self.communicator(self.grace)
        await ada.connect()
        await grace.connect()
        await ada.send_message(Say(payload="hello"))
        line = await grace.expect(Line)
        self.assertEqual((line.payload, line.by), ("hello", "ada"))

    async def test_others_are_refused(self) -> None:
        stranger = self.communicator(self.eve)
        await stranger.connect()
        await stranger.expect_closed(4403)
        nobody = self.create_communicator()
        await nobody.connect()
        await nobody.expect_closed(4401)
