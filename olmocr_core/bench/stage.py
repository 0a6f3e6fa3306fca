"""Score a run of the pipeline: store the scores in its workspace, check the gates, compare with the previous run."""

from __future__ import annotations

import asyncio
from pathlib import Path

from olmocr_core.bench.data import BenchData, read_bench
from olmocr_core.bench.diff import BenchDiff, DiffSide, diff_results
from olmocr_core.bench.equation_checker import EquationChecker
from olmocr_core.bench.from_workspace import count_pages, read_run_texts
from olmocr_core.bench.gates import Gates
from olmocr_core.bench.result import BenchResult
from olmocr_core.bench.results_store import (
    FOLDER,
    StoredRun,
    StoredScores,
    hash_checks,
    read_history,
    read_stored_run,
    store_run,
)
from olmocr_core.bench.run import find_equation_checker, score_candidate
from olmocr_core.bench.texts import CandidateTexts
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Frozen
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.storage.paths import AnyPath
from olmocr_core.storage.runs import RunFolder


class BenchRequest(Frozen):
    """What to score: the benchmark's folder, the candidate's name, and the gates."""

    data: str
    name: str
    gates: Gates = Gates()
    upstream_compat: bool = False


class BenchSummary(Frozen):
    """The size of a benchmark; ``source`` is the folder of its PDFs."""

    source: str
    documents: int
    checks: int


async def check_request(order: BenchRequest) -> BenchSummary:
    """Read the benchmark. Raises UsageError, before any page is read, for errors in the request or the checks."""
    order.gates.check_names()
    data = await asyncio.to_thread(read_bench, Path(order.data), compat=order.upstream_compat)
    return BenchSummary(source=str(data.folder / "pdfs"), documents=len(data.pdfs), checks=len(data.checks))


async def score_run(ref: RunRef, order: BenchRequest, seconds_per_page: float | None = None) -> StoredScores:
    """Score the texts of a finished run and store the result in its workspace."""
    return await asyncio.to_thread(_score_run, ref, order, seconds_per_page)


def _score_run(ref: RunRef, order: BenchRequest, seconds_per_page: float | None) -> StoredScores:
    workspace, folder = ref.open()
    data = read_bench(Path(order.data), compat=order.upstream_compat)
    candidate = read_run_texts(folder, data, order.name, seconds_per_page)
    math: EquationChecker = find_equation_checker(compat=order.upstream_compat)
    result = score_candidate(data, candidate, math=math, compat=order.upstream_compat)
    return store_result(workspace.root, folder, data, result, candidate, order.gates)


def store_result(
    root: AnyPath, folder: RunFolder, data: BenchData, result: BenchResult, candidate: CandidateTexts, gates: Gates
) -> StoredScores:
    """Store the result of a run in the workspace at ``root``; return its scores."""
    header = folder.header()
    pages = count_pages(root, header.run)
    scores = StoredScores(
        run=header.run,
        created=header.created,
        data=data.folder.name,
        checks=hash_checks(data),
        engine=folder.recipe().engine,
        candidate=result.candidate,
        mean=result.mean,
        interval=result.interval,
        categories=result.categories,
        pages=pages,
        seconds_per_page=result.seconds_per_page,
        compat=result.compat,
        missed=gates.find_missed(result, pages),
    )
    store_run(root, scores, result, candidate)
    return scores


def diff_with_previous(root: AnyPath, scores: StoredScores) -> BenchDiff | None:
    """Compare with the candidate's previous run on the same checks; None for the first."""
    alike = (scores.candidate, scores.checks, scores.compat)
    runs = [each for each in read_history(root) if (each.candidate, each.checks, each.compat) == alike]
    earlier = [each for each in runs if (each.created, each.run) < (scores.created, scores.run)]
    if not earlier:
        return None
    return diff_results(*(make_side(read_stored_run(root / FOLDER / each.run)) for each in (earlier[-1], scores)))


def make_side(run: StoredRun, name: str | None = None) -> DiffSide:
    """Make a stored run one side of a comparison."""
    return DiffSide(name or f"{run.scores.candidate} {run.scores.run}", run.results, run.texts)


def read_newest_run(root: AnyPath) -> StoredRun:
    """Read the newest stored run of a workspace. Raises UsageError if there is none."""
    runs = read_history(root)
    if not runs:
        raise UsageError(f"{root} holds no benchmark run")
    return read_stored_run(root / FOLDER / runs[-1].run)
