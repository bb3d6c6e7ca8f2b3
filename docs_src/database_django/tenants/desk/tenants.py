"""Whose database the code that runs reads and writes."""

from contextvars import ContextVar
from typing import Any, Final

TENANTS: Final = ("acme", "globex")


# --8<-- [start:tenants]
current: Final = ContextVar("tenant", default="default")


class TenantRouter:
    """Leads every query to the database of the current tenant."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return current.get()

    db_for_write = db_for_read


# --8<-- [end:tenants]
