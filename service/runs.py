"""``/runs``: the reports of runs, the images of their pages and the manifests of their datasets, to be read and not changed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Path, Request, Response

from olmocr_core.domain.models import Frozen
from olmocr_core.storage.paths import AnyPath
from olmocr_core.storage.runs import Workspace
from olmocr_core.wiring import open_workspace
from service.problems import Problem
from service.state import ServiceState, the_state

PATH = "/runs"
_MOST_LISTED = 200
_RUN = re.compile(r"[\w-][\w.-]{0,99}")
_POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy" content="([^"<>]{1,1000})">')
_IMAGES = {".jpg": "image/jpeg", ".png": "image/png"}
router = APIRouter(prefix=PATH, tags=["runs"])
RunName = Annotated[str, Path(max_length=100, description="The run's id, as its report and its artifacts name it")]
DocId = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="The sha256 of the document")]
PageNumber = Annotated[int, Path(ge=1, le=1_000_000)]


class RunView(Frozen):
    """A run that has a report."""

    run: str
    report: str


class FoundRun(NamedTuple):
    """A run, and the workspace that holds its report."""

    run: str
    workspace: Workspace


@router.get("")
async def runs(request: Request) -> list[RunView]:
    """The latest runs that have a report, the newest name first."""
    found = await asyncio.to_thread(lambda: sorted(_list(_workspaces(the_state(request))), reverse=True))
    return [RunView(run=run, report=f"{PATH}/{run}") for run in found[:_MOST_LISTED]]


@router.get("/{run}", response_class=Response, responses={200: {"content": {"text/html": {}}}})
async def report(request: Request, run: RunName) -> Response:
    """The report of a run: a page that needs nothing else, with a policy of its own that allows nothing from elsewhere."""
    data = await _read(request, run, "report.html")
    policy = _POLICY.search(data[:4000])
    headers = {"Content-Security-Policy": f"{_text(policy)}; frame-ancestors 'none'"} if policy else {}
    return Response(data, media_type="text/html; charset=utf-8", headers=headers)


@router.get("/{run}/report.json", response_class=Response, responses={200: {"content": {"application/json": {}}}})
async def facts(request: Request, run: RunName) -> Response:
    """The report of a run as JSON."""
    return Response(await _read(request, run, "report.json"), media_type="application/json")


@router.get("/{run}/manifest.json", response_class=Response, responses={200: {"content": {"application/json": {}}}})
async def manifest(request: Request, run: RunName) -> Response:
    """The manifest of the dataset of a run's workspace, as it is now."""
    found = await _find(request, run)
    return Response(await _load(found.workspace.dataset / "manifest.json"), media_type="application/json")


@router.get("/{run}/images/{doc_id}/{page}", response_class=Response)
async def image(request: Request, run: RunName, doc_id: DocId, page: PageNumber) -> Response:
    """The stored image of a page in a run's workspace."""
    found = await _find(request, run)
    place = found.workspace.images / doc_id[:2] / doc_id
    path = await asyncio.to_thread(_newest_image, place, page)
    if path is None:
        raise Problem(404, "there is no image of this page: it was never drawn, or it was removed")
    return Response(await _load(path), media_type=_IMAGES[path.suffix])


def _workspaces(state: ServiceState) -> Iterator[Workspace]:
    yield from (open_workspace(place) for place in state.settings.workspaces)
    runs = state.folder.root / "runs"
    yield from (Workspace(path) for path in (runs.iterdir() if runs.is_dir() else ()))


def _list(workspaces: Iterator[Workspace]) -> Iterator[str]:
    for workspace in workspaces:
        for folder in workspace.reports.iterdir() if workspace.reports.is_dir() else ():
            if folder.name != "latest" and (folder / "report.html").is_file():
                yield folder.name


async def _find(request: Request, run: str) -> FoundRun:
    state = the_state(request)

    def search() -> FoundRun | None:
        if not _RUN.fullmatch(run):
            return None
        # A flow run of this service, by the id of its document or batch: a folder of its own.
        own = FoundRun("latest", Workspace(state.folder.run(run)))
        candidates = [own, *(FoundRun(run, workspace) for workspace in _workspaces(state))]
        held = (one for one in candidates if (one.workspace.reports / one.run / "report.html").is_file())
        return next(held, None)

    found = await asyncio.to_thread(search)
    if found is None:
        raise Problem(
            404, "there is no report of such a run in the workspaces of this service (OLMOCR_SERVE_WORKSPACES)"
        )
    return found


async def _read(request: Request, run: str, name: str) -> bytes:
    found = await _find(request, run)
    return await _load(found.workspace.reports / found.run / name)


async def _load(path: AnyPath) -> bytes:
    try:
        return await asyncio.to_thread(path.read_bytes)
    except FileNotFoundError:
        raise Problem(404, f"{path.name} is not there: the run has not written it, or it was removed") from None


def _newest_image(place: AnyPath, page: int) -> AnyPath | None:
    """The image of a page, drawn by the recipe that was used last."""
    found = [path for path in place.glob(f"*/{page:06d}.*") if path.suffix in _IMAGES] if place.is_dir() else []
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def _text(policy: re.Match[bytes]) -> str:
    return policy[1].decode("ascii", "replace").replace("&#39;", "'")
