"""The command ``olmocr-flows record``: raw answers out of a workspace's page cache."""

from __future__ import annotations

import argparse
from pathlib import Path

from flows.cli.plain_text import say

EXAMPLES = """examples:
  olmocr-flows record export out recordings/olmocr-2
  olmocr-flows run scans/ --workspace again --engine replay --recording recordings/olmocr-2
"""


def add_record(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    record = commands.add_parser(
        "record",
        help="keep an engine's raw answers, for the engine replay",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    record.add_argument("action", choices=("export",), help="write what the page cache of a workspace holds")
    record.add_argument("workspace", metavar="WORKSPACE", help="a folder or s3://BUCKET/FOLDER")
    record.add_argument("folder", type=Path, metavar="DIR", help="the recording; one of the same engine is added to")
    record.add_argument("--run", metavar="RUN", help="whose documents (default: the newest run's)")
    record.set_defaults(command=_export)


def _export(arguments: argparse.Namespace) -> int:
    from olmocr_core.recordings.export import export_recording
    from olmocr_core.wiring import open_workspace

    done = export_recording(open_workspace(arguments.workspace), arguments.folder, arguments.run)
    say(f"{done.answers} answers of {done.engine} to {done.pages} pages of {done.documents} documents, run {done.run}")
    if done.missing:
        say(f"{done.missing} pages have no record in the page cache and are not in the recording")
    return 1 if done.missing else 0
