"""What the environment tells the settings: where the database and the channel layer are."""

from typing import Any
from urllib.parse import unquote, urlsplit

_ENGINES = {"postgres": "postgresql", "postgresql": "postgresql", "sqlite": "sqlite3"}


def database(url: str) -> dict[str, Any]:
    """Return the settings of a database.

    Args:
        url: ``postgres://user:password@host:5432/name``, or ``sqlite:////absolute/path``.

    Raises:
        ValueError: If it is another kind of database.
    """
    parts = urlsplit(url)
    if parts.scheme not in _ENGINES:
        raise ValueError(f"DATABASE_URL begins with {parts.scheme!r}: use one of {[*_ENGINES]}.")
    settings: dict[str, Any] = {
        "ENGINE": f"django.db.backends.{_ENGINES[parts.scheme]}",
        "NAME": unquote(parts.path.removeprefix("/")),
    }
    if parts.scheme == "sqlite":
        # Writers wait for each other from their first statement on, instead of failing later.
        return settings | {"OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 10}}
    return settings | {
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def channel_layer(redis_url: str | None) -> dict[str, Any]:
    """Return the settings of the channel layer.

    Args:
        redis_url: ``redis://host:6379/0``, which several processes share; None for one process.
    """
    if redis_url is None:
        return {"BACKEND": "chanx.layers.MemoryLayer"}
    return {
        "BACKEND": "chanx.layers.RedisLayer",
        "CONFIG": {"hosts": [redis_url]},
    }
