"""Stored benchmark runs: ``benchmarks/<run>/`` with scores, checks and texts, and ``benchmarks/history.jsonl``.

The folders are authoritative. The history is rebuilt from them after each run, so that concurrent runs lose nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from olmocr_core.bench.data import BenchData
from olmocr_core.bench.result import BenchResult, CategoryScore, CheckResult
from olmocr_core.bench.texts import CandidateTexts, PageKey
from olmocr_core.documents.counts import PageCounts
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.identity import value_digest
from olmocr_core.domain.json_parsing import M, parse_json
from olmocr_core.domain.models import Frozen
from olmocr_core.domain.ports import EngineIdentity
from olmocr_core.storage.files import open_atomic, write_atomic
from olmocr_core.storage.paths import AnyPath

FOLDER = "benchmarks"
SCORES, CHECKS, TEXTS, HISTORY = "scores.json", "checks.jsonl", "texts.jsonl", "history.jsonl"


class BenchPages(PageCounts):
    """Pages by route or status; ``not_recorded`` of the failed and fallback pages had no recorded answer."""

    not_recorded: int = 0


class StoredScores(Frozen):
    """One benchmark run, a line of the history. ``checks`` is a digest of the checks; ``missed`` are the failed gates."""

    run: str
    created: str
    data: str
    checks: str
    engine: EngineIdentity
    candidate: str
    mean: float
    interval: tuple[float, float]
    categories: dict[str, CategoryScore]
    pages: BenchPages
    seconds_per_page: float | None = None
    compat: bool = False
    missed: tuple[str, ...] = ()


class StoredText(Frozen):
    """The texts of a page, one for each repeat."""

    pdf: str
    page: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A stored run with its results and texts."""

    scores: StoredScores
    results: tuple[CheckResult, ...]
    texts: Mapping[PageKey, tuple[str, ...]]


def hash_checks(data: BenchData) -> str:
    """A digest of a set of checks; its folder does not matter."""
    return value_digest([[name, check.model_dump(mode="json")] for name, check in data.checks])


def store_run(root: AnyPath, scores: StoredScores, result: BenchResult, candidate: CandidateTexts) -> AnyPath:
    """Store a run in a workspace and rebuild the history; return the run's folder. Raises OSError."""
    folder = root / FOLDER / scores.run
    with open_atomic(folder / CHECKS) as stream:
        for check in result.results:
            stream.write(check.model_dump_json().encode() + b"\n")
    with open_atomic(folder / TEXTS) as stream:
        for (pdf, page), texts in sorted(candidate.texts.items()):
            stream.write(StoredText(pdf=pdf, page=page, texts=texts).model_dump_json().encode() + b"\n")
    # Last: this file makes the folder a stored run.
    write_atomic(folder / SCORES, scores.model_dump_json(indent=1).encode())
    lines = (each.model_dump_json().encode() + b"\n" for each in read_history(root))
    write_atomic(root / FOLDER / HISTORY, b"".join(lines))
    return folder


def read_history(root: AnyPath) -> list[StoredScores]:
    """Read the scores of all stored runs, the oldest first."""
    folder = root / FOLDER
    found = [] if not folder.is_dir() else [read_scores(path) for path in folder.iterdir() if is_stored_run(path)]
    return sorted(found, key=lambda each: (each.created, each.run))


def is_stored_run(folder: AnyPath) -> bool:
    """Whether a folder is a stored run."""
    return (folder / SCORES).is_file()


def read_scores(folder: AnyPath) -> StoredScores:
    """Read the scores of a stored run. Raises UsageError for an invalid file."""
    try:
        return StoredScores.model_validate_json((folder / SCORES).read_bytes())
    except ValueError as error:
        raise UsageError(f"{folder / SCORES} is not a file of scores: {error}") from error


def read_stored_run(folder: AnyPath) -> StoredRun:
    """Read a stored run. Raises UsageError for invalid files."""
    texts = {(each.pdf, each.page): each.texts for each in _lines(folder / TEXTS, StoredText)}
    return StoredRun(read_scores(folder), read_checks(folder / CHECKS), texts)


def read_checks(path: AnyPath) -> tuple[CheckResult, ...]:
    """Read results from JSON lines, as ``bench --results`` writes them. Raises UsageError."""
    return tuple(_lines(path, CheckResult))


def _lines(path: AnyPath, kind: type[M]) -> Iterator[M]:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist") from error
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            yield parse_json(kind, line, f"{path}, line {number}")
