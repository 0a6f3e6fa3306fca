"""The command ``olmocr-flows watch``: what settles in a folder is read, again and again, until it is stopped."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flows.cli.plain_text import say
from olmocr_core.domain.errors import EngineUnavailable, OlmocrError, SliceError, UsageError

if TYPE_CHECKING:
    from olmocr_core.sources.listing import Listed

HandOver = Callable[[Sequence[str]], frozenset[str]]
"""Reads files; those that need no further try come back."""

EXAMPLES = """examples:
  olmocr-flows watch inbox --workspace out                          # a dataset that follows the folder
  olmocr-flows watch s3://bucket/inbox --workspace s3://bucket/ws -- --formats dolma,markdown
  olmocr-flows watch inbox --service http://127.0.0.1:8000 --out texts --move-to read

Files are looked at every few seconds: shared folders and those of Windows tell nobody of changes. Nothing is moved or deleted
unless --move-to says so. Started again, it reads nothing twice: the workspace, or the service, knows what was read.
"""
# A file that is written without end does not keep the others waiting for ever.
PATIENCE_SECONDS = 60.0


def add_watch(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    watch = commands.add_parser(
        "watch",
        help="read what settles in a folder",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    watch.add_argument("source", metavar="FOLDER", help="a folder, or s3://BUCKET/FOLDER")
    watch.add_argument("--workspace", default="./workspace", metavar="DIR", help="as for run (default: %(default)s)")
    watch.add_argument("--every", type=float, default=5.0, metavar="SECONDS", help="between two looks (default: 5)")
    watch.add_argument(
        "--settle", type=float, default=10.0, metavar="SECONDS", help="a file is read once unchanged for so long (10)"
    )
    watch.add_argument("--once", action="store_true", help="end when everything that is there now was read")
    watch.add_argument("--service", metavar="URL", help="send files to this HTTP service; its key is OLMOCR_API_KEY")
    watch.add_argument("--out", metavar="DIR", help="with --service: where the texts go, as NAME.md")
    watch.add_argument("--move-to", metavar="DIR", help="with --service: where files go once they were read")
    watch.add_argument("run_flags", nargs="*", metavar="-- FLAGS", help="further flags of run")
    watch.set_defaults(command=_watch)


def _watch(arguments: argparse.Namespace) -> int:
    from olmocr_core.sources.settling import Settling

    _check(arguments)
    hand_over = _service(arguments) if arguments.service else _run(arguments)
    look = _lister(arguments)
    settling = Settling(arguments.settle)
    waiting_since: float | None = None
    say(f"watching {arguments.source} (Ctrl-C ends)")
    while True:
        now = time.monotonic()
        found = settling.look(look(), now)
        waiting_since = (waiting_since or now) if found.settled else None
        is_late = waiting_since is not None and now - waiting_since > PATIENCE_SECONDS
        if found.settled and (arguments.service or not found.changing or is_late):
            read = hand_over([one.uri for one in found.settled])
            settling.tell(one for one in found.settled if one.uri in read)
            waiting_since = None
        elif arguments.once and not found.settled and not found.changing:
            return 0
        time.sleep(arguments.every)


def _check(arguments: argparse.Namespace) -> None:
    if arguments.service and "://" in arguments.source:
        raise UsageError("with --service, watch a local folder")
    if not arguments.service and (arguments.out or arguments.move_to):
        raise UsageError(
            "--out and --move-to need --service: a run puts its texts into the workspace, and moves nothing"
        )
    if arguments.service and not arguments.out:
        raise UsageError("with --service, --out says where the texts go")
    if "://" not in arguments.source and not Path(arguments.source).is_dir():
        raise UsageError(f"{arguments.source} is no folder")
    for name in ("out", "move_to"):
        place = getattr(arguments, name)
        if place and Path(place).resolve().is_relative_to(Path(arguments.source).resolve()):
            raise UsageError(f"--{name.replace('_', '-')} lies in the watched folder, and would be watched, too")


def _lister(arguments: argparse.Namespace) -> Callable[[], list[Listed]]:
    """What lists the folder; while that is away there is nothing in it."""
    from olmocr_core.domain.load_settings import load_settings
    from olmocr_core.sources.listing import Listing, list_sources
    from olmocr_core.storage.fetch import Fetcher
    from olmocr_core.wiring import open_workspace

    settings = load_settings()
    workspace = open_workspace(arguments.workspace)
    fetcher = Fetcher(settings.storage, workspace.inputs)

    def look() -> list[Listed]:
        try:
            return list(list_sources([arguments.source], fetcher, settings.limits, workspace.root, Listing()))
        except (SliceError, UsageError) as error:
            say(f"{arguments.source} cannot be listed now: {error}", file=sys.stderr)
            return []

    return look


def _run(arguments: argparse.Namespace) -> HandOver:
    """Hand over by a run of the whole folder: the ledger of the workspace finds what is new, also after a new start."""
    command = [sys.executable, "-m", "flows.cli", "run", arguments.source, "--workspace", arguments.workspace]

    def hand_over(files: Sequence[str]) -> frozenset[str]:
        say(f"{len(files)} new or changed files")
        subprocess.run([*command, *arguments.run_flags], check=False)
        return frozenset(files)

    return hand_over


def _service(arguments: argparse.Namespace) -> HandOver:
    """Hand over to the service, which is asked for each file by its digest before it is sent."""
    from flows.cli.watch_service import read_by_service

    move_to = Path(arguments.move_to) if arguments.move_to else None

    def hand_over(files: Sequence[str]) -> frozenset[str]:
        read = set()
        for file in files:
            try:
                read_by_service(arguments.service, Path(arguments.source), Path(file), Path(arguments.out), move_to)
                read.add(file)
            except EngineUnavailable as error:
                say(f"{file} waits: {error}", file=sys.stderr)
            except OlmocrError as error:
                say(f"{file}: {error}", file=sys.stderr)
                read.add(file)
        return frozenset(read)

    return hand_over
