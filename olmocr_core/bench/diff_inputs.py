"""Read the inputs of ``bench diff``: files of results, stored runs, workspaces, or folders of texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from olmocr_core.bench.data import BenchData
from olmocr_core.bench.diff import DiffSide
from olmocr_core.bench.from_workspace import read_workspace_texts
from olmocr_core.bench.results_store import FOLDER, is_stored_run, read_checks, read_stored_run
from olmocr_core.bench.stage import make_side, read_newest_run
from olmocr_core.bench.texts import CandidateTexts, read_texts
from olmocr_core.domain.errors import UsageError
from olmocr_core.storage.paths import AnyPath, is_remote_uri
from olmocr_core.wiring import open_workspace

Score = Callable[[CandidateTexts], DiffSide]


def read_side(given: str, data: BenchData | None = None, score: Score | None = None) -> DiffSide:
    """Read the side that ``[NAME=]PATH`` names.

    It is a file of results, a stored run, or the newest one of a workspace; with ``data`` and ``score``, texts to score
    now. Raises UsageError for anything else.
    """
    name, _, path = given.rpartition("=")
    label = name or path
    place: AnyPath = open_workspace(path).root if is_remote_uri(path) else Path(path)
    if isinstance(place, Path) and place.is_file():
        return _of_file(place, name, label)
    if not place.is_dir():
        raise UsageError(f"{path} is neither a file of results nor a folder")
    if data is not None and score is not None:
        return score(_texts(place, data, label))
    if is_stored_run(place):
        return make_side(read_stored_run(place), label)
    if (place / FOLDER).is_dir():
        return make_side(read_newest_run(place), label)
    raise UsageError(f"{path} holds no benchmark run; to score its texts now, pass the checks: --data DATA_DIR")


def _of_file(path: Path, name: str, label: str) -> DiffSide:
    results = read_checks(path)
    candidates = sorted({result.candidate for result in results})
    if name:
        chosen = tuple(result for result in results if result.candidate == name)
        if not chosen:
            raise UsageError(f"{path} has no results of {name}; it has those of {', '.join(candidates)}")
        return DiffSide(label, chosen)
    if len(candidates) != 1:
        known = ", ".join(candidates) or "nobody"
        raise UsageError(f"{path} has results of {known}: choose one with NAME={path}")
    return DiffSide(label, results)


def _texts(place: AnyPath, data: BenchData, label: str) -> CandidateTexts:
    if is_stored_run(place):
        return CandidateTexts(label, read_stored_run(place).texts)
    if not isinstance(place, Path):
        raise UsageError(f"{place}: texts can only be scored from local folders")
    if (place / "reports" / "latest" / "report.json").is_file():
        return read_workspace_texts(place, data, label)
    return read_texts(place, data.pdfs, label)
