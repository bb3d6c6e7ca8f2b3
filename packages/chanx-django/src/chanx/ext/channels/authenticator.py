"""Django REST framework's authentication and permissions, for the handshake of a WebSocket."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, cast

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.handlers.base import BaseHandler
from django.db.models import Manager, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.authentication import BaseAuthentication
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from chanx.core.asgi import Scope
from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.overrides import check_hooks
from chanx.core.subprotocols import plain_subprotocols
from chanx.ext.channels.auth_view import AnyContent, ChanxAuthView, ChanxSerializer
from chanx.ext.channels.credentials import (
    DerivedCredentials,
    moved_authorization,
)
from chanx.ext.channels.database import database_cleanup
from chanx.ext.channels.declarations import check_parts_of_views
from chanx.ext.channels.handshake import handshake_request, refusal_data, refusal_headers
from chanx.ext.channels.password_turns import turn_of

if TYPE_CHECKING:
    # What permissions may be, `A & B` included; it exists in the stubs only.
    from rest_framework.permissions import (
        _PermissionClass as PermissionClass,  # pyright: ignore[reportPrivateUsage]
    )

AuthMethod = Literal["get", "post", "put", "patch", "delete", "options"]

VIEW_GETTERS: Final = {
    "authentication_classes": "get_authenticators",
    "permission_classes": "get_permissions",
    "throttle_classes": "get_throttles",
}
"""The methods by which a view may say otherwise than its classes."""

_GENERIC: Final[Any] = GenericAPIView

# As request.META has the header, where REST framework's classes look (get_authorization_header).
_AUTHORIZATION: Final = "HTTP_AUTHORIZATION"

_VIEW_ATTRIBUTES: Final = (*VIEW_GETTERS, "lookup_field", "lookup_url_kwarg")

_ACTIONS: Final = {
    "post": "create",
    "put": "update",
    "patch": "partial_update",
    "delete": "destroy",
}
"""What HTTP verbs stand for in view sets, as REST framework's routers have it."""


def declared(kind: type, name: str) -> Any:
    """Return an attribute of an authenticator if a subclass sets it; None otherwise.

    Args:
        kind: The authenticator's class.
        name: The attribute.
    """
    kinds = kind.__mro__
    # By the classes before the root and not by the value: a subclass may set what is the default,
    # to say that the view's does not count.
    own = kinds[: kinds.index(DjangoAuthenticator)]
    return getattr(kind, name) if any(name in vars(each) for each in own) else None


class DjangoAuthenticator(BaseAuthenticator):
    """Lets in whom Django REST framework would let in.

    The handshake goes through ``auth_view_class`` as the HTTP request that it is: authentication,
    permissions, throttles and, with a ``queryset``, the object that the route names and the
    permissions for it, in one turn of the thread where Django's ORM runs. What REST framework would
    answer decides: its status is the one of the authentication message, whose ``data`` holds
    ``detail``, ``code`` and, where there are such headers, ``www_authenticate`` and
    ``retry_after`` (in camelCase with ``CAMELIZE``, as what REST framework answers is not), and the
    socket closes with 4000 plus the status.

    With ``ATOMIC_REQUESTS`` the view runs in a transaction, as for HTTP.

    Handlers find who and what as ``self.authenticator.user`` and ``self.authenticator.obj``, the
    user as ``self.scope["user"]`` and ``self.user``, too.

    Every attribute may be set on a subclass or an instance. Those of the view are overridden where
    they are, also where the view has a method for them (``get_permissions``).

    Attributes:
        authentication_classes: Who the client is; None for the view's.
        permission_classes: Who may connect; None for the view's.
        throttle_classes: Who connects too often; None for the view's.
        queryset: Where the object is looked up, a QuerySet or a Manager; True to look up none,
            whatever the view has; None for the view's, and no object if it has none either.
        auth_method: The HTTP verb that permissions and throttles see.
        auth_view_class: A generic view, or a view set, that decides.
        override_http_methods: Whether the view's own ``get``, ``post`` and so on (or a view set's
            ``retrieve``, ``create``, ...) are kept from running. If False, the one of
            ``auth_method`` runs once everything else is permitted, and its response counts.
        lookup_field: The model's field that the route names the object by.
        lookup_url_kwarg: The route's name for it; None for ``lookup_field``.
        token_locations: Where clients may present a token that they cannot put in an Authorization
            header, as browsers cannot: ``Credential("token", "query")``, or of a ``"cookie"``,
            a ``"header"`` or a ``"subprotocol"``; the authentication classes find it in that
            header. Subprotocols are offered as ``name.token``, or ``name`` and then ``token``;
            tokens are taken out of ``scope["subprotocols"]`` and never sent back. Where there are
            tokens of several kinds, each has a name of its own, and a ``scheme``:
            ``Credential("key", "query", scheme="Token")``, ``Credential("jwt", "query",
            scheme="Bearer")``; the first one that a client presents counts.
        token_scheme: The first word of that header where the location has no ``scheme``; None for
            the one by which the first authentication class for tokens challenges (``Token``,
            ``Bearer``).
        credentials: What clients present, for the document and the check of origins; taken from
            the authentication classes unless a subclass lists them.
        user: Who is connected, or was refused; None until that is known.
        auth: REST framework's ``request.auth``, as a token; None if there is none.
        obj: The object; None if there is none.
        view: The view, while it decides: ``self.view.request`` and ``self.view.kwargs`` are for
            :meth:`get_queryset` and :meth:`get_object`.

    Raises:
        ConfigurationError: When a subclass is created whose methods cannot be called, or that has
            what only a view is asked for, such as ``get_permissions`` or ``filter_backends``.

    Example:
        >>> from django.contrib.auth.models import Group
        >>> from rest_framework.authentication import SessionAuthentication
        >>> from rest_framework.permissions import IsAuthenticated
        >>> class GroupAuthenticator(DjangoAuthenticator):
        ...     authentication_classes = [SessionAuthentication]
        ...     permission_classes = [IsAuthenticated]
        ...     queryset = Group.objects
        ...     lookup_url_kwarg = "group"
    """

    authentication_classes: Sequence[type[BaseAuthentication]] | None = None
    permission_classes: "Sequence[PermissionClass] | None" = None
    throttle_classes: Sequence[type[BaseThrottle]] | None = None
    # QuerySet[Any] | Manager[Any] | Literal[True] | None: type checkers take a Manager in a class
    # for the descriptor that it is in models, and let instances neither read nor set it.
    queryset: Any = None
    auth_method: AuthMethod = "get"
    auth_view_class: type[GenericAPIView[Any]] = ChanxAuthView
    override_http_methods: bool = True
    lookup_field: str = "pk"
    lookup_url_kwarg: str | None = None
    token_locations: Sequence[Credential] = ()
    token_scheme: str | None = None
    credentials: ClassVar[Sequence[Credential]] = cast("Any", DerivedCredentials())

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # When the class is made: in a handshake it would be a traceback for each client.
        check_hooks(cls, DjangoAuthenticator, ("get_queryset", "get_object"))
        check_parts_of_views(cls, DjangoAuthenticator, ChanxAuthView)

    def __init__(self, send_message: Callable[..., Any]) -> None:
        super().__init__(send_message)
        self.user: Any = None
        self.auth: Any = None
        self.obj: Any = None
        self._view: GenericAPIView[Any] | None = None
        self._is_permitted = False

    async def authenticate(self, scope: Scope) -> bool:
        """Have REST framework decide whether a connection is let in.

        Args:
            scope: The ASGI connection scope, whose ``"user"`` becomes who is connected.

        Returns:
            Whether the connection is let in.

        Raises:
            Exception: What REST framework's exception handler does not take for an answer.
        """
        try:
            # The turn before the thread: who waits for it in the thread would keep everybody else
            # waiting there.
            async with turn_of(scope):
                return await database_cleanup.run(self._decide, scope)
        # Also where it raised: consumers and middleware offer what stands here to the client
        # (core/subprotocols.py), and a token must never go back over the wire.
        finally:
            offered = scope.get("subprotocols", ())
            names = [each.name for each in self.token_locations if each.location == "subprotocol"]
            scope["subprotocols"] = plain_subprotocols(offered, names)

    @property
    def view(self) -> GenericAPIView[Any]:
        """The view, while it decides.

        Raises:
            RuntimeError: Before and after that.
        """
        if self._view is None:
            raise RuntimeError("There is no view before and after the authentication.")
        return self._view

    def get_queryset(self) -> QuerySet[Any]:
        """Return where the object is looked up; override it for what depends on the request."""
        view: Any = self.view
        kind: Any = _GENERIC
        # A view's own get_queryset() would never look at the queryset that is set here; REST
        # framework's does.
        if self._own("queryset") in (None, True):
            kind = self.auth_view_class
        found: QuerySet[Any] = kind.get_queryset(view)
        return found

    def get_object(self) -> Any:
        """Return the object; override it to find it otherwise.

        The permissions for what an override returns are checked when it has returned; None stands
        for no object.

        Raises:
            Exception: ``Http404`` and REST framework's exceptions refuse the connection.
        """
        return self.auth_view_class.get_object(self.view)

    # The rest runs in the ORM's thread.

    def _decide(self, scope: Scope) -> bool:
        try:
            return self._decide_on(handshake_request(scope, self.auth_method), scope)
        except (SuspiciousOperation, BadRequest):
            # As Django answers what it cannot read, or will not.
            self.status_code = HTTPStatus.BAD_REQUEST
            return False

    def _decide_on(self, request: HttpRequest, scope: Scope) -> bool:
        # A new one for each handshake, as for each request: views keep state.
        view = self._view = self._prepared_view()
        try:
            self._move_token(request, scope)
            route: Mapping[str, Any] = scope.get("url_route") or {}
            args, kwargs = route.get("args", ()), route.get("kwargs", {})
            # As View.as_view() does before dispatch: it has request, args and kwargs from here on,
            # which permissions and querysets read.
            view.setup(request, *args, **kwargs)
            # As Django runs a view with ATOMIC_REQUESTS: what a refused client wrote is undone.
            dispatch = BaseHandler().make_view_atomic(view.dispatch)
            if self._judge(dispatch(request, *args, **kwargs)):
                scope["user"] = self.user
                return True
            # Whom it refused is for the log alone; nothing of what was found is left for handlers
            # to trust.
            self.user, self.auth, self.obj = _client_of(view), None, None
            return False
        finally:
            self._view = None

    def _own(self, name: str) -> Any:
        """Return an attribute's value if a subclass or the instance sets it; None otherwise."""
        is_set = name in vars(self) or declared(type(self), name) is not None
        return getattr(self, name) if is_set else None

    def _prepared_view(self) -> Any:
        view: Any = self.auth_view_class()
        view.content_negotiation_class = AnyContent
        for name in _VIEW_ATTRIBUTES:
            value = self._own(name)
            if value is None:
                continue
            setattr(view, name, value)
            getter = VIEW_GETTERS.get(name)
            if getter is not None:
                # A view's own get_permissions() would go by its action, and never look at the
                # attribute set here.
                setattr(view, getter, partial(getattr(APIView, getter), view))
        queryset = self._own("queryset")
        if queryset is None or queryset is True:
            queryset = view.queryset
        # Filters take no Manager.
        view.queryset = queryset.all() if isinstance(queryset, Manager) else queryset
        # On the instance: the class serves HTTP requests as well.
        view.get_queryset = self.get_queryset
        view.get_object = self._find_object
        self._set_method(view)
        return view

    def _set_method(self, view: Any) -> None:
        """Have the view run what decides, and nothing else unless that is wanted."""
        name: str = self.auth_method
        # as_view() of a view set is told actions by a router; there is none, so what a router would
        # say.
        if issubclass(self.auth_view_class, ViewSetMixin):
            reading = "retrieve" if self._needs_object(view) else "list"
            name = _ACTIONS.get(name, reading if name == "get" else name)
            view.action_map = {self.auth_method: name}
        if self.override_http_methods:
            # The view may allow other verbs alone, and is there to decide all the same.
            view.http_method_names = [self.auth_method]
            method: Any = partial(ChanxAuthView.get, view)
        else:
            method = getattr(view, name, view.http_method_not_allowed)
        # dispatch() looks the handler up by this name once authentication, permissions and
        # throttles have passed (APIView.initial), so that running at all is being let through.
        setattr(view, self.auth_method, partial(self._answer, method))

    def _answer(
        self, method: Callable[..., HttpResponseBase], request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Answer a request that the view's permissions and throttles let through."""
        # Within dispatch: what get_object() raises goes through the view's handle_exception, as 404
        # or 403.
        if self._needs_object(self.view):
            self._find_object()
        response = method(request, *args, **kwargs)
        self.user, self.auth = request.user, request.auth
        self._is_permitted = True
        return response

    def _needs_object(self, view: Any) -> bool:
        here = type(self)
        there: Any = self.auth_view_class
        if here.get_object is not DjangoAuthenticator.get_object:
            return True
        if self._own("queryset") is True:
            return False
        return (
            view.queryset is not None
            or here.get_queryset is not DjangoAuthenticator.get_queryset
            or there.get_queryset is not _GENERIC.get_queryset
            or there.get_object is not _GENERIC.get_object
        )

    def _find_object(self) -> Any:
        """Look the object up, once."""
        if self.obj is None:
            # REST framework's own get_object() has checked the object's permissions itself.
            found = self.get_object()
            if found is not None and type(self).get_object is not DjangoAuthenticator.get_object:
                self.view.check_object_permissions(self.view.request, found)
            self.obj = found
        return self.obj

    def _move_token(self, request: HttpRequest, scope: Scope) -> None:
        """Put a token where the authentication classes look for it."""
        # A header that the client sent itself counts: the other places are for those who cannot.
        if _AUTHORIZATION in request.META:
            return
        if any(each.location == "query" for each in self.token_locations):
            len(request.GET)  # Django refuses as bad what has more fields than it takes
        moved = moved_authorization(
            scope,
            self.token_locations,
            self.view.authentication_classes,
            self.token_scheme,
        )
        if moved is not None:
            request.META[_AUTHORIZATION] = moved

    def _judge(self, response: HttpResponseBase) -> bool:
        data: Any = getattr(response, "data", None)
        # A view that answered before it asked its permissions, from a cache maybe, let in nobody.
        is_let_in = self._is_permitted and 200 <= response.status_code < 300
        if not is_let_in:
            self.status_code: int | None = response.status_code
            data = refusal_data(data, response, self.spell)
            self.denial_headers: Mapping[str, str] = refusal_headers(response)
        # To plain JSON by REST framework's own encoder: its data holds ErrorDetail, lazy texts,
        # dates and decimals.
        self.data: Any = json.loads(json.dumps(data, cls=JSONEncoder))
        return is_let_in


def _client_of(view: Any) -> Any:
    """Return whom a view refused; None if it did not come to know."""
    try:
        return view.request.user
    except Exception:  # noqa: BLE001 - a project's own code raises what it likes
        # It failed before it looked, and looking fails as well.
        return None


__all__ = [
    "VIEW_GETTERS",
    "AuthMethod",
    "ChanxAuthView",
    "ChanxSerializer",
    "DjangoAuthenticator",
    "declared",
]
