"""What is wrong with the attributes of authenticators, and of the views that decide for them."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, Final, cast, get_args

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.core.exceptions import FieldError
from django.db.models import Manager, OuterRef, QuerySet
from django.db.utils import NotSupportedError
from rest_framework.authentication import TokenAuthentication
from rest_framework.generics import GenericAPIView

from chanx.core.authenticator import Credential
from chanx.core.kinds import FLAG, NOTHING, Kind
from chanx.core.shown import shown
from chanx.ext.channels.authenticator import (
    VIEW_GETTERS,
    AuthMethod,
    DjangoAuthenticator,
    declared,
)
from chanx.ext.channels.permissions import asking_for_model

_GENERIC: Final[Any] = GenericAPIView

_METHODS: Final = {
    "authentication_classes": "authenticate",
    "permission_classes": "has_permission",
    "throttle_classes": "allow_request",
}
"""What the classes of an attribute are there for."""

_NAME: Final = Kind("a name", lambda value: isinstance(value, str) and bool(value))
_VERB: Final = Kind(
    f"one of {', '.join(map(repr, get_args(AuthMethod)))}",
    lambda value: isinstance(value, str) and value in get_args(AuthMethod),
)
_VIEW: Final = Kind(
    "a generic view of REST framework, such as ChanxAuthView, or a view set",
    lambda value: isinstance(value, type) and issubclass(value, _GENERIC),
)
_OBJECTS: Final = Kind(
    "a QuerySet or a Manager, such as Group.objects, or True for no object",
    lambda value: value is True or isinstance(value, QuerySet | Manager),
)
_LOCATIONS: Final = Kind(
    "a list of Credential(...), each with a name of its own in its place",
    lambda value: _is_list(value) and _are_locations([*cast("Sequence[Any]", value)]),
)
_KINDS: Final[Mapping[str, Kind]] = {
    "auth_view_class": _VIEW,
    "auth_method": _VERB,
    "override_http_methods": FLAG,
    "lookup_field": _NAME,
    "lookup_url_kwarg": _NAME | NOTHING,
    "queryset": _OBJECTS | NOTHING,
    "token_locations": _LOCATIONS,
    "token_scheme": _NAME | NOTHING,
}
_OF_VIEWS: Final = ("lookup_field", "lookup_url_kwarg", "queryset")


def attribute_faults(authenticator: type[DjangoAuthenticator]) -> Iterator[CheckMessage]:
    """Yield ``chanx.E010`` for each attribute with which every client would be refused.

    Args:
        authenticator: The authenticator; what is not an attribute but a property is left alone.
    """
    # First, since what follows reads the attributes as what they should be.
    wrong = [*_of_wrong_kinds(authenticator, _KINDS)]
    yield from wrong
    view = authenticator.auth_view_class
    if not _VIEW.accepts(view):
        return
    yield from _of_wrong_kinds(view, {name: _KINDS[name] for name in _OF_VIEWS})
    for name, method in _METHODS.items():
        yield from _classes(authenticator, name, method)
    if not wrong:
        yield from _unresolved(authenticator)


def looked_up_in(authenticator: type[DjangoAuthenticator]) -> Any:
    """Return the queryset in which an authenticator or its view looks an object up; None for none.

    Args:
        authenticator: The authenticator.

    Returns:
        True where a method says which one it is, or False where one finds the object otherwise.
    """
    view: Any = authenticator.auth_view_class
    if _overrides(authenticator, "get_object"):
        return False
    if _overrides(authenticator, "get_queryset"):
        return True
    # In the order in which the authenticator goes by them itself (_prepared_view, _needs_object).
    own = declared(authenticator, "queryset")
    return view.queryset if own is None else own


def _overrides(authenticator: type[DjangoAuthenticator], name: str) -> bool:
    base: Any = DjangoAuthenticator
    own, there = getattr(authenticator, name), getattr(authenticator.auth_view_class, name)
    return own is not getattr(base, name) or there is not getattr(_GENERIC, name)


def _of_wrong_kinds(owner: Any, kinds: Mapping[str, Kind]) -> Iterator[CheckMessage]:
    for name, kind in kinds.items():
        value = getattr(owner, name)
        # A property says it for an instance, in a handshake.
        if not isinstance(value, property) and not kind.accepts(value):
            yield _fault(owner, name, value, f"Use {kind.words}.")


def _classes(
    authenticator: type[DjangoAuthenticator], name: str, method: str
) -> Iterator[CheckMessage]:
    owner: Any = authenticator
    value = declared(authenticator, name)
    if value is None:
        owner = authenticator.auth_view_class
        value = getattr(owner, name)
        if getattr(owner, VIEW_GETTERS[name]) is not getattr(_GENERIC, VIEW_GETTERS[name]):
            return  # which says otherwise than this attribute
    if isinstance(value, property):
        return
    hint = f"Use a list of classes with {method}(), not their instances or their names."
    if not _is_list(value) or not all(map(callable, value)):
        yield _fault(owner, name, value, hint)
        return
    for kind in value:
        try:
            made = kind()
        except Exception as error:  # noqa: BLE001 - a project's own code raises what it likes
            yield _fault(owner, name, value, f"{shown(kind)} cannot be made: {error}")
            continue
        if not callable(getattr(made, method, None)):
            yield _fault(owner, name, value, hint)
        elif name == "authentication_classes" and _lacks_tokens(kind):
            said = (
                "Add 'rest_framework.authtoken' to INSTALLED_APPS, and migrate; or set its model."
            )
            yield _fault(owner, name, value, said)
        elif (asking := asking_for_model(made)) and not _has_model(authenticator):
            said = f"{asking.__qualname__} asks for a model: set queryset as well."
            yield _fault(owner, name, value, said)


def _lacks_tokens(kind: Any) -> bool:
    """Whether it looks tokens up in REST framework's own table, which is not there."""
    own: Any = TokenAuthentication
    return (
        isinstance(kind, type)
        and issubclass(kind, own)
        and cast("Any", kind).get_model is own.get_model
        and cast("Any", kind).model is None
        and not apps.is_installed("rest_framework.authtoken")
    )


def _has_model(authenticator: type[DjangoAuthenticator]) -> bool:
    view: Any = authenticator.auth_view_class
    own = declared(authenticator, "queryset")
    queryset = view.queryset if own is None or own is True else own
    return queryset is not None or _overrides(authenticator, "get_queryset")


def _unresolved(authenticator: type[DjangoAuthenticator]) -> Iterator[CheckMessage]:
    """Yield a fault where the object is looked up by a field that its model does not have."""
    objects: Any = looked_up_in(authenticator)
    if not isinstance(objects, QuerySet | Manager):
        return
    owner: Any = authenticator
    field = declared(authenticator, "lookup_field")
    if field is None:
        owner = authenticator.auth_view_class
        field = owner.lookup_field
    if isinstance(field, property):
        return
    try:
        # A reference instead of a value: no field looks at it, and no query runs.
        objects.filter(**{field: OuterRef("pk")})
    except (FieldError, NotSupportedError, TypeError) as error:
        yield _fault(owner, "lookup_field", field, f"Look an object up otherwise: {error}")


def _fault(owner: type, name: str, value: object, hint: str) -> CheckMessage:
    said = f"{owner.__qualname__}.{name} is {shown(value)}, which cannot authenticate."
    return Error(said, hint=hint, obj=owner, id="chanx.E010")


def _is_list(value: object) -> bool:
    # A set has no order, and DRF's views take one all the same.
    return isinstance(value, Sequence | Set) and not isinstance(value, str | bytes)


def _are_locations(values: list[Any]) -> bool:
    if not all(isinstance(value, Credential) for value in values):
        return False
    return len({(value.location, value.name) for value in values}) == len(values)


__all__ = ["attribute_faults", "looked_up_in"]
