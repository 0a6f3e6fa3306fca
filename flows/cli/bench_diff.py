"""The command ``olmocr-flows bench diff``: two results of a benchmark, check by check and page by page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from flows.cli.plain_text import say

if TYPE_CHECKING:
    from olmocr_core.bench.diff import BenchDiff

NAME = "bench-diff"
EXAMPLES = """examples:
  olmocr-flows bench diff before/benchmarks/RUN after/benchmarks/RUN
  olmocr-flows bench diff bench-ws-1 bench-ws-2 --fail-on-regression
  olmocr-flows bench diff ours=checks.jsonl marker=checks.jsonl
  olmocr-flows bench diff out/marker out/ours --data olmOCR-bench

A and B: a workspace (its newest kept run), a folder below its benchmarks/, a file of `bench --results`; with --data also
a workspace or a folder of texts that is scored now.

exit codes: 0, with --fail-on-regression 1 where a check that passed does not pass any more, 2 wrong command line
"""


def add_bench_diff(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command. It is called ``bench diff``: ``join_bench_diff`` makes one word of the two."""
    diff = commands.add_parser(
        NAME,
        prog="olmocr-flows bench diff",
        help="(as: bench diff A B) what changed between two results of a benchmark",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    diff.add_argument("before", metavar="A", help="[NAME=]PATH")
    diff.add_argument("after", metavar="B", help="[NAME=]PATH")
    diff.add_argument("--data", type=Path, metavar="DATA_DIR", help="score the texts of folders now, on these checks")
    diff.add_argument("--upstream-compat", action="store_true", help="with --data: as for bench")
    diff.add_argument("--skip-baseline", action="store_true", help="with --data: as for bench")
    diff.add_argument("--pages", type=int, default=20, metavar="N", help="changed pages shown (default: %(default)s)")
    diff.add_argument("--checks", type=int, default=100, metavar="N", help="checks of each kind (default: %(default)s)")
    diff.add_argument("--fail-on-regression", action="store_true", help="1 where a check that passed does not any more")
    diff.set_defaults(command=run_diff)


def join_bench_diff(argv: list[str]) -> list[str]:
    """A command line in which ``bench diff`` is one word; a benchmark in a folder called diff is ``./diff``."""
    return [NAME, *argv[2:]] if argv[:2] == ["bench", "diff"] else argv


def run_diff(arguments: argparse.Namespace) -> int:
    """Print the difference as Markdown. The exit code is 1 for a regression under ``--fail-on-regression``, else 0."""
    from olmocr_core.bench.diff_table import format_diff

    diff = _compare(arguments)
    say(format_diff(diff, arguments.checks, arguments.pages))
    return 1 if arguments.fail_on_regression and diff.regressed else 0


def _compare(arguments: argparse.Namespace) -> BenchDiff:
    from olmocr_core.bench.data import read_bench
    from olmocr_core.bench.diff import DiffSide, diff_results
    from olmocr_core.bench.diff_inputs import read_side
    from olmocr_core.bench.run import find_equation_checker, score_candidate
    from olmocr_core.bench.texts import CandidateTexts

    sides = (arguments.before, arguments.after)
    if arguments.data is None:
        return diff_results(*map(read_side, sides))
    compat = arguments.upstream_compat
    data = read_bench(arguments.data, skip_baseline=arguments.skip_baseline, compat=compat)
    math = find_equation_checker(compat=compat)

    def judged(candidate: CandidateTexts) -> DiffSide:
        result = score_candidate(data, candidate, math=math, compat=compat)
        return DiffSide(candidate.name, result.results, candidate.texts)

    return diff_results(*(read_side(given, data, judged) for given in sides))
