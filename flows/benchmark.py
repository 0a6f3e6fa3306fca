"""The flow ``benchmark``: a benchmark's pages through the normal flow and cache, scored, kept, and held against gates."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Failed

from flows.convert import convert
from olmocr_core.bench.gates import Gates
from olmocr_core.bench.results_store import StoredScores
from olmocr_core.bench.stage import BenchRequest
from olmocr_core.domain.server_address import Options
from olmocr_core.engines import EngineName
from olmocr_core.stages.begin_run import RunRef, new_run_id
from tasks.benchmark import check, score, seconds_per_page, show_benchmark


def _run_name() -> str:
    parameters = flow_run.get_parameters()
    data = str(parameters.get("data") or "?").rstrip("/").rsplit("/", 1)[-1]
    return f"benchmark {data} {flow_run.get_scheduled_start_time():%Y-%m-%d}"


@flow(name="benchmark", flow_run_name=_run_name, result_serializer="json")
async def benchmark(  # noqa: PLR0913 - each is a field of the form in the UI
    data: str,
    workspace: str,
    engine: EngineName | None = None,
    options: Options | None = None,
    floors: dict[str, float] | None = None,
    pages: dict[str, int] | None = None,
    name: str | None = None,
    upstream_compat: bool = False,
) -> StoredScores | State[Any]:
    """Read the pages of a benchmark, score them, and keep the result in the workspace's history.

    Args:
        data: The benchmark's folder in the layout of olmOCR-bench: files of checks beside ``pdfs/``.
        workspace: The folder or ``s3://`` prefix of the benchmark's own: its page cache, its history in ``benchmarks/``.
        engine: What reads the pages; ``auto`` takes the server if one is set, else the embedded ``cpu`` engine.
        options: Any other setting, nested, for example ``{"recording": {"replay_from": "recordings/olmocr-2"}}``.
        floors: Rates that must be reached, by category, for example ``{"mean": 0.6, "tables": 0.5}``; else the run fails.
        pages: Exact numbers of pages, for example ``{"total": 1403, "fallback": 0}``; else the run fails.
        name: What the history calls the candidate; the engine when left out.
        upstream_compat: Count exactly as the published scorer of olmOCR-bench does.
    """
    gates = Gates(floors=floors or {}, pages=pages or {})
    order = BenchRequest(data=data, name=name or engine or "auto", gates=gates, upstream_compat=upstream_compat)
    found = await check(order)
    ref = RunRef(workspace=workspace, run=f"bench-{new_run_id()}")
    chosen = {**(options or {}), "publish": {"formats": ["markdown"]}}
    # Every page is scored, also those that were read before: they come from the cache.
    summary = await convert(
        sources=[found.source], workspace=workspace, engine=engine, options=chosen, again="all", run=ref.run
    )
    scores: StoredScores = await score(ref, order, seconds_per_page(summary))
    await show_benchmark(ref, scores)
    return Failed(message=f"A gate does not hold: {'; '.join(scores.missed)}") if scores.missed else scores
