"""Where consumers are mounted: routes, how they are found, and how their paths are read."""

from chanx.routing.patterns import PathPattern, angled_path, braced_path, regex_path
from chanx.routing.route import PathParameter, RouteDiscovery, RouteInfo

__all__ = [
    "PathParameter",
    "PathPattern",
    "RouteDiscovery",
    "RouteInfo",
    "angled_path",
    "braced_path",
    "regex_path",
]
