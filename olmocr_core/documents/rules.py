"""Decide the status of a document, with reasons: its error, its pages, then the quality rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from olmocr_core.documents.evaluate_rules import NAMED_PAGES, find_broken_rules, format_page_numbers, read_number
from olmocr_core.domain.errors import may_pass
from olmocr_core.domain.models import DocumentStatus, ErrorInfo, PageSummary, Signals
from olmocr_core.domain.settings import Quality

TRY_AGAIN = "that is no fault of the file: the next run tries again"
Decision = tuple[DocumentStatus, tuple[str, ...]]


def decide_status(error: ErrorInfo | None, pages: Sequence[PageSummary], signals: Signals, rules: Quality) -> Decision:
    """Decide the status of a document and its reasons: none for ``kept``, at least one for any other status.

    ``signals`` come from ``signals.measure_document``. ``duplicates`` decides the status ``duplicate``.
    """
    if error is not None:
        return "failed", explain_error(error)
    if not pages:
        return "failed", ("the document has no pages",)
    if not read_number(signals, "characters"):
        return _without_text(pages)
    reasons = (*_over_budget(pages, rules), *find_broken_rules(pages, signals, rules), *_wrong_language(signals, rules))
    if reasons:
        return "held_back", reasons
    incomplete = tuple(_incomplete(pages))
    if not incomplete:
        return "kept", ()
    if rules.partial == "hold":
        return "held_back", (*incomplete, "incomplete documents are held back (quality.partial = hold)")
    return "partial", incomplete


def explain_error(error: ErrorInfo) -> tuple[str, ...]:
    """The reasons of a document that failed with an error."""
    reason = error.message or error.code
    return (reason, TRY_AGAIN) if may_pass(error.code) else (reason,)


def count_tolerated_pages(page_count: int, rules: Quality) -> int:
    """Return how many fallback and failed pages a document of this length may have."""
    # The small excess prevents 250 pages times 1/250 from rounding down to 0.
    return max(rules.min_fallback_pages, int(page_count * rules.max_fallback_share + 1e-9))


def _without_text(pages: Sequence[PageSummary]) -> Decision:
    unread = [page for page in pages if page.status in ("failed", "fallback")]
    if unread:
        empty = any(page.status == "fallback" for page in unread)
        why = " and its text layer is empty" if empty else ""
        rest = f"; the other {len(pages) - len(unread)} hold no text" if len(unread) < len(pages) else ""
        count = f"{_of(len(unread), len(pages))} could not be read{why}{rest}"
        return "failed", (count, *_named([page for page in unread if page.error]))
    only = len(pages) == 1
    if all(page.status == "blank" for page in pages):
        return "blank", ("its only page is blank" if only else f"all {len(pages)} pages are blank",)
    return "blank", (f"no text was found on {'its only page' if only else f'its {len(pages)} pages'}",)


def _over_budget(pages: Sequence[PageSummary], rules: Quality) -> Iterator[str]:
    failed = [page for page in pages if page.status == "failed"]
    fallback = [page for page in pages if page.status == "fallback"]
    tolerated = count_tolerated_pages(len(pages), rules)
    if len(failed) + len(fallback) <= tolerated:
        return
    parts = []
    if failed:
        parts.append(f"{_of(len(failed), len(pages))} failed")
    if fallback:
        count = f"{len(fallback)}" if failed else _of(len(fallback), len(pages))
        parts.append(f"{count} fell back to the text layer")
    yield f"{' and '.join(parts)}; {tolerated} {'is' if tolerated == 1 else 'are'} tolerated"
    yield from _named(failed)


def _incomplete(pages: Sequence[PageSummary]) -> Iterator[str]:
    yield from _named([page for page in pages if page.status == "failed"])
    fallback = [page.page_number for page in pages if page.status == "fallback"]
    if len(fallback) == 1:
        which = "its only page" if len(pages) == 1 else f"page {fallback[0]} of {len(pages)}"
        yield f"{which} fell back to the text layer"
    elif fallback:
        yield f"{_of(len(fallback), len(pages))} fell back to the text layer ({format_page_numbers(fallback)})"


def _named(failed: Sequence[PageSummary]) -> Iterator[str]:
    """Yield a reason for each of the first failed pages, then the number of the others."""
    for page in failed[:NAMED_PAGES]:
        why = page.error.message or page.error.code if page.error else "no reason was recorded"
        yield f"page {page.page_number} failed: {why}"
    if len(failed) > NAMED_PAGES:
        rest = [page.page_number for page in failed[NAMED_PAGES:]]
        yield f"{len(rest)} more pages failed ({format_page_numbers(rest)})"


def _wrong_language(signals: Signals, rules: Quality) -> Iterator[str]:
    language = signals.get("language")
    if rules.languages and language not in rules.languages:
        found = f"its language is {language}" if language else "its language could not be told"
        yield f"{found}; asked for: {', '.join(rules.languages)}"


def _of(count: int, total: int) -> str:
    if total == 1:
        return "its only page"
    return f"{count} of {total} pages"
