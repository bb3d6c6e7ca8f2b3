"""What is done over HTTP."""

from typing import Any

from django.db import transaction
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, Serializer

from desk.consumers import CaseConsumer
from desk.messages import Closed
from desk.models import Case
from desk.permissions import IsOwnerOrHelper


class CloseSerializer(Serializer[Any]):
    """Why a case is closed."""

    why = CharField(max_length=100)


class CloseView(GenericAPIView[Any]):
    """Closes a case."""

    permission_classes = (IsAuthenticated, IsOwnerOrHelper)
    queryset = Case.objects.all()
    serializer_class = CloseSerializer

    @transaction.atomic
    def post(self, request: Request, pk: int) -> Response:
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        case = self.get_object()
        case.is_closed = True
        case.save()
        closed = Closed(payload=given.validated_data["why"])
        CaseConsumer.broadcast_event_on_commit(closed, [case.group])
        return Response(status=204)
