"""What the command line prints when a run ends: a table of documents, counts, and where the results are."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from rich.table import Table

from flows.cli.display import read_snapshot
from flows.cli.plain_console import PlainConsole
from olmocr_core.ledger.sources_state import SourcesFiles
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.output import RunSummary

SHOWN_DOCUMENTS = 40
GPU_HINT = (
    "with a GPU server: .venv/bin/pip install olmocr (its prompts), then add "
    "--server http://HOST:PORT/v1 --model allenai/olmOCR-2-7B-1025"
)


def print_interrupted(ref: RunRef, console: PlainConsole) -> None:
    """Say how far an interrupted run came and how to continue it."""
    _, folder = ref.open()
    now = read_snapshot(folder.progress)
    done = f" after {now.done} of {now.pages} pages" if now and now.pages else ""
    console.print(f"\nstopped{done}; finished pages are kept. To go on, run the same command again.")


def print_summary(ref: RunRef, summary: RunSummary, ui: str | None, console: PlainConsole) -> None:
    """Print the documents, the counts and the places of a finished run; ``ui`` is the address of the Prefect UI."""
    if summary.documents.documents:
        _print_documents(ref, summary, console)
    else:
        console.print("nothing new to read")
    console.print(_sources_line(summary))
    _print_not_followed(ref, summary.sources.not_followed, console)
    console.print(f"dataset: {summary.dataset}", soft_wrap=True)
    console.print(f"report:  {summary.report}", soft_wrap=True)
    if ui:
        console.print(f"UI:      {ui}/runs", soft_wrap=True)
    if summary.serving is None:
        console.print(GPU_HINT, soft_wrap=True)


def _print_documents(ref: RunRef, summary: RunSummary, console: PlainConsole) -> None:
    _, folder = ref.open()
    table = Table("document", "status", "pages", "why", title=f"run {summary.run}", title_justify="left")
    statuses: Counter[str] = Counter()
    for record in (outcome.record for outcome in folder.judged()):
        statuses[record.status] += 1
        if table.row_count < SHOWN_DOCUMENTS:
            table.add_row(record.sources[0].name, record.status, str(record.page_count), "; ".join(record.reasons))
    console.print(table)
    if statuses.total() > SHOWN_DOCUMENTS:
        console.print(f"... and {statuses.total() - SHOWN_DOCUMENTS} more documents; the report lists them all")
    ends = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in statuses.most_common())
    console.print(f"{summary.documents.documents} documents: {ends}")
    console.print(_pages_line(summary))


def _print_not_followed(ref: RunRef, count: int, console: PlainConsole) -> None:
    """Name the links and members of archives that were not followed, with the reason."""
    if not count:
        return
    _, folder = ref.open()
    console.print(f"not followed: {count}")
    for one in islice(SourcesFiles(folder.root).not_followed(), SHOWN_DOCUMENTS):
        console.print(f"  {one.source.uri}: {one.reason}", soft_wrap=True)
    if count > SHOWN_DOCUMENTS:
        console.print(f"  ... and {count - SHOWN_DOCUMENTS} more; {folder.root}/not_followed.jsonl lists them all")


def _sources_line(summary: RunSummary) -> str:
    """What has become of the files that the sources hold."""
    sources = summary.sources
    known = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in sources.unchanged_outcomes.items())
    unchanged = f"{sources.unchanged + sources.returned} unchanged" + (f" ({known})" if known else "")
    changes = {"new": sources.new, "changed": sources.changed, "read again": sources.again, "gone": sources.deleted}
    parts = [*(f"{count} {name}" for name, count in changes.items() if count), unchanged]
    return f"{sources.listed} files: {', '.join(parts)}"


def _pages_line(summary: RunSummary) -> str:
    pages = summary.pages
    routes = {
        "by text layer": pages.text_layer,
        "by OCR": pages.ocr,
        "by model": pages.model,
        "blank": pages.blank,
        "fallback": pages.fallback,
        "failed": pages.failed,
    }
    ways = ", ".join(f"{count} {name}" for name, count in routes.items() if count)
    return (
        f"{pages.total} pages in {summary.seconds:.0f} s, {pages.from_cache} of them from the cache: {ways or 'none'}"
    )
