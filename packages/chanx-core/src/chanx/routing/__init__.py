"""Where consumers are mounted: routes, and how they are found."""

from chanx.routing.route import PathParameter, RouteDiscovery, RouteInfo

__all__ = ["PathParameter", "RouteDiscovery", "RouteInfo"]
