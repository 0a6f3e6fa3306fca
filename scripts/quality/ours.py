"""Our own texts: from a run of ``olmocr-flows`` over the corpus, or from an existing folder of Markdown files."""

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

_NAME_SUFFIXES = ("", "_pg1_repeat1", "_pg1")


def run_ours(corpus: Path, workspace: Path) -> None:
    """Run the flow over the corpus, with its output on the terminal.

    Exit code 1 is accepted: the expectations of failed documents fail. Raises ToolFailedError for others. An old workspace is
    removed: its cached pages would be neither timed nor read by the current code.
    """
    _run([str(folder) for name in ("pdfs", "images") if (folder := corpus / name).is_dir()], workspace)


def run_ours_timed(source: Path, workspace: Path) -> float:
    """Do the same for one folder with an ephemeral server; return the CPU seconds, including Prefect."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run([str(source)], workspace, "--engine", "cpu", "--ephemeral")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(sources: list[str], workspace: Path, *options: str) -> None:
    shutil.rmtree(workspace, ignore_errors=True)
    program = find_olmocr_flows()
    if not program:
        raise ToolFailedError("olmocr-flows is not installed; run `make setup`")
    command = [program, "run", *sources, "--workspace", str(workspace), "--formats", "markdown", *options]
    code = subprocess.run(command, check=False).returncode
    if code not in (0, 1) or not (workspace / "dataset" / "manifest.json").exists():
        raise ToolFailedError(f"olmocr-flows run ended with {code} and published no dataset in {workspace}")


def is_workspace(folder: Path) -> bool:
    """Whether the folder is a workspace with a finished run."""
    return (folder / "reports" / "latest" / "report.json").is_file()


def read_workspace(workspace: Path, documents: Iterable[Document]) -> dict[str, Reading]:
    """Read the texts of a workspace's latest run by document name, as in the dataset.

    A duplicate counts as read: its text is in the dataset under another name. Documents that failed or were held back count
    as not read. The wall time is divided by pages, because pages are read in parallel; it is 0 if pages came from the cache.
    Raises FileNotFoundError if there is no finished run.
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
    """Read Markdown files named like the documents, or like candidates of olmOCR-bench, in any subfolder.

    Raises FileNotFoundError if the folder has no Markdown file.
    """
    files = {path.name.removesuffix(".md").lower(): path for path in sorted(folder.rglob("*.md"), reverse=True)}
    if not files:
        raise FileNotFoundError(f"{folder} has no .md file")
    return {document.name: _from_file(files, document) for document in documents}


def _from_file(files: dict[str, Path], document: Document) -> Reading:
    names = [Path(document.name).name.lower(), *(f"{document.stem}{suffix}".lower() for suffix in _NAME_SUFFIXES)]
    path = next((files[name] for name in names if name in files), None)
    if path is None:
        return Reading((), paged=False, pages=None, seconds=0.0, error="no Markdown file")
    return Reading((path.read_text(encoding="utf-8"),), paged=False, pages=None, seconds=0.0)
