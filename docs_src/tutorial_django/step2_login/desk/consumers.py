"""The room of a case."""

from typing import ClassVar

from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.permissions import IsAuthenticated

from chanx.core.authenticator import Credential
from chanx.ext.channels import AsyncJsonWebsocketConsumer, ws_handler
from chanx.ext.channels.authenticator import DjangoAuthenticator
from desk.messages import Line, Say
from desk.models import Case
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
class CaseConsumer(AsyncJsonWebsocketConsumer):
    """The room of one case, for its owner and those who help."""

    authenticator_class = CaseAuthenticator
    emits: ClassVar = [Line]

    @property
    def case(self) -> Case:
        """The case, as the authenticator found it."""
        assert isinstance(self.authenticator, CaseAuthenticator)
        case: Case = self.authenticator.obj
        return case

    async def connect(self) -> None:
        self.groups = [f"case {self.case.pk}"]

    @ws_handler
    async def say(self, message: Say) -> None:
        """Say something to everyone in the room."""
        await self.broadcast_message(Line(payload=message.payload, by=self.user.username))
