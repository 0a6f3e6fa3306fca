"""Apache Tika's server as far as text goes: ``PUT /tika`` and ``PUT /tika/text``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from service.facades.converted import Converted, convert_body
from service.formats.html import CONTENT_SECURITY_POLICY, write_html
from service.formats.write import find_language
from service.state import the_state

router = APIRouter(tags=["facades"])
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {}, "text/html": {}, "application/json": {}}}
}
_GREETING = "This is a server that speaks as Tika Server does. Please PUT\n"


@router.get("/tika", response_class=PlainTextResponse)
async def greet() -> PlainTextResponse:
    """Say that the server is there, as clients ask before they send anything."""
    return PlainTextResponse(_GREETING)


@router.put("/tika", response_class=Response, responses=_CONTENT)
async def tika(request: Request, accept: Annotated[str, Header()] = "text/plain") -> Response:
    """Send a document as the body and wait for its text: plain (Markdown), or by ``Accept`` as HTML or JSON."""
    found = await convert_body(the_state(request), request)
    wanted = accept.lower()
    if "json" in wanted:
        return JSONResponse(_metadata(found))
    if "html" in wanted or "xml" in wanted:
        page = write_html(found.filename, find_language(found.record), found.pages)
        return HTMLResponse(page, headers={"Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; sandbox"})
    return PlainTextResponse(found.text)


@router.put("/tika/text")
@router.put("/tika/json/md")
async def text(request: Request) -> dict[str, Any]:
    """Send a document as the body and wait for its text and metadata, under the names of Tika 2 to 4."""
    return _metadata(await convert_body(the_state(request), request))


def _metadata(found: Converted) -> dict[str, Any]:
    kind = "application/pdf" if found.record.kind == "pdf" else "image"
    text = found.text
    return {
        "Content-Type": kind,
        "resourceName": found.filename,
        "xmpTPg:NPages": str(found.record.page_count),
        "X-TIKA:content": text,
        "tk:content": text,
    }
