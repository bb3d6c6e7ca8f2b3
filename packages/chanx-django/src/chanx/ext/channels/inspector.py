"""A view with the page by which operators see connections, and end one."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.utils.decorators import classonlymethod, method_decorator
from django.views.decorators.csrf import csrf_protect
from django.views.generic import View

from chanx.core.errors import ConfigurationError
from chanx.observing.inspector import Inspector
from chanx.observing.inspector_page import CONNECTION_FIELD, INSPECTOR_HEADERS, inspector_page


# Whatever MIDDLEWARE has: without CsrfViewMiddleware any page could have an operator's browser end
# connections.
@method_decorator(csrf_protect, name="dispatch")
class InspectorView(View):
    """Shows the connections of the process that answers, and ends one, for those who may.

    Those are active members of the staff who have :attr:`permission`; others are answered with 403.
    ``admin.site.admin_view(...)`` around it sends them to the admin's login instead.

    Attributes:
        inspector: The inspector, which is in ``CHANX["OBSERVERS"]``.
        permission: The permission, such as ``"chat.inspect"``; None for superusers only.

    Raises:
        ConfigurationError: If it is put among the URLs without an inspector.

    Example:
        >>> from django.urls import path
        >>> inspector = Inspector()
        >>> urlpatterns = [path("inspector/", InspectorView.as_view(inspector=inspector))]
    """

    inspector: Inspector | None = None
    permission: str | None = None

    @classonlymethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """Return the view.

        Args:
            initkwargs: ``inspector`` and ``permission``.
        """
        # When URLs are loaded, rather than as a page without connections.
        if not isinstance(initkwargs.get("inspector", cls.inspector), Inspector):
            raise ConfigurationError(
                "InspectorView has no inspector: give InspectorView.as_view(inspector=...) the "
                'Inspector(...) that CHANX["OBSERVERS"] names.'
            )
        return super().as_view(**initkwargs)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer an operator, and refuse everybody else.

        Args:
            request: The request.
            args: What the route captured; not used.
            kwargs: What the route captured; not used.
        """
        # There is none without AuthenticationMiddleware, and then nobody may.
        user: Any = getattr(request, "user", None)
        if user is None or not (user.is_active and user.is_staff and self._permits(user)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def _permits(self, user: Any) -> bool:
        # A superuser has every permission, so that has_perm() alone would say the same to all where
        # none is named.
        permitted = user.is_superuser if self.permission is None else user.has_perm(self.permission)
        return bool(permitted)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page.

        Args:
            request: The request.
            args: What the route captured; not used.
            kwargs: What the route captured; not used.
        """
        assert self.inspector is not None
        token = {"csrfmiddlewaretoken": get_token(request)}
        return HttpResponse(inspector_page(self.inspector, token), headers=dict(INSPECTOR_HEADERS))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End a connection, and show the page again.

        Args:
            request: The request.
            args: What the route captured; not used.
            kwargs: What the route captured; not used.
        """
        assert self.inspector is not None
        if not self.inspector.disconnect(request.POST.get(CONNECTION_FIELD, "")):
            raise Http404("This process has no such connection.")
        # So that reloading the page does not send the form again.
        return HttpResponseRedirect(request.path)


__all__ = ["InspectorView"]
