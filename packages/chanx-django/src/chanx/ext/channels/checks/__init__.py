"""System checks: what would fail when the first client connects is told by ``manage.py check``."""

from chanx.ext.channels.checks.deployment import check_deployment
from chanx.ext.channels.checks.routes import check_routes
from chanx.ext.channels.checks.servers import check_server
from chanx.ext.channels.checks.settings import check_settings

__all__ = ["check_deployment", "check_routes", "check_server", "check_settings"]
