"""Store a tool's texts of a benchmark's PDFs as they are read; stored ones are not read again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from olmocr_core.bench.data import BenchData
from olmocr_core.bench.texts import CandidateTexts, write_texts
from scripts.other_tools.tools import OtherTool, Pages


def find_texts_folder(tool: OtherTool, out: Path) -> Path:
    """Return the folder for the texts of this version."""
    return out / re.sub(r"[^\w.-]+", "-", f"{tool.name}-{tool.version()}")[:80]


def read_all(tool: OtherTool, data: BenchData, folder: Path, say: Callable[[str], None]) -> None:
    """Read every PDF without a record, and write its texts at once."""
    for pdf in data.pdfs:
        record = folder / PurePosixPath(pdf).with_suffix(".json")
        if record.exists():
            continue
        pages = tool.read(
            data.folder / "pdfs" / pdf, sorted({check.page for _, check in data.checks if check.pdf == pdf})
        )
        # A page that the tool cannot read gets an empty text, so that its checks fail.
        texts = {(pdf, number): (text,) for number, text in enumerate(pages.texts or ("",), start=1)}
        write_texts(folder, CandidateTexts(tool.name, texts))
        _write(record, pages)
        say(f"{tool.name}: {pdf}{f': {pages.error}' if pages.error else ''}")


def measure_seconds_per_page(folder: Path) -> tuple[float, float, int]:
    """Return wall and CPU seconds per page of the stored texts, and the number of documents without text."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.json"))]
    pages = max(sum(max(record["pages"], 1) for record in records), 1)
    wall, processor = (sum(record[key] for record in records) / pages for key in ("wall", "processor"))
    (folder / "seconds_per_page.txt").write_text(f"{wall:.4f}\n", encoding="utf-8")
    return wall, processor, sum(bool(record["error"]) for record in records)


def _write(record: Path, pages: Pages) -> None:
    values = {
        "pages": len(pages.texts) if pages.count is None else pages.count,
        "wall": pages.wall,
        "processor": pages.processor,
        "error": pages.error,
    }
    # The record marks complete texts: it is renamed into place last.
    partial = record.with_suffix(".partial")
    partial.write_text(json.dumps(values), encoding="utf-8")
    partial.rename(record)
