"""Our own texts: a run of ``olmocr-flows`` over the corpus, or a folder of Markdown files that is there already."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from olmocr_core.domain.models import DocumentRecord
from olmocr_core.storage.runs import Workspace
from scripts.quality.models import Document, Reading
from scripts.quality.tools import ToolFailedError, find_olmocr_flows

_FLAVOURS = ("", "_pg1_repeat1", "_pg1")


def run_ours(corpus: Path, workspace: Path) -> None:
    """Run the flow over the corpus, with its output on the terminal.

    A run that failed some documents still counts (exit code 1: their expectations fail); raises ToolFailedError otherwise.
    An old workspace is removed: a page from its cache would be neither timed nor read by the code that is measured.
    """
    _run([str(folder) for name in ("pdfs", "images") if (folder := corpus / name).is_dir()], workspace)


def run_ours_timed(source: Path, workspace: Path) -> float:
    """The same for one folder with a server of its own; seconds of processor time, those of Prefect included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run([str(source)], workspace, "--engine", "cpu", "--ephemeral")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(sources: list[str], workspace: Path, *options: str) -> None:
    shutil.rmtree(workspace, ignore_errors=True)
    program = find_olmocr_flows()
    if not program:
        raise ToolFailedError("olmocr-flows is not installed here; `make setup` installs it")
    command = [program, "run", *sources, "--workspace", str(workspace), "--formats", "markdown", *options]
    code = subprocess.run(command, check=False).returncode
    if code not in (0, 1) or not (workspace / "dataset" / "manifest.json").exists():
        raise ToolFailedError(f"olmocr-flows run ended with {code} and published no dataset in {workspace}")


def is_workspace(folder: Path) -> bool:
    """Has a run of ours ended in this folder?"""
    return (folder / "reports" / "latest" / "report.json").is_file()


def read_workspace(workspace: Path, documents: Iterable[Document]) -> dict[str, Reading]:
    """The readings of a workspace's latest run by document name, as the dataset holds them.

    A document that counts as a duplicate has its text in the dataset under another name: it counts as read. One that was
    held back or failed counts as not read. The run's wall time is shared out by pages, as it reads pages in parallel;
    none is told where pages came from the cache. Raises FileNotFoundError when there is no finished run.
    """
    report = json.loads((workspace / "reports" / "latest" / "report.json").read_text(encoding="utf-8"))
    folder = Workspace(workspace).run(report["run"])
    records = list(folder.with_texts(folder.judged()))
    by_name = {Path(source.name).name: record for record in records for source in record.sources}
    seconds = 0.0 if report["pages"]["from_cache"] else report["seconds"]
    each = seconds / max(sum(record.page_count for record in records), 1)
    return {document.name: _from_record(by_name.get(document.path.name), each) for document in documents}


def _from_record(record: DocumentRecord | None, seconds_a_page: float) -> Reading:
    if record is None:
        return Reading((), paged=False, pages=None, seconds=0.0, error="not among the run's documents")
    seconds = seconds_a_page * record.page_count
    routes = Counter(page.route for page in record.pages)
    note = ", ".join([record.status, *(f"{pages} by {route}" for route, pages in routes.items()), *record.notes])
    if record.status not in ("kept", "partial", "duplicate"):
        error = "" if record.status == "blank" else f"{record.status}: {', '.join(record.reasons)}"
        return Reading((), paged=True, pages=record.page_count, seconds=seconds, error=error, note=note)
    texts = tuple(record.text[span.start : span.end] for span in record.spans)
    return Reading(texts, paged=True, pages=record.page_count, seconds=seconds, note=note)


def read_folder(folder: Path, documents: Iterable[Document]) -> dict[str, Reading]:
    """Readings from Markdown files called like the documents (also as olmOCR-bench names candidates), in any subfolder.

    Raises FileNotFoundError when the folder holds no Markdown file.
    """
    files = {path.name.removesuffix(".md").lower(): path for path in sorted(folder.rglob("*.md"), reverse=True)}
    if not files:
        raise FileNotFoundError(f"{folder} holds no .md file")
    return {document.name: _from_file(files, document) for document in documents}


def _from_file(files: dict[str, Path], document: Document) -> Reading:
    names = [Path(document.name).name.lower(), *(f"{document.stem}{flavour}".lower() for flavour in _FLAVOURS)]
    path = next((files[name] for name in names if name in files), None)
    if path is None:
        return Reading((), paged=False, pages=None, seconds=0.0, error="no Markdown file")
    return Reading((path.read_text(encoding="utf-8"),), paged=False, pages=None, seconds=0.0)
