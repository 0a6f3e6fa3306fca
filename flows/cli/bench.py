"""The command ``olmocr-flows bench``: candidates scored on an olmOCR-bench folder, side by side."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from flows.cli.flags import add_engine_flags, settings_from_flags
from flows.cli.plain_text import say
from olmocr_core.domain.errors import UsageError

if TYPE_CHECKING:
    from olmocr_core.bench.data import BenchData
    from olmocr_core.bench.equation_checker import EquationChecker
    from olmocr_core.bench.result import BenchResult
    from olmocr_core.bench.texts import CandidateTexts

EXAMPLES = """examples:
  olmocr-flows bench olmOCR-bench --engine cpu --workspace bench-ws
  olmocr-flows bench olmOCR-bench --candidate out/marker --candidate ours=out/ours --report report.html
  olmocr-flows bench olmOCR-bench --engine cpu --floor mean=0.6 --floor table_tests=0.5

exit codes: 0 scored and over every floor, 1 under a floor or pages that failed, 2 wrong command line or unreadable checks
"""


def add_bench(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    bench = commands.add_parser(
        "bench",
        help="score engines and texts on olmOCR-bench",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    bench.add_argument(
        "data", type=Path, metavar="DATA_DIR", help="*.jsonl of checks beside pdfs/; or one of the files"
    )
    bench.add_argument(
        "--candidate", action="append", default=[], metavar="[NAME=]FOLDER", help="texts {pdf stem}_pg{N}_repeat{R}.md"
    )
    add_engine_flags(bench, "convert the pages, too")
    bench.add_argument("--workspace", type=Path, default=Path("bench-workspace"), metavar="DIR")
    bench.add_argument("--name", help="of the converted candidate (default: the engine)")
    bench.add_argument("--upstream-compat", action="store_true", help="count exactly as the published scorer does")
    bench.add_argument("--skip-baseline", action="store_true", help="leave the sanity checks out")
    bench.add_argument("--floor", action="append", default=[], metavar="CATEGORY=RATE", help="0 to 1; mean is one, too")
    bench.add_argument("--floors", type=Path, metavar="FILE.json", help='such as {"mean": 0.6, "old_scans": 0.3}')
    bench.add_argument("--results", type=Path, metavar="FILE.jsonl", help="every check's result, a line each")
    bench.add_argument("--json", type=Path, metavar="FILE", help="the scores")
    bench.add_argument("--report", type=Path, metavar="FILE.html", help="each failing check beside its page")
    # The texts that are scored are published Markdown files.
    bench.set_defaults(command=run_bench, formats="markdown")


def run_bench(arguments: argparse.Namespace) -> int:
    """Score the candidates and print the table. The exit code is 0, or 1 when a floor does not hold."""
    from olmocr_core.bench.data import read_bench
    from olmocr_core.bench.run import score_candidate
    from olmocr_core.bench.table import format_scores

    floors = read_floors(arguments)
    data = read_bench(arguments.data, skip_baseline=arguments.skip_baseline, compat=arguments.upstream_compat)
    candidates = list(_candidates(arguments, data))
    math = _math_judge(arguments.upstream_compat)
    results = [score_candidate(data, each, math=math, compat=arguments.upstream_compat) for each in candidates]
    say(format_scores(results))
    if _needs_conversion(arguments):
        # The converted candidate is the last one.
        _store_result(arguments.workspace, data, results[-1], candidates[-1], floors)
    _write_outputs(arguments, data, results, candidates, math)
    return _check_floors(results, floors)


def read_floors(arguments: argparse.Namespace) -> dict[str, float]:
    """The floors of ``--floors``, overridden by ``--floor``. Raises UsageError for a value that is not a rate."""
    values: dict[str, object] = {}
    if arguments.floors:
        try:
            loaded = json.loads(arguments.floors.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(f"--floors {arguments.floors}: {error}") from error
        if not isinstance(loaded, dict):
            raise UsageError(f"--floors {arguments.floors}: write an object of categories and rates")
        values |= loaded
    values |= dict(flag.rpartition("=")[::2] for flag in arguments.floor)
    return {name: _rate(name, value) for name, value in values.items()}


def _rate(name: str, value: object) -> float:
    try:
        rate = float(str(value))
    except ValueError:
        rate = -1.0
    if not name or not 0 <= rate <= 1:
        raise UsageError(f"floor {name}={value}: write CATEGORY=RATE with a rate from 0 to 1, for example mean=0.6")
    return rate


def _candidates(arguments: argparse.Namespace, data: BenchData) -> Iterator[CandidateTexts]:
    from olmocr_core.bench.texts import read_texts

    for given in arguments.candidate:
        name, _, folder = given.rpartition("=")
        if not Path(folder).is_dir():
            raise UsageError(f"--candidate {given}: {folder} is no folder")
        yield read_texts(Path(folder), data.pdfs, name or None)
    if _needs_conversion(arguments):
        yield _convert(arguments, data)


def _needs_conversion(arguments: argparse.Namespace) -> bool:
    return bool(arguments.engine or arguments.server or arguments.recording or not arguments.candidate)


def _convert(arguments: argparse.Namespace, data: BenchData) -> CandidateTexts:
    from flows.cli.execute_run import RunRequest, execute_run
    from olmocr_core.bench.from_workspace import read_workspace_texts

    request = RunRequest(
        sources=(str(data.folder / "pdfs"),),
        workspace=str(arguments.workspace),
        engine=arguments.engine,
        settings=settings_from_flags(arguments),
        # Every page is scored, also those that were read before: they come from the cache.
        again="all",
        ephemeral=arguments.ephemeral,
    )
    started = time.monotonic()
    code = execute_run(request)
    if code not in (0, 1):
        raise UsageError(f"the pages were not converted: run ended with {code}")
    name = arguments.name or arguments.engine or ("replay" if arguments.recording else "auto")
    return read_workspace_texts(arguments.workspace, data, name, time.monotonic() - started)


def _math_judge(compat: bool) -> EquationChecker:
    from olmocr_core.bench.run import find_equation_checker

    return find_equation_checker(compat=compat)


def _store_result(
    workspace: Path, data: BenchData, result: BenchResult, candidate: CandidateTexts, floors: dict[str, float]
) -> None:
    from olmocr_core.bench.from_workspace import open_latest_run
    from olmocr_core.bench.gates import Gates
    from olmocr_core.bench.stage import store_result

    folder = open_latest_run(workspace)
    kept = store_result(workspace, folder, data, result, candidate, Gates(floors=floors))
    say(f"kept: {workspace / 'benchmarks' / kept.run}")
    if kept.pages.not_recorded:
        say(f"{kept.pages.not_recorded} pages have no recorded answer")


def _write_outputs(
    arguments: argparse.Namespace,
    data: BenchData,
    results: list[BenchResult],
    candidates: list[CandidateTexts],
    math: EquationChecker,
) -> None:
    if arguments.results:
        lines = (check.model_dump_json() for result in results for check in result.results)
        arguments.results.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    if arguments.json:
        scores = [result.model_dump(mode="json", exclude={"results"}) for result in results]
        arguments.json.write_text(json.dumps(scores, indent=1), encoding="utf-8")
    if arguments.report:
        from olmocr_core.bench.report import write_report

        write_report(arguments.report, data, results, candidates, math)
        say(f"report: {arguments.report}")


def _check_floors(results: list[BenchResult], floors: dict[str, float]) -> int:
    under = [f"{result.candidate}: {miss}" for result in results for miss in result.describe_shortfalls(floors)]
    for line in under:
        say(f"under its floor: {line}")
    return 1 if under else 0
