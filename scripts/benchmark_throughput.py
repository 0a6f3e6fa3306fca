"""Measure pages per second: rendering alone, the core without Prefect, the whole flow with an instant engine, the cpu engine.

One run measures everything on the same documents, because machines are noisy: read the ratios, and the CPU milliseconds
per page (of this process, its workers and the local Prefect server). The documents are copies of FILES, unique by a
trailing comment, with at least PAGES pages in total.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from olmocr_core.domain.load_settings import load_settings
from olmocr_core.ledger.diff import Again
from olmocr_core.pdf.page_reader import SandboxedPageReader, open_pool
from olmocr_core.reading.slices import make_page_ref
from olmocr_core.sources import collect
from olmocr_core.stages import documents as document_stages
from olmocr_core.stages import output, pages
from olmocr_core.stages.begin_run import begin_run
from olmocr_core.stages.compare_sources import ComparePolicy, compare_sources
from olmocr_core.wiring import open_runtime

T = TypeVar("T")
REPO = Path(__file__).resolve().parent.parent
CORPUS = Path(os.environ.get("OLMOCR_CORPUS", REPO.parent / "shared" / "corpus"))


def default_files() -> list[Path]:
    """Return a long born-digital document of the corpus if it is there, else a sample document."""
    book = CORPUS / "dev" / "pdfs" / "gnarly_bws_book_ch2.pdf"
    return [book] if book.exists() else [REPO / "tests/data/samples/code_and_formula.pdf"]


def make_documents(files: list[Path], wanted: int, folder: Path) -> int:
    """Write unique copies of files until they have ``wanted`` pages; return the number of pages."""
    import pypdfium2

    total, copy = 0, 0
    counts = {file: len(pypdfium2.PdfDocument(file)) for file in files}
    while total < wanted:
        for file in files:
            (folder / f"{file.stem}-{copy:05d}.pdf").write_bytes(file.read_bytes() + f"\n% copy {copy}\n".encode())
            total += counts[file]
        copy += 1
    return total


async def measure_seconds(step: Callable[[], Awaitable[object]]) -> float:
    """Measure the seconds of a step."""
    started = time.perf_counter()
    await step()
    return time.perf_counter() - started


def cpu_seconds() -> float:
    """CPU seconds of this process, its ended children and the local Prefect server, independent of other load."""
    usages = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in usages) + server_cpu_seconds()


def server_cpu_seconds() -> float:
    """CPU seconds of the local Prefect server; 0 if another server is configured."""
    from flows.local_server.server import find_running_server

    server = find_running_server()
    if server is None:
        return 0.0
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_cpu(figures: dict[str, float], name: str, pages: int, run: Callable[[], T]) -> T:
    """Call ``run`` and record its CPU milliseconds per page."""
    before = cpu_seconds()
    result = run()
    figures[f"{name}_cpu_ms"] = 1000 * (cpu_seconds() - before) / pages
    return result


async def measure_rendering(folder: Path, work: Path) -> float:
    """Measure the seconds to render and encode every page in the worker pool, without storing images."""
    settings = load_settings()
    found = await collect([str(folder)], work / "inputs", settings.limits)
    async with open_pool(settings) as pool:
        reader = SandboxedPageReader(pool)
        infos = await asyncio.gather(*(reader.inspect(document) for document in found.documents))
        refs = [
            make_page_ref(document, number)
            for document, info in zip(found.documents, infos, strict=True)
            for number in range(1, info.pages + 1)
        ]
        slots = asyncio.Semaphore(pool.size * 4)

        async def draw(index: int) -> None:
            async with slots:
                await reader.render(refs[index])

        async def everything() -> None:
            await asyncio.gather(*(draw(index) for index in range(len(refs))))

        return await measure_seconds(everything)


async def measure_core(folder: Path, work: Path, engine: str) -> tuple[float, dict[str, float]]:
    """Measure the seconds of the flow's steps without Prefect, in total and by step."""
    steps: dict[str, float] = {}
    ref = begin_run([str(folder)], str(work), [{"engine": engine}])
    workspace, run = ref.open()
    started = time.perf_counter()
    async with open_runtime(run.header().settings, workspace) as runtime:
        mark = time.perf_counter()

        def lap(name: str) -> None:
            nonlocal mark
            now = time.perf_counter()
            steps[name] = now - mark
            mark = now

        found = await compare_sources(ref, runtime, ComparePolicy(again="all"))
        lap("compare")
        await asyncio.gather(*(document_stages.inspect_batch(ref, runtime, batch) for batch in found.batches))
        lap("inspect")
        plan = await document_stages.make_plan(ref, runtime)
        lap("plan")
        slots = asyncio.Semaphore(3)

        async def one(index: int) -> None:
            async with slots:
                await pages.render_pages(ref, runtime, index)
                await pages.read_pages(ref, runtime, index)

        await asyncio.gather(*(one(piece.index) for piece in plan.slices if not piece.cached))
        lap("read")
        for batch in found.batches:
            await output.assemble_batch(ref, runtime, batch)
        lap("assemble")
        await output.judge(ref)
        lap("judge")
        await output.publish(ref, runtime)
        lap("publish")
        await output.report(ref, runtime, plan.from_cache)
        lap("report")
    return time.perf_counter() - started, steps


async def measure_flow(folder: Path, work: Path, engine: str, again: Again = "none") -> float:
    """Seconds for the flow ``convert`` against the configured Prefect server; ``again`` as for the flow."""
    from flows.convert import convert

    return await measure_seconds(
        lambda: convert(sources=[str(folder)], workspace=str(work), engine=engine, again=again)
    )


def prepare_prefect(work: Path) -> None:
    """Use the configured Prefect server or start the local one."""
    from flows.local_server.connection import use_or_start_server

    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "WARNING")
    os.environ.setdefault("PREFECT_LOCAL_STORAGE_PATH", str(work / "results"))
    use_or_start_server(Console(quiet=True))


def measure(arguments: argparse.Namespace, work: Path) -> dict[str, float]:
    """Measure all figures, in pages per second unless the name says otherwise."""
    folder = work / "documents"
    folder.mkdir()
    count = make_documents(arguments.files or default_files(), arguments.pages, folder)
    prepare_prefect(work)
    figures: dict[str, float] = {"pages": count}
    from flows.convert import convert  # noqa: F401 - importing Prefect is not part of a run

    rendering = measure_cpu(
        figures, "rendering", count, lambda: asyncio.run(measure_rendering(folder, work / "render"))
    )
    core, steps = measure_cpu(
        figures, "core", count, lambda: asyncio.run(measure_core(folder, work / "core", "instant"))
    )
    flow = measure_cpu(figures, "flow", count, lambda: asyncio.run(measure_flow(folder, work / "flow", "instant")))

    def cached(again: Again) -> float:
        return asyncio.run(measure_flow(folder, work / "flow", "instant", again))

    again = measure_cpu(figures, "flow_cached", count, lambda: cached("all"))
    figures["flow_unchanged_seconds"] = cached("none")
    _, cached_steps = asyncio.run(measure_core(folder, work / "core", "instant"))
    figures |= {
        "found_in_cache": count / cached_steps["plan"],
        "rendering_alone": count / rendering,
        "core_instant": count / core,
        "flow_instant": count / flow,
        "flow_instant_share_of_rendering": rendering / flow,
        "flow_instant_share_of_rendering_by_cpu": figures["rendering_cpu_ms"] / figures["flow_cpu_ms"],
        "prefect_share_of_time": max(0.0, 1 - core / flow),
        "prefect_share_of_cpu": max(0.0, 1 - figures["core_cpu_ms"] / figures["flow_cpu_ms"]),
        "flow_all_cached": count / again,
    }
    figures |= {f"core_{name}_seconds": seconds for name, seconds in steps.items()}
    if arguments.cpu_pages:
        figures |= measure_routes(arguments.cpu_pages, arguments.files or default_files(), work)
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return figures | {"main_process_mb": usage[0] / 1024, "largest_worker_mb": usage[1] / 1024}


def measure_routes(wanted: int, files: list[Path], work: Path) -> dict[str, float]:
    """Measure the embedded engine on born-digital pages by their text layer, and on the same pages by OCR."""
    figures = {}
    for name, pages_wanted, mode in (("text_layer", wanted, "auto"), ("ocr", max(4, wanted // 20), "engine")):
        folder = work / f"cpu-{name}"
        folder.mkdir()
        made = make_documents(files, pages_wanted, folder)
        os.environ["OLMOCR_ROUTING__MODE"] = mode
        _, steps = asyncio.run(measure_core(folder, work / f"cpu-{name}-out", "cpu"))
        del os.environ["OLMOCR_ROUTING__MODE"]
        figures[f"cpu_{name}"] = made / steps["read"]
    return figures


def main() -> int:
    """Measure and print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="PDFs to copy (default: a 48-page textbook chapter)")
    parser.add_argument("--pages", type=int, default=528)
    parser.add_argument("--cpu-pages", type=int, default=96, help="pages for the cpu engine; 0 skips it")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="olmocr-bench-") as scratch:
        figures = measure(arguments, Path(scratch))
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:10.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
