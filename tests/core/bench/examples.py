"""Checks, runs and comparisons for the tests of the benchmark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from olmocr_core.bench.checks import parse_check
from olmocr_core.bench.data import read_bench
from olmocr_core.bench.diff import BenchDiff, DiffSide, diff_results
from olmocr_core.bench.gates import Gates
from olmocr_core.bench.result import CheckResult
from olmocr_core.bench.results_store import BenchPages, StoredScores, hash_checks, read_history, store_run
from olmocr_core.bench.run import score_candidate
from olmocr_core.bench.score import score_check
from olmocr_core.bench.texts import CandidateTexts
from olmocr_core.bench.verdict import CheckVerdict
from olmocr_core.documents.assembly import join_pages
from olmocr_core.documents.counts import count_documents
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.models import DocumentRecord, ErrorInfo, PageSummary, Source
from olmocr_core.domain.ports import EngineIdentity
from olmocr_core.domain.recipe import make_recipe
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.scripted import ScriptedEngine
from olmocr_core.storage.files import write_atomic
from olmocr_core.storage.paths import AnyPath
from olmocr_core.storage.runs import RunFolder, RunHeader, Workspace

ALPHA, BOTH, NONE = "alpha", "alpha beta", "\u2028"


def passes(page_text: str, /, *, compat: bool = False, **values: object) -> bool | None:
    """Whether a page passes the check with these values."""
    return score(page_text, compat=compat, **values).passed


def score(page_text: str, /, *, compat: bool = False, **values: object) -> CheckVerdict:
    """The verdict of the check with these values on a page."""
    return score_check(parse_check({"pdf": "a.pdf", "page": 1, "id": "x", **values}), page_text, compat=compat)


def present(number: int, text: str, pdf: str = "a.pdf") -> dict[str, object]:
    return {"pdf": pdf, "page": 1, "id": f"p{number}", "type": "present", "text": text}


def write_checks(path: Path, *checks: dict[str, object]) -> None:
    path.write_text("".join(json.dumps(check) + "\n" for check in checks), encoding="utf-8")


def store_example(
    root: AnyPath, data: Path, run: str, text: str, gates: Gates | None = None, name: str = "cpu"
) -> StoredScores:
    """Store a run with this text in a workspace."""
    bench = read_bench(data)
    candidate = CandidateTexts(name, {("a.pdf", 1): (text,)})
    result = score_candidate(bench, candidate)
    pages = BenchPages(total=1, model=1)
    scores = StoredScores(
        run=run,
        created=f"2026-11-23T0{len(read_history(root))}:00:00+00:00",
        data="data",
        checks=hash_checks(bench),
        engine=EngineIdentity(name=name, model="m"),
        candidate=result.candidate,
        mean=result.mean,
        interval=result.interval,
        categories=result.categories,
        pages=pages,
        missed=(gates or Gates()).find_missed(result, pages),
    )
    store_run(root, scores, result, candidate)
    return scores


def check(name: str, passed: bool | None, category: str = "k", **facts: Any) -> CheckResult:
    given = {"candidate": "c", "type": "present", "pdf": "a.pdf", "page": 1, **facts}
    return CheckResult(category=category, id=name, passed=passed, **given)


def side(
    *checks: CheckResult, texts: dict[tuple[str, int], tuple[str, ...]] | None = None, name: str = "s"
) -> DiffSide:
    return DiffSide(name, checks, texts)


def ids(flips: Any) -> list[str]:
    return [flip.check.id for flip in flips]


def pages(before: dict[int, str], after: dict[int, str], *checks: CheckResult) -> BenchDiff:
    old = {("a.pdf", page): (text,) for page, text in before.items()}
    new = {("a.pdf", page): (text,) for page, text in after.items()}
    return diff_results(side(texts=old), side(*checks, texts=new))


def write_benchmark(folder: Path) -> Path:
    """A benchmark of two PDFs and two files of checks."""
    (folder / "pdfs" / "sub").mkdir(parents=True)
    (folder / "pdfs" / "a.pdf").write_bytes(b"%PDF-1.4")
    (folder / "pdfs" / "sub" / "b.pdf").write_bytes(b"%PDF-1.4")
    write_checks(folder / "one.jsonl", present(1, "alpha"), present(2, "beta"))
    write_checks(folder / "two.jsonl", present(1, "gamma", "sub/b.pdf"))
    return folder


def write_words(folder: Path) -> Path:
    """A benchmark of one PDF and a check for each of two words."""
    (folder / "pdfs").mkdir(parents=True)
    (folder / "pdfs" / "a.pdf").write_bytes(b"%PDF-1.4")
    write_checks(folder / "words.jsonl", *({**present(0, word), "id": word} for word in ("alpha", "beta")))
    return folder


def finish_run(root: AnyPath, run: str, *records: DocumentRecord, from_cache: int = 0) -> RunFolder:
    """Write the state and the report of a finished run with these documents."""
    folder = Workspace(root).run(run)
    folder.write_header(
        RunHeader(run=run, created="2026-11-23T00:00:00+00:00", version="0", sources=(), settings=Settings())
    )
    folder.write_recipe(make_recipe(Settings(), ScriptedEngine().identity))
    folder.write_records("00000", records)
    folder.write_judged(folder.outcomes())
    counts = count_documents(records).with_cached(from_cache)
    report = {"run": run, "pages": counts.pages.model_dump()}
    for name in (run, "latest"):
        write_atomic(Workspace(root).reports / name / "report.json", json.dumps(report).encode())
    return folder


def document_record(name: str, *texts: str, errors: dict[int, str] | None = None) -> DocumentRecord:
    """A document with these pages; ``errors`` are codes by page number, of pages that failed."""
    text, spans = join_pages(texts)
    read = {"route": "model", "engine": "e", "attempts": 1}
    failed = {number: ErrorInfo(code=code, message="") for number, code in (errors or {}).items()}
    pages = [
        PageSummary.model_validate(
            {
                **read,
                "page_number": number,
                "status": "failed" if number in failed else "ok",
                "error": failed.get(number),
            }
        )
        for number in range(1, len(texts) + 1)
    ]
    source = Source(uri=f"/data/{name}", name=name)
    return DocumentRecord(
        doc_id=bytes_digest(name.encode()), sources=(source,), kind="pdf", status="kept", text=text, spans=spans,
        pages=tuple(pages), page_count=len(pages),
    )  # fmt: skip
