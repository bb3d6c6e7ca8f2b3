"""Where the environment may tell the Django chat to keep its data."""

import pytest

from django_chat.environment import channel_layer, database


def test_postgresql_is_named_by_a_url() -> None:
    settings = database("postgres://ada:p%40ss@db.example:5433/chat")
    assert settings["ENGINE"] == "django.db.backends.postgresql"
    assert (settings["USER"], settings["PASSWORD"]) == ("ada", "p@ss")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example", 5433, "chat")


def test_sqlite_is_named_by_its_path() -> None:
    assert database("sqlite:////tmp/chat.sqlite3")["NAME"] == "/tmp/chat.sqlite3"


def test_another_database_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"'mysql': use one of .*'postgres'"):
        database("mysql://localhost/chat")


def test_redis_carries_messages_between_processes() -> None:
    assert channel_layer(None)["BACKEND"] == "chanx.layers.MemoryLayer"
    assert channel_layer("redis://localhost:6379/0") == {
        "BACKEND": "chanx.layers.RedisLayer",
        "CONFIG": {"hosts": ["redis://localhost:6379/0"]},
    }
