"""The console script ``olmocr-flows``. Help and errors come at once: Prefect is imported only when a command needs it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from flows.cli.bench import add_bench
from flows.cli.bench_diff import add_bench_diff, join_bench_diff
from flows.cli.deploy import add_deploy
from flows.cli.doctor import add_doctor
from flows.cli.plain_text import replace_what_cannot_be_written, say
from flows.cli.record import add_record
from flows.cli.run import add_run
from flows.cli.server import add_server
from flows.cli.watch import add_watch
from flows.cli.worker import add_worker
from olmocr_core.domain.errors import OlmocrError
from olmocr_core.storage.full_disk import full_disk

# In the order of the help text.
COMMANDS = (add_run, add_watch, add_bench, add_bench_diff, add_record, add_server, add_deploy, add_worker, add_doctor)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code (see the help of each command)."""
    replace_what_cannot_be_written()
    arguments = parse(argv)
    try:
        return int(arguments.command(arguments))
    except OlmocrError as error:
        say(f"olmocr-flows: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        full = full_disk(error)
        if full is None:
            raise
        say(f"olmocr-flows: {full}", file=sys.stderr)
        return full.exit_code
    except KeyboardInterrupt:
        return 130


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments of a command line; ``command`` is the function to call with them."""
    return build_parser().parse_args(join_bench_diff(list(sys.argv[1:] if argv is None else argv)))


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(prog="olmocr-flows", description="PDFs and page images into clean text.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add_command in COMMANDS:
        add_command(commands)
    return parser
