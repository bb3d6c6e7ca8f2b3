"""The pytest plugin ``chanx_django``: a fixture for clients of a Django project's consumers.

Django is imported by tests that use the fixture, not when pytest starts.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

try:
    import pytest
except ModuleNotFoundError as _missing:
    raise ImportError(
        'chanx.ext.channels.pytest_plugin needs pytest: pip install "chanx-django[testing]"'
    ) from _missing

if TYPE_CHECKING:
    from chanx.ext.channels.communicator import DjangoWebsocketCommunicator


@pytest.fixture
def chanx_django_communicator(
    chanx_communicator: Callable[..., Any],
) -> "Callable[..., DjangoWebsocketCommunicator]":
    """Make clients of the project's routes, which are closed when the test ends.

    It takes the path, and if need be ``headers``, ``subprotocols``, ``application`` (None for that
    of ``settings.ASGI_APPLICATION``) and ``consumer`` (None for the one that the routes lead to).
    Handlers use the database in another thread than an asynchronous test of pytest-asyncio: with
    pytest-django, ``@pytest.mark.django_db(transaction=True)`` lets them see what the test wrote.

    Example:
        @pytest.mark.django_db(transaction=True)
        async def test_a_user_is_let_in(chanx_django_communicator, user):
            client = chanx_django_communicator("/ws/rooms/1/")
            await client.aforce_login(user)
            async with client:
                await client.assert_authenticated_status_ok()
    """
    # Here, as these import Django: pytest loads plugins by their entry points, in projects without
    # settings, too.
    from chanx.ext.channels.testing import DjangoWebsocketCommunicator, consumer_of_path
    from chanx.ext.channels.utils.asgi import get_websocket_application

    def make(
        path: str,
        headers: list[tuple[bytes, bytes]] | None = None,
        subprotocols: list[str] | None = None,
        *,
        application: Any = None,
        consumer: Any = None,
    ) -> DjangoWebsocketCommunicator:
        application = get_websocket_application() if application is None else application
        made: DjangoWebsocketCommunicator = chanx_communicator(
            application,
            path,
            headers,
            subprotocols,
            consumer=consumer or consumer_of_path(application, path),
            communicator_class=DjangoWebsocketCommunicator,
        )
        return made

    return make


__all__ = ["chanx_django_communicator"]
