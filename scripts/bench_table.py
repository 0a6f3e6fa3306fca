"""Compare ours with other tools on a benchmark and write the table of docs/quality.md.

The script installs each tool into its own environment in the work folder and reads every PDF with every tool. Texts are
stored by tool and version, and an interrupted run continues where it stopped. It reads all PDFs again with ours, scores
everything with `olmocr-flows bench`, and writes the table between its markers.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from olmocr_core.bench.data import BenchData, read_bench
from olmocr_core.bench.from_workspace import read_workspace_texts
from olmocr_core.bench.texts import write_texts
from olmocr_core.domain.errors import OlmocrError
from scripts.other_tools.results_table import BEGIN, Row, format_results, replace_between
from scripts.other_tools.text_store import find_texts_folder, measure_seconds_per_page, read_all
from scripts.other_tools.tools import OtherTool, list_tools
from scripts.quality.ours import run_ours_timed
from scripts.quality.tools import ToolFailedError, find_olmocr_flows

_ROOT = Path(__file__).resolve().parents[1]
OURS = "ours"


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        text = _table(arguments)
    except (ToolFailedError, OlmocrError, OSError) as error:
        _say(str(error))
        return 2
    print(text)
    page: Path = arguments.page
    if page.is_file() and BEGIN in page.read_text(encoding="utf-8"):
        page.write_text(replace_between(page.read_text(encoding="utf-8"), text), encoding="utf-8")
        _say(f"written to {page}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a benchmark's folder: checks beside pdfs/")
    parser.add_argument(
        "--work", type=Path, default=_ROOT / "bench" / "tools", metavar="DIR", help="environments, texts"
    )
    parser.add_argument("--page", type=Path, default=_ROOT / "docs" / "quality.md", metavar="FILE.md")
    parser.add_argument("--tools", metavar="LIST", help="only these other tools, separated by commas")
    parser.add_argument("--keep-ours", action="store_true", help="score our stored texts, if there are any")
    return parser


def _table(arguments: argparse.Namespace) -> str:
    data, work = read_bench(arguments.data), arguments.work
    work.mkdir(parents=True, exist_ok=True)
    tools = list_tools(work / "environments")
    if arguments.tools:
        tools = tuple(tool for tool in tools if tool.name in arguments.tools.split(","))
    ours = work / "texts" / OURS
    if not (arguments.keep_ours and (ours / "seconds.json").exists()):
        _read_ours(data, work / "workspace", ours)
    times = json.loads((ours / "seconds.json").read_text(encoding="utf-8"))
    rows = {OURS: Row(OURS, "Apache-2.0", "the engine cpu, its defaults", times["wall"], times["processor"])}
    folders, left_out = {OURS: ours}, {}
    for tool in tools:
        if reason := tool.prepare():
            left_out[tool.name] = reason
            _say(f"{tool.name} is left out: {reason}")
            continue
        folders[tool.name], rows[tool.name] = _read(tool, data, work)
    return format_results(_scores(arguments.data, folders, work / "scores.json"), rows, left_out)


def _read(tool: OtherTool, data: BenchData, work: Path) -> tuple[Path, Row]:
    folder = find_texts_folder(tool, work / "texts")
    folder.mkdir(parents=True, exist_ok=True)
    read_all(tool, data, folder, _say)
    wall, processor, failed = measure_seconds_per_page(folder)
    about = f"{tool.version()}; {tool.about}" + (f"; without text: {failed} of the PDFs" if failed else "")
    return folder, Row(tool.name, tool.licence, about, wall, processor)


def _read_ours(data: BenchData, workspace: Path, folder: Path) -> None:
    processor = run_ours_timed(data.folder / "pdfs", workspace)
    report = json.loads((workspace / "reports" / "latest" / "report.json").read_text(encoding="utf-8"))
    pages = max(report["pages"]["total"], 1)
    write_texts(folder, read_workspace_texts(workspace, data, OURS))
    times = {"wall": report["seconds"] / pages, "processor": processor / pages}
    (folder / "seconds.json").write_text(json.dumps(times), encoding="utf-8")


def _scores(data: Path, folders: dict[str, Path], out: Path) -> list[dict[str, object]]:
    """Run `olmocr-flows bench` and return its scores."""
    named = [part for name, folder in folders.items() for part in ("--candidate", f"{name}={folder}")]
    command = [find_olmocr_flows(), "bench", str(data), *named, "--json", str(out)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise ToolFailedError(f"olmocr-flows bench ended with {done.returncode}")
    scores: list[dict[str, object]] = json.loads(out.read_text(encoding="utf-8"))
    return scores


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
