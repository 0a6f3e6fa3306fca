"""The console script ``olmocr-flows``. Help and errors come at once: Prefect is imported only when a run starts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from flows.cli.bench import add_bench
from flows.cli.bench_diff import add_bench_diff, split
from flows.cli.record import add_record
from olmocr_core.domain.errors import OlmocrError, UsageError

ENGINES = ("auto", "cpu", "sglang", "server", "replay", "instant")
EXAMPLES = """examples:
  olmocr-flows run report.pdf scans/ --workspace out
  olmocr-flows run 'archive/**/*.pdf' papers.tar.gz --workspace out --formats dolma,markdown
  olmocr-flows run list-of-paths.txt --workspace out --set quality.min_chars=200
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code comes back (see ``run --help``)."""
    arguments = parse(argv)
    try:
        return int(arguments.command(arguments))
    except OlmocrError as error:
        print(f"olmocr-flows: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments of a command line; ``command`` is what to call with them."""
    return _parser().parse_args(split(list(sys.argv[1:] if argv is None else argv)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="olmocr-flows", description="PDFs and page images into clean text.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    add_bench(commands)
    add_bench_diff(commands)
    add_record(commands)
    server = commands.add_parser("server", help="the local Prefect server that runs use when none is configured")
    server.add_argument("action", choices=("start", "stop", "status"))
    server.set_defaults(command=_server)
    doctor = commands.add_parser("doctor", help="what is installed, what is missing, and how to get it")
    doctor.set_defaults(command=_doctor)
    return parser


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser(
        "run",
        help="turn documents into a dataset",
        epilog=EXAMPLES
        + "\nexit codes: 0 every document is accounted for and none failed, 1 some failed, 2 wrong command line",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="file, folder, glob, list of paths, tar archive, image, or any of these at s3://BUCKET/...",
    )
    run.add_argument(
        "--workspace",
        default="./workspace",
        metavar="DIR",
        help="where everything goes, a folder or s3://BUCKET/FOLDER (default: %(default)s)",
    )
    run.add_argument("--engine", choices=ENGINES, help="what reads the pages")
    run.add_argument("--server", metavar="URL", help="an OpenAI-compatible server, for example http://gpu-box:30000/v1")
    run.add_argument("--model", metavar="NAME", help="the model that the server serves")
    run.add_argument("--recording", metavar="DIR", help="the recorded answers that the engine replay gives")
    run.add_argument("--record", metavar="DIR", help="keep the raw answer to every page there, for the engine replay")
    run.add_argument("--formats", metavar="LIST", help="of dolma, parquet, markdown; separated by commas")
    run.add_argument("--pages-per-task", metavar="N", help="auto, or pages that one task run works on")
    run.add_argument("--workers", type=int, metavar="N", help="worker processes (default: one a core)")
    run.add_argument("--password-file", metavar="FILE", help="passwords for encrypted documents, one a line")
    run.add_argument("--retry-failed", action="store_true", help="read pages again that failed or fell back before")
    run.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any setting, for example render.encoding=png"
    )
    run.add_argument("--profile", metavar="FILE", help="a TOML file of settings")
    run.add_argument("--ephemeral", action="store_true", help="use Prefect's ephemeral server for this run only")
    run.set_defaults(command=_run)


def _run(arguments: argparse.Namespace) -> int:
    from flows.cli.run import launch

    return launch(arguments)


def _server(arguments: argparse.Namespace) -> int:
    from flows.local_server import server

    if arguments.action == "stop":
        print("stopped" if server.stop_server() else "no local server is running")
        return 0
    found = server.ensure_server() if arguments.action == "start" else server.running_server()
    print(f"Prefect UI: {found.url}" if found else "no local server is running")
    return 0 if found else 1


def _doctor(arguments: argparse.Namespace) -> int:
    from flows.cli.doctor import examine

    problems = 0
    for finding in examine():
        problems += finding.needed and not finding.found
        print(f"{'ok     ' if finding.found else 'missing'} {finding.name}: {finding.detail}")
    return 1 if problems else 0


def settings_from_flags(arguments: argparse.Namespace) -> dict[str, object]:
    """The settings that flags ask for, nested; None where a flag was not given. Raises UsageError for a bad one."""
    chosen: dict[str, object] = {
        "server": arguments.server,
        "model": arguments.model,
        "password_file": arguments.password_file,
        "retry_failed": arguments.retry_failed or None,
        "publish": {"formats": _list(arguments.formats)},
        "recording": {"replay_from": _absolute(arguments.recording), "record_to": _absolute(arguments.record)},
        "orchestration": {"pages_per_task": _pages_per_task(arguments.pages_per_task), "workers": arguments.workers},
    }
    for assignment in arguments.set:
        _assign(chosen, assignment)
    return chosen


def _absolute(folder: str | None) -> str | None:
    return folder if folder is None or "://" in folder else str(Path(folder).expanduser().resolve())


def _list(value: str | None) -> list[str] | None:
    return [item.strip() for item in value.split(",") if item.strip()] if value else None


def _pages_per_task(value: str | None) -> int | str | None:
    if value is None or value == "auto":
        return value
    if value.isdigit() and int(value) > 0:
        return int(value)
    raise UsageError(f"--pages-per-task is {value!r}; give auto or a number from 1")


def _assign(chosen: dict[str, object], assignment: str) -> None:
    key, equals, value = assignment.partition("=")
    if not equals or not key:
        raise UsageError(f"--set {assignment!r}: write KEY=VALUE, for example render.encoding=png")
    target = chosen
    *groups, last = key.split(".")
    for group in groups:
        inner = target.setdefault(group, {})
        if not isinstance(inner, dict):
            raise UsageError(f"--set {assignment!r}: {group} is not a group of settings")
        target = inner
    target[last] = value


if __name__ == "__main__":
    sys.exit(main())
