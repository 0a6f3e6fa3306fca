"""A run of the pipeline as a run of a benchmark: scored, kept in its workspace, held against its gates and the one before."""

from __future__ import annotations

import asyncio
from pathlib import Path

from olmocr_core.bench.data import BenchData, read_bench
from olmocr_core.bench.diff import BenchDiff, Side, compare
from olmocr_core.bench.from_workspace import count_pages, read_run
from olmocr_core.bench.gates import Gates
from olmocr_core.bench.judge_math import MathJudge
from olmocr_core.bench.result import BenchResult
from olmocr_core.bench.results_store import FOLDER, Kept, KeptScores, checks_digest, history, keep, read_kept
from olmocr_core.bench.run import find_math_judge, score
from olmocr_core.bench.texts import Candidate
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Frozen
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.storage.paths import AnyPath
from olmocr_core.storage.runs import RunFolder


class BenchOrder(Frozen):
    """What to score: the benchmark's folder, the candidate's name, and what has to hold."""

    data: str
    name: str
    gates: Gates = Gates()
    upstream_compat: bool = False


class BenchFound(Frozen):
    """What a benchmark holds; ``source`` is the folder of its PDFs."""

    source: str
    documents: int
    checks: int


async def check(order: BenchOrder) -> BenchFound:
    """Look into the benchmark. Raises UsageError, before a page is read, for what cannot work."""
    order.gates.check()
    data = await asyncio.to_thread(read_bench, Path(order.data), compat=order.upstream_compat)
    return BenchFound(source=str(data.folder / "pdfs"), documents=len(data.pdfs), checks=len(data.checks))


async def score_run(ref: RunRef, order: BenchOrder, seconds_per_page: float | None = None) -> KeptScores:
    """Score the texts of a run that has been judged, and keep the result in its workspace."""
    return await asyncio.to_thread(_score_run, ref, order, seconds_per_page)


def _score_run(ref: RunRef, order: BenchOrder, seconds_per_page: float | None) -> KeptScores:
    workspace, folder = ref.open()
    data = read_bench(Path(order.data), compat=order.upstream_compat)
    candidate = read_run(folder, data, order.name, seconds_per_page)
    math: MathJudge = find_math_judge(compat=order.upstream_compat)
    result = score(data, candidate, math=math, compat=order.upstream_compat)
    return keep_result(workspace.root, folder, data, result, candidate, order.gates)


def keep_result(
    root: AnyPath, folder: RunFolder, data: BenchData, result: BenchResult, candidate: Candidate, gates: Gates
) -> KeptScores:
    """Keep what a run was scored in the workspace at ``root``; the line of its history comes back."""
    header = folder.header()
    pages = count_pages(root, header.run)
    scores = KeptScores(
        run=header.run,
        created=header.created,
        data=data.folder.name,
        checks=checks_digest(data),
        engine=folder.recipe().engine,
        candidate=result.candidate,
        mean=result.mean,
        interval=result.interval,
        categories=result.categories,
        pages=pages,
        seconds_per_page=result.seconds_per_page,
        compat=result.compat,
        missed=gates.missed(result, pages),
    )
    keep(root, scores, result, candidate)
    return scores


def since_last(root: AnyPath, scores: KeptScores) -> BenchDiff | None:
    """What changed since the candidate's run before by the same checks; None for the first."""
    alike = (scores.candidate, scores.checks, scores.compat)
    runs = [each for each in history(root) if (each.candidate, each.checks, each.compat) == alike]
    earlier = [each for each in runs if (each.created, each.run) < (scores.created, scores.run)]
    if not earlier:
        return None
    return compare(*(side_of(read_kept(root / FOLDER / each.run)) for each in (earlier[-1], scores)))


def side_of(kept: Kept, name: str | None = None) -> Side:
    """A kept run as one side of a comparison."""
    return Side(name or f"{kept.scores.candidate} {kept.scores.run}", kept.results, kept.texts)


def newest(root: AnyPath) -> Kept:
    """The newest run that a workspace keeps. Raises UsageError where it keeps none."""
    runs = history(root)
    if not runs:
        raise UsageError(f"{root} keeps no run of a benchmark")
    return read_kept(root / FOLDER / runs[-1].run)
