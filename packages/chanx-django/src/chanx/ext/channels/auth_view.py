"""The view that decides, where an authenticator names no other."""

from typing import Any

from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer


class ChanxSerializer(Serializer[Any]):
    """Takes and gives nothing: what a handshake has for a body."""


class ChanxAuthView(GenericAPIView[Any]):
    """Answers every HTTP verb with nothing but whether the client is let in.

    Subclass it, or any other generic view, for an ``auth_view_class`` with classes of its own.

    Example:
        >>> from rest_framework.permissions import IsAuthenticated
        >>> class MembersOnly(ChanxAuthView):
        ...     permission_classes = [IsAuthenticated]
    """

    # GenericAPIView asserts that there is one, where anything asks for it.
    serializer_class: type[BaseSerializer[Any]] | None = ChanxSerializer

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let in whom the permissions let in."""
        return Response()

    post = get
    put = get
    patch = get
    delete = get

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]  # as in REST framework itself
        """Let in whom the permissions let in."""
        return self.get(request, *args, **kwargs)


class AnyContent(DefaultContentNegotiation):
    """Lets neither ``?format=`` nor an Accept header refuse a handshake, which has no content."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """Return the first renderer."""
        return renderers[0], renderers[0].media_type


__all__ = ["AnyContent", "ChanxAuthView", "ChanxSerializer"]
