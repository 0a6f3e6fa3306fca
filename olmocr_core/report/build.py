"""Write the report of a run: ``report.html``, one self-contained page, and ``report.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from olmocr_core.documents.counts import pages_per_second
from olmocr_core.domain.serving_stats import ServingStats
from olmocr_core.report.context import DocumentRow, Images, Overview, Records, ReportContext, Texts, collect_overview
from olmocr_core.report.csp import csp_hash
from olmocr_core.report.markdown import make_markdown_renderer
from olmocr_core.report.page_selection import choose_pages, sort_by_severity
from olmocr_core.report.views import (
    LABELS,
    PageViews,
    collect_shown_documents,
    format_count,
    format_duration,
    format_signal,
    make_documents_bar,
    make_pages_bar,
)
from olmocr_core.storage.files import open_atomic
from olmocr_core.storage.paths import AnyPath

if TYPE_CHECKING:
    from jinja2 import Template

TABLE_ROWS = 5_000
LISTED_FAILURES = 25
LISTED_NOTES = 8


def build_report(
    context: ReportContext, records: Records, images: Images, out: AnyPath, texts: Texts | None = None
) -> None:
    """Write ``report.html`` and ``report.json`` into the folder ``out``; streams the records.

    ``texts`` returns the records of some documents with their texts; by default ``records`` have them.

    Raises OSError if the folder cannot be written.
    """
    found = collect_overview(records())
    _write_json(context, found.rows, out / "report.json")
    chosen = choose_pages(found.rows, context.settings.orchestration.report_pages)
    whole = texts(chosen) if texts else records()
    shown = collect_shown_documents(whole, chosen) if chosen else []
    views = PageViews(make_markdown_renderer(), images)
    anchors = {document.record.doc_id: f"d{index}" for index, document in enumerate(shown, 1)}
    page = _PageValues(context, found, sum(len(document.pages) for document in shown))
    values = {
        "run": context,
        "page": page,
        "documents_bar": make_documents_bar(context.counts),
        "pages_bar": make_pages_bar(context.counts),
        "shown": shown,
        "views": views,
        "anchors": anchors,
    }
    with open_atomic(out / "report.html") as stream:
        for chunk in _render(values):
            stream.write(chunk.encode("utf-8", "replace"))


class _PageValues:
    """The numbers and lists that the page derives from the rows."""

    def __init__(self, context: ReportContext, found: Overview, shown_pages: int) -> None:
        ordered = sort_by_severity(found.rows)
        trouble = [row for row in ordered if row.status in ("failed", "held_back")]
        self.rows: list[DocumentRow] = ordered[:TABLE_ROWS]
        self.rows_left_out = len(ordered) - len(self.rows)
        self.trouble = trouble[:LISTED_FAILURES]
        self.trouble_left_out = len(trouble) - len(self.trouble)
        self.notes = found.notes.most_common(LISTED_NOTES)
        self.notes_left_out = len(found.notes) - len(self.notes)
        self.not_followed = context.not_followed[:LISTED_FAILURES]
        self.not_followed_left_out = len(context.not_followed) - len(self.not_followed)
        self.source_notes = context.notes[:LISTED_FAILURES]
        self.source_notes_left_out = len(context.notes) - len(self.source_notes)
        self.shown_pages = shown_pages
        self.pages_left_out = context.counts.pages.total - shown_pages
        self.rate = pages_per_second(context.counts.fresh_pages, context.seconds)
        self.facts = tuple(_facts(context))


def _facts(context: ReportContext) -> Iterator[tuple[str, str]]:
    settings = context.settings
    yield "Engine", ", ".join(context.engines) or settings.engine
    yield "Sources", ", ".join(context.sources[:5]) + (" …" if len(context.sources) > 5 else "")
    yield "Dataset", context.dataset
    yield "Formats", ", ".join(settings.publish.formats)
    yield "Page images", f"{settings.render.longest_side} px, {settings.render.encoding}, {settings.render.renderer}"
    yield "Routing", settings.routing.mode
    counts = context.counts
    if counts.output_tokens:
        yield "Tokens", f"{counts.input_tokens:,} in, {counts.output_tokens:,} out"
    if context.serving:
        yield from _serving_facts(context.serving, settings.inference.price_per_gpu_hour)


def _serving_facts(serving: ServingStats, price_per_gpu_hour: float | None) -> Iterator[tuple[str, str]]:
    yield "Servers", f"{len(serving.servers)}, busy for {serving.gpu_seconds:,.1f} GPU seconds"
    yield "Attempts", f"{serving.attempts:,} for {serving.pages:,} pages; {serving.aborted_tokens:,} tokens discarded"
    cost = serving.cost_per_1000_pages(price_per_gpu_hour) if price_per_gpu_hour else None
    if cost is not None:
        yield "Cost", f"{cost:,.4f} per 1,000 pages at {price_per_gpu_hour:g} an hour and GPU"


def _write_json(context: ReportContext, rows: list[DocumentRow], path: AnyPath) -> None:
    report = {
        "run": context.run,
        "status": context.status,
        "counts": context.counts.documents.model_dump(),
        "pages": context.counts.pages.model_dump(),
        "seconds": context.seconds,
        "pages_per_second": pages_per_second(context.counts.fresh_pages, context.seconds),
        "documents": [_json_row(row) for row in rows],
    }
    if context.not_followed:
        report["not_followed"] = [{"source": source, "reason": reason} for source, reason in context.not_followed]
    if context.notes:
        report["notes"] = list(context.notes)
    if context.serving:
        report["serving"] = _json_serving(context.serving, context.settings.inference.price_per_gpu_hour)
    with open_atomic(path) as stream:
        for chunk in json.JSONEncoder(ensure_ascii=False, indent=1).iterencode(report):
            stream.write(chunk.encode("utf-8", "replace"))


def _json_serving(serving: ServingStats, price_per_gpu_hour: float | None) -> dict[str, Any]:
    cost = serving.cost_per_1000_pages(price_per_gpu_hour) if price_per_gpu_hour else None
    return {**serving.model_dump(mode="json"), "gpu_seconds": serving.gpu_seconds, "cost_per_1000_pages": cost}


def _json_row(row: DocumentRow) -> dict[str, Any]:
    return {
        "source": row.source,
        "doc_id": row.doc_id,
        "status": row.status,
        "pages": row.pages,
        "reasons": list(row.reasons),
    }


def _render(values: dict[str, Any]) -> Iterator[str]:
    from markupsafe import Markup

    style, script = _read_resource("report.css"), _read_resource("report.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{csp_hash(style)}'; script-src '{csp_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    yield from _make_template().generate(style=Markup(style), script=Markup(script), policy=policy, **values)


def _make_template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters |= {"duration": format_duration, "plural": format_count, "signal": format_signal}
    environment.globals["labels"] = LABELS
    return environment.from_string(_read_resource("report.html"))


def _read_resource(name: str) -> str:
    return files("olmocr_core.report").joinpath(name).read_text("utf-8")
