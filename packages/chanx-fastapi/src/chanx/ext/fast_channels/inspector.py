"""A router with the page by which operators see connections, and end one."""

from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, HTTPException
from fastapi.params import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from chanx.core.errors import ConfigurationError
from chanx.observing.inspector import Inspector
from chanx.observing.inspector_page import CONNECTION_FIELD, INSPECTOR_HEADERS, inspector_page

_LONGEST_FORM = 1024


def inspector_router(
    inspector: Inspector, *, dependencies: Sequence[Depends], path: str = "/inspector"
) -> APIRouter:
    """Return a router with the page of an inspector, for whom the project's dependencies let in.

    The page shows the connections of the process that answers. A form of it is taken from the
    page's own origin only, so that no other site's page can send it in an operator's name.

    Args:
        inspector: The inspector, which is among the ``observers`` of consumers.
        dependencies: What refuses all who are not operators, by raising ``HTTPException``.
        path: Where the page is.

    Raises:
        ConfigurationError: If there is no dependency: everybody could end connections.

    Example:
        >>> from fastapi import Depends, FastAPI, HTTPException
        >>> async def operator(user: str = "") -> None:
        ...     if user != "root":
        ...         raise HTTPException(403)
        >>> app = FastAPI()
        >>> app.include_router(inspector_router(Inspector(), dependencies=[Depends(operator)]))
    """
    if not dependencies:
        raise ConfigurationError(
            "inspector_router has no dependencies, so that everybody could end connections: give "
            "dependencies=[Depends(...)] with what lets in operators only."
        )
    router = APIRouter(dependencies=dependencies)

    @router.get(path, include_in_schema=False)
    async def show() -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]  # the router has it
        return HTMLResponse(inspector_page(inspector), headers=dict(INSPECTOR_HEADERS))

    @router.post(path, include_in_schema=False)
    async def end(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        # Browsers send it with every POST, so one without it comes from none, and no operator's
        # page.
        origin = request.headers.get("origin")
        if origin is None or urlsplit(origin).netloc != request.headers.get("host"):
            raise HTTPException(403, "The form is that of another page.")
        body = b""
        # Not by request.form(), which needs python-multipart.
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LONGEST_FORM:
                raise HTTPException(413)
        # A form of one field, of hexadecimal digits.
        named = parse_qs(body.decode("latin-1")).get(CONNECTION_FIELD, [""])
        if not inspector.disconnect(named[-1]):
            raise HTTPException(404, "This process has no such connection.")
        # Relative to the page, so that it holds behind any prefix.
        return RedirectResponse(path.rsplit("/", 1)[-1] or ".", 303)

    return router


__all__ = ["inspector_router"]
