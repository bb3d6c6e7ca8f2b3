"""The two pages, which are plain files: what they show comes over the API and the WebSocket."""

import re
import secrets
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Cookie, Request, status
from fastapi.responses import FileResponse

from fastapi_chat.dependencies import ROOM_PATTERN, VISITOR_COOKIE

router = APIRouter(include_in_schema=False)

PAGES: Final = Path(__file__).parent / "pages"

HEADERS: Final = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}

YEAR: Final = 365 * 24 * 60 * 60


@router.get("/")
async def front_page() -> FileResponse:
    """The rooms, and the links to the documents."""
    return FileResponse(PAGES / "front.html", headers=HEADERS)


@router.get("/rooms/{room}")
async def room_page(
    room: str, request: Request, visitor: Annotated[str | None, Cookie()] = None
) -> FileResponse:
    """One room. The cookie by which its WebSocket knows the browser again is set here."""
    if not re.fullmatch(ROOM_PATTERN, room):
        # This page says at its form what is wrong with the name.
        return FileResponse(PAGES / "front.html", status.HTTP_404_NOT_FOUND, headers=HEADERS)
    response = FileResponse(PAGES / "room.html", headers=HEADERS)
    if visitor is None:
        response.set_cookie(
            VISITOR_COOKIE,
            secrets.token_urlsafe(),
            max_age=YEAR,
            httponly=True,
            # Strict: a page of another site cannot open the WebSocket in this browser's name.
            samesite="strict",
            secure=request.url.scheme == "https",
        )
    return response
