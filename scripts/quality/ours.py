"""Our own texts: a run of ``olmocr-flows`` over the corpus, or a folder of Markdown files that is there already."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .models import Document, Reading
from .tools import ToolFailedError, olmocr_flows

_FLAVOURS = ("", "_pg1_repeat1", "_pg1")


def run_ours(corpus: Path, workspace: Path) -> float:
    """Run the flow over the corpus, with its output on the terminal. Returns the wall time in seconds.

    A run that failed some documents still counts (exit code 1: their expectations fail); raises ToolFailedError otherwise.
    An old workspace is removed: a page from its cache would be neither timed nor read by the code that is measured.
    """
    shutil.rmtree(workspace, ignore_errors=True)
    program = olmocr_flows()
    if not program:
        raise ToolFailedError("olmocr-flows is not installed here; `make setup` installs it")
    sources = [str(folder) for name in ("pdfs", "images") if (folder := corpus / name).is_dir()]
    started = time.perf_counter()
    command = [program, "run", *sources, "--workspace", str(workspace), "--formats", "markdown,dolma"]
    code = subprocess.run(command, check=False).returncode
    if code not in (0, 1) or not (workspace / "dataset" / "manifest.json").exists():
        raise ToolFailedError(f"olmocr-flows run ended with {code} and published no dataset in {workspace}")
    return time.perf_counter() - started


def read_workspace(workspace: Path, documents: Iterable[Document], seconds: float) -> dict[str, Reading]:
    """The readings of a run by document name. The run's seconds are shared out by pages, as it reads pages in parallel."""
    report = _report(workspace)
    pages = {_key(entry["source"]): entry["pages"] for entry in report.get("documents", [])}
    total = sum(pages.values()) or 1
    reasons = {
        _key(entry["source"]): ", ".join([entry["status"], *entry["reasons"]]) for entry in report.get("documents", [])
    }
    texts = {_key(source): texts for source, texts in _dolma_texts(workspace / "dataset" / "dolma")}
    found = {}
    for document in documents:
        key = _key(document.name)
        count = pages.get(key)
        error = "" if texts.get(key) else reasons.get(key, "not in the run's report")
        found[document.name] = Reading(texts.get(key, ()), True, count, seconds * (count or 0) / total, error)
    return found


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


def _report(workspace: Path) -> dict[str, Any]:
    path = workspace / "reports" / "latest" / "report.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _dolma_texts(folder: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every record's source and its text by page."""
    for path in sorted(folder.rglob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                spans = record["attributes"]["pdf_page_numbers"]
                texts = tuple(record["text"][start:end] for start, end, _ in spans)
                yield record["metadata"]["Source-File"], texts


def _key(source: str) -> str:
    """The file's name: unique in the corpus, and the one part that every output agrees on."""
    return Path(source).name
