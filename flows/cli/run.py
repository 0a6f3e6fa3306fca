"""The command ``olmocr-flows run``: documents into a dataset."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from flows.cli.flags import add_engine_flags, settings_from_flags
from olmocr_core.domain.output_formats import FORMATS

if TYPE_CHECKING:
    from flows.cli.execute_run import RunRequest
    from olmocr_core.ledger.diff import Again

EXAMPLES = """examples:
  olmocr-flows run report.pdf scans/ --workspace out
  olmocr-flows run 'archive/**/*.pdf' papers.tar.gz --workspace out --formats dolma,markdown
  olmocr-flows run list-of-paths.txt --workspace out --set quality.min_chars=200

exit codes: 0 every document is accounted for and none failed, 1 some failed, 2 wrong command line
"""


def add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    run = commands.add_parser(
        "run",
        help="turn documents into a dataset",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="file, folder, glob, list of paths, archive, image, or any of these at s3://BUCKET/...",
    )
    run.add_argument(
        "--workspace",
        default="./workspace",
        metavar="DIR",
        help="where everything goes, a folder or s3://BUCKET/FOLDER (default: %(default)s)",
    )
    add_engine_flags(run, "what reads the pages")
    run.add_argument("--formats", metavar="LIST", help=f"of {', '.join(FORMATS)}; separated by commas")
    run.add_argument("--pages-per-task", metavar="N", help="auto, or pages that one task run works on")
    run.add_argument("--workers", type=int, metavar="N", help="worker processes (default: one a core)")
    run.add_argument("--password-file", metavar="FILE", help="passwords for encrypted documents, one a line")
    run.add_argument("--retry-failed", action="store_true", help="read pages again that failed or fell back before")
    run.add_argument(
        "--again",
        choices=("none", "failed", "all"),
        help="which unchanged documents to take again: those that did not end well, or all (finished pages are not read again)",
    )
    run.add_argument("--replace", action="store_true", help="make the dataset exactly what these sources hold")
    run.add_argument("--dry-run", action="store_true", help="list what would be read, renewed and left alone, and stop")
    run.add_argument("--profile", metavar="FILE", help="a TOML file of settings")
    run.set_defaults(command=_run)


def _run(arguments: argparse.Namespace) -> int:
    # Imported here: help and errors must not wait for it.
    from flows.cli.dry_run import print_dry_run
    from flows.cli.execute_run import execute_run

    request = run_request(arguments)
    return print_dry_run(request) if arguments.dry_run else execute_run(request)


def run_request(arguments: argparse.Namespace) -> RunRequest:
    """The request that a command line makes. Raises UsageError for a bad flag."""
    from flows.cli.execute_run import RunRequest

    return RunRequest(
        sources=tuple(arguments.sources),
        workspace=arguments.workspace,
        engine=arguments.engine,
        settings=settings_from_flags(arguments),
        again=_again(arguments),
        replace=arguments.replace,
        profile=arguments.profile,
        ephemeral=arguments.ephemeral,
    )


def _again(arguments: argparse.Namespace) -> Again:
    """Which unchanged documents are taken again. A recording holds all documents that are named."""
    if arguments.record:
        return "all"
    return arguments.again or ("failed" if arguments.retry_failed else "none")
