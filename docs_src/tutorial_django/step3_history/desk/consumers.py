"""The room of a case."""

from typing import ClassVar

from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.permissions import IsAuthenticated

from chanx.core.authenticator import Credential
from chanx.core.limits import Limits
from chanx.ext.channels import AsyncJsonWebsocketConsumer, ws_handler
from chanx.ext.channels.authenticator import DjangoAuthenticator
from desk.messages import EntryData, Line, Say, Welcome
from desk.models import Case, Entry
from desk.permissions import IsOwnerOrHelper


# --8<-- [start:authenticator]
class CaseAuthenticator(DjangoAuthenticator):
    """Lets in who may see the case: pages by their session, programs by a token."""

    # The first one says how to answer strangers: with 401, as tokens have a challenge.
    authentication_classes = (TokenAuthentication, SessionAuthentication)
    permission_classes = (IsAuthenticated, IsOwnerOrHelper)
    queryset = Case.objects.all()
    token_locations = (Credential("token", "subprotocol", "For pages of other sites."),)


# --8<-- [end:authenticator]
# --8<-- [start:consumer]
class CaseConsumer(AsyncJsonWebsocketConsumer):
    """The room of one case, for its owner and those who help."""

    authenticator_class = CaseAuthenticator
    ready_message = Welcome
    emits: ClassVar = [Line]
    limits = Limits(max_messages_per_second=5, max_burst=20)

    @property
    def case(self) -> Case:
        """The case, as the authenticator found it."""
        assert isinstance(self.authenticator, CaseAuthenticator)
        case: Case = self.authenticator.obj
        return case

    async def connect(self) -> None:
        self.groups = [self.case.group]

    async def post_authentication(self) -> None:
        entries = Entry.objects.filter(case=self.case).select_related("author").order_by("pk")
        await self.send_message(Welcome(payload=[EntryData.of(each) async for each in entries]))

    @ws_handler
    async def say(self, message: Say) -> Line:
        """Say something to everyone in the room."""
        entry = await Entry.objects.acreate(case=self.case, author=self.user, text=message.payload)
        line = Line(payload=EntryData.of(entry))
        await self.broadcast_message(line, exclude_current=True)
        return line


# --8<-- [end:consumer]
