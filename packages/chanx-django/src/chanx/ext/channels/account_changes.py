"""What happens to a user's account, and ends the user's connections then.

A socket is authenticated once and may live for days. HTTP asks again with each request, so that
whoever logs out, or is turned off, has no access any more; these receivers do the same for sockets.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, Literal

from asgiref.sync import async_to_sync
from channels.layers import channel_layers
from django.contrib.auth import get_user_model
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import Signal

from chanx.core.close_codes import CloseCode
from chanx.core.events import (
    disconnect_envelope,
    group_of_user,
    send_to_groups,
    send_to_groups_sync,
)
from chanx.ext.channels.settings import chanx_settings
from chanx.layers.protocol import sends_from_threads

Change = Literal["logout", "password", "inactive", "permissions"]
"""What may happen to an account."""

_REASONS: Final[dict[Change, str]] = {
    "logout": "You have logged out.",
    "password": "The password has changed.",
    "inactive": "The account is not active.",
    "permissions": "Permissions have changed; connect again.",
}


def follow_accounts() -> None:
    """Have the connections of users end when their accounts change."""
    _connect(user_logged_out, _logged_out)
    _connect(post_save, _saved)
    _connect(m2m_changed, _related)


def _connect(signal: Signal, receiver: Callable[..., None]) -> None:
    # Applications become ready again where tests change them; a receiver counts once all the same.
    signal.connect(receiver, dispatch_uid=f"chanx.{receiver.__name__}")


def _logged_out(user: Any, **_: Any) -> None:
    # Django tells also of a session of nobody's that is flushed.
    if user is not None:
        _end("logout", [user.pk])


def _saved(sender: type, instance: Any, created: bool, using: str, **_: Any) -> None:
    # Proxies of the user's model are saved as themselves. A user who has just been made has no
    # connection.
    if created or not issubclass(sender, get_user_model()):
        return
    # Looked at with each save, and not only when it changes, which post_save does not tell: ending
    # nobody's connections again costs one message.
    if not getattr(instance, "is_active", True):
        _end("inactive", [instance.pk], using)
    # The plain text of set_password(), which Django keeps until the user is saved; a hash that is
    # only renewed at a login has none.
    elif getattr(instance, "_password", None) is not None:
        _end("password", [instance.pk], using)


def _related(
    sender: type,
    instance: Any,
    action: str,
    reverse: bool,
    pk_set: set[Any] | None,
    using: str,
    **_: Any,
) -> None:
    """Groups or permissions are given or taken, from either side of the relation."""
    model: Any = get_user_model()
    # Once what has changed can be read. "clear" from the side of a group tells no pk_set, and who
    # was in it is only known before.
    if not issubclass(model, PermissionsMixin) or not action.startswith(("post_", "pre_clear")):
        return
    if sender not in (model.groups.through, model.user_permissions.through):
        return
    # Django tells also of what it has not added, as it was there: who mirrors groups from elsewhere
    # at each login adds them again and again.
    if action == "post_add" and not pk_set:
        return
    if not reverse:
        _end("permissions", [instance.pk], using)
    elif pk_set is not None:
        _end("permissions", pk_set, using)
    elif action == "pre_clear":
        users = instance.user_set.using(using).values_list("pk", flat=True)
        _end("permissions", list(users), using)


def _end(change: Change, users: Iterable[Any], using: str | None = None) -> None:
    """End the connections of users, once the transaction that changes their accounts is done.

    Args:
        change: What has changed.
        users: Their primary keys.
        using: The database of their accounts; None for the default one.
    """
    if chanx_settings.DISCONNECT_USERS and change in chanx_settings.DISCONNECT_ON:
        # One callback for each: what fails for one user must not keep the others connected.
        for user in users:
            end = partial(end_of_user, user, CloseCode.UNAUTHORIZED, _REASONS[change])
            # Django asks one that fails for its name.
            end.__qualname__ = "end_of_user"  # type: ignore[attr-defined]  # partials take any
            # After the commit: a connection that comes back before it would be let in as before.
            # Robust, as a layer that is away must not fail the logout or the save that has been
            # committed.
            transaction.on_commit(end, using=using, robust=True)


def end_of_user(user_id: Any, code: int, reason: str) -> None:
    """Close a user's connections, over each of the project's channel layers.

    Args:
        user_id: The user's primary key.
        code: The close code.
        reason: For the client.
    """
    envelope = disconnect_envelope(code, reason)
    names = [group_of_user(user_id)]
    # All of them: which consumers have the user, and on which layers, only their own processes
    # know.
    for alias in channel_layers.configs:
        layer: Any = channel_layers[alias]
        # Without an event loop, where the layer can: signals are sent by synchronous code, and
        # async_to_sync would make a loop, and with layers of a server a connection, for each.
        if sends_from_threads(layer):
            send_to_groups_sync(layer, names, envelope)
        else:
            async_to_sync(send_to_groups)(layer, names, envelope)


__all__ = ["Change", "end_of_user", "follow_accounts"]
