"""A recording from a workspace: the raw answers that its page cache holds for the documents of a run."""

from __future__ import annotations

from pathlib import Path

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Frozen
from olmocr_core.domain.recipe import Recipe
from olmocr_core.recordings.write import RecordingWriter
from olmocr_core.storage.pages import FilePageCache
from olmocr_core.storage.paths import sorted_paths
from olmocr_core.storage.runs import RunFolder, Workspace


class ExportReport(Frozen):
    """The documents, pages and answers that were written; ``missing`` counts pages without a record in the cache."""

    run: str
    engine: str
    documents: int
    pages: int
    answers: int
    missing: int


def export_recording(workspace: Workspace, folder: Path, run: str | None = None) -> ExportReport:
    """Write the answers to all pages of a run into a folder; by default of the newest planned run.

    Raises UsageError for a workspace without such a run, and for a folder with the recording of another engine.
    """
    chosen = workspace.run(run) if run else _newest(workspace)
    recipe = _recipe(chosen, workspace)
    cache, writer = FilePageCache(workspace.pages, recipe), RecordingWriter(folder, recipe)
    documents = pages = answers = missing = 0
    for entry in chosen.inspected():
        found = [cache.read(entry.document.doc_id, number) for number in entry.page_numbers]
        records = [record for record in found if record is not None]
        documents += 1
        pages += len(records)
        missing += len(found) - len(records)
        answers += writer.write_document(entry.document.doc_id, records)
    label = recipe.engine.label
    return ExportReport(
        run=chosen.root.name, engine=label, documents=documents, pages=pages, answers=answers, missing=missing
    )


def _newest(workspace: Workspace) -> RunFolder:
    runs = [workspace.run(name) for name in _names(workspace) if workspace.run(name).is_planned]
    if not runs:
        raise UsageError(
            f"{workspace.root} holds no run with a known engine; runs of older versions do not name theirs. "
            "Run again: finished pages come from the cache"
        )
    return max(runs, key=lambda each: (each.header().created, each.root.name))


def _recipe(chosen: RunFolder, workspace: Workspace) -> Recipe:
    try:
        return chosen.recipe()
    except FileNotFoundError as error:
        known = ", ".join(_names(workspace)) or "none"
        raise UsageError(f"run {chosen.root.name} was never planned in {workspace.root}; its runs: {known}") from error


def _names(workspace: Workspace) -> list[str]:
    runs = workspace.root / "runs"
    return [path.name for path in sorted_paths(runs.iterdir())] if runs.is_dir() else []
