"""``/`` and the files that its page loads. They hold no secret, so that a browser gets them before it has a key."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

from fastapi import APIRouter, Response

router = APIRouter(include_in_schema=False)
PREFIX = "/page"
# Scripts and styles are files of this service, images also what a script has fetched; HTML is made in one named place.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types page-text; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MEDIA_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_HOME = "index.html"


class Asset(NamedTuple):
    """One file as browsers get it."""

    data: bytes
    media_type: str


def _load(package: str, *names: str) -> dict[str, Asset]:
    folder = files(package)
    return {name: Asset(folder.joinpath(name).read_bytes(), _MEDIA_TYPES[name.partition(".")[2]]) for name in names}


# The report of a run and this page look the same: its style is that of both.
ASSETS = _load("olmocr_core.report", "report.css") | _load(
    "service.page", _HOME, "page.css", "icon.svg", "main.js", "connection.js", "documents.js", "reader.js", "tools.js"
)
PATHS = frozenset({"/", *(f"{PREFIX}/{name}" for name in ASSETS)})


def _serve(path: str, asset: Asset) -> None:
    async def answer() -> Response:
        return Response(asset.data, media_type=asset.media_type, headers={"Content-Security-Policy": POLICY})

    router.add_api_route(path, answer)


_serve("/", ASSETS[_HOME])
for _name, _asset in ASSETS.items():
    _serve(f"{PREFIX}/{_name}", _asset)
