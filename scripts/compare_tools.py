"""Compare our texts of the corpus with those of pdftotext, tesseract and markitdown.

All texts are checked against the same expectations (``expectations.py``). Texts of the other tools are stored in the work
folder by tool version and document, so that a second comparison only runs ours.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from scripts.expectations import Document, Expectation, Reading, check, corpus_folder, load_documents, load_expectations
from scripts.quality.ours import is_workspace, read_folder, read_workspace, run_ours
from scripts.quality.scoreboard import OURS, Scoreboard, Scored, format_scoreboard, to_data
from scripts.quality.tools import MarkItDown, PdfToText, Tesseract, Tool, ToolFailedError

RIVALS = ("pdftotext", "tesseract", "markitdown")


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    corpus: Path = arguments.corpus
    if not (corpus / "manifest.csv").is_file():
        _say(f"{corpus} has no manifest.csv; set OLMOCR_CORPUS to the folder with dev/, or pass --corpus")
        return 2
    documents = load_documents(corpus)
    try:
        readings = _all_readings(arguments, corpus, documents)
    except (ToolFailedError, FileNotFoundError) as error:
        _say(str(error))
        return 1
    if not readings:
        _say("none of the tools is installed")
        return 1
    board = score(documents, load_expectations(corpus), readings)
    _write(arguments, board)
    return 0


def score(
    documents: tuple[Document, ...], expectations: Iterable[Expectation], readings: dict[str, dict[str, Reading]]
) -> Scoreboard:
    """Check every expectation against every tool's text of its document."""
    expectations = tuple(expectations)
    scored = tuple(
        Scored(tool, expectation, check(expectation, by_document[expectation.document]))
        for tool, by_document in readings.items()
        for expectation in expectations
    )
    return Scoreboard(documents, tuple(readings), scored, readings)


def _parser() -> argparse.ArgumentParser:
    default_work = Path(__file__).resolve().parents[1] / "bench" / "compare"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", default=",".join((OURS, *RIVALS)), metavar="LIST", help="default: %(default)s")
    parser.add_argument(
        "--ours-from", type=Path, metavar="FOLDER", help="a workspace, or a folder of .md files, to score as ours"
    )
    parser.add_argument("--corpus", type=Path, default=corpus_folder(), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--work", type=Path, default=default_work, metavar="DIR", help="default: %(default)s")
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="also write the tables to this file")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every result as JSON")
    parser.add_argument("--fresh", action="store_true", help="read all documents again")
    return parser


def _all_readings(
    arguments: argparse.Namespace, corpus: Path, documents: tuple[Document, ...]
) -> dict[str, dict[str, Reading]]:
    names = [name.strip() for name in arguments.tools.split(",") if name.strip()]
    if unknown := set(names) - {OURS, *RIVALS}:
        raise ToolFailedError(f"unknown tools: {', '.join(sorted(unknown))}; known tools: {', '.join((OURS, *RIVALS))}")
    tools = {tool.name: tool for tool in _rivals(arguments.work)}
    readings = {}
    for name in names:
        if name == OURS:
            readings[OURS] = _our_readings(arguments, corpus, documents)
        elif advice := tools[name].missing():
            _say(f"{name} is left out: {advice}")
        else:
            readings[name] = _rival_readings(tools[name], documents, arguments.work, fresh=arguments.fresh)
    return readings


def _rivals(work: Path) -> tuple[Tool, ...]:
    return (PdfToText(), Tesseract(), MarkItDown(work / "markitdown-venv"))


def _our_readings(arguments: argparse.Namespace, corpus: Path, documents: tuple[Document, ...]) -> dict[str, Reading]:
    folder: Path | None = arguments.ours_from
    if folder is None:
        folder = arguments.work / "workspace"
        run_ours(corpus, folder)
    return read_workspace(folder, documents) if is_workspace(folder) else read_folder(folder, documents)


def _rival_readings(tool: Tool, documents: tuple[Document, ...], work: Path, *, fresh: bool) -> dict[str, Reading]:
    version = tool.version()
    folder = work / "readings" / tool.name
    folder.mkdir(parents=True, exist_ok=True)
    _say(f"{tool.name}: {version} ({tool.about})")
    readings = {}
    for document in documents:
        digest = hashlib.sha256(f"{version}\n{tool.about}\n".encode() + document.path.read_bytes()).hexdigest()
        kept = folder / f"{document.stem}-{digest[:12]}.json"
        if fresh or not kept.exists():
            kept.write_text(json.dumps(dataclasses.asdict(tool.read(document)), ensure_ascii=False), encoding="utf-8")
        values = json.loads(kept.read_text(encoding="utf-8"))
        readings[document.name] = Reading(**(values | {"texts": tuple(values["texts"])}))
    return readings


def _write(arguments: argparse.Namespace, board: Scoreboard) -> None:
    text = format_scoreboard(board)
    print(text)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    if arguments.json:
        arguments.json.write_text(json.dumps(to_data(board), ensure_ascii=False, indent=1), encoding="utf-8")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
