"""Decide the status of a document, with reasons: rules over its pages and signals. Each reason names its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from olmocr_core.domain.models import DocumentStatus, ErrorInfo, PageSummary, Signals
from olmocr_core.domain.settings import Quality

Decision = tuple[DocumentStatus, tuple[str, ...]]

# Shares in a few words are meaningless: "Yes\nNo\nYes" is not a loop.
EVIDENCE_CHARS = 200
NAMED_PAGES = 5


def decide_status(error: ErrorInfo | None, pages: Sequence[PageSummary], signals: Signals, rules: Quality) -> Decision:
    """Decide the status of a document and its reasons: none for ``kept``, at least one for any other status.

    ``signals`` come from ``signals.document_signals``. ``duplicates`` decides the status ``duplicate``.
    """
    if error is not None:
        return "failed", (error.message or error.code,)
    if not pages:
        return "failed", ("the document has no pages",)
    if not _number(signals, "characters"):
        return _without_text(pages)
    reasons = (*_over_budget(pages, rules), *_broken_rules(signals, rules))
    if reasons:
        return "held_back", reasons
    incomplete = tuple(_incomplete(pages))
    if not incomplete:
        return "kept", ()
    if rules.partial == "hold":
        return "held_back", (*incomplete, "incomplete documents are held back (quality.partial = hold)")
    return "partial", incomplete


def tolerated_pages(page_count: int, rules: Quality) -> int:
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
    tolerated = tolerated_pages(len(pages), rules)
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
        yield f"{_of(len(fallback), len(pages))} fell back to the text layer ({_numbers(fallback)})"


def _named(failed: Sequence[PageSummary]) -> Iterator[str]:
    """Yield a reason for each of the first failed pages, then the number of the others."""
    for page in failed[:NAMED_PAGES]:
        why = page.error.message or page.error.code if page.error else "no reason was recorded"
        yield f"page {page.page_number} failed: {why}"
    if len(failed) > NAMED_PAGES:
        yield f"{len(failed) - NAMED_PAGES} more pages failed ({_numbers([p.page_number for p in failed[NAMED_PAGES:]])})"


def _broken_rules(signals: Signals, rules: Quality) -> Iterator[str]:
    characters = int(_number(signals, "characters"))
    if characters < rules.min_chars:
        yield f"{characters} characters of text; {rules.min_chars} are asked for"
    if characters >= EVIDENCE_CHARS:
        yield from _broken_shares(signals, rules)
    language = signals.get("language")
    if rules.languages and language not in rules.languages:
        found = f"its language is {language}" if language else "its language could not be told"
        yield f"{found}; asked for: {', '.join(rules.languages)}"


def _broken_shares(signals: Signals, rules: Quality) -> Iterator[str]:
    alnum = _number(signals, "alnum_share")
    if alnum < rules.min_alnum_share:
        least = _percent(rules.min_alnum_share)
        yield f"{_percent(alnum)} of its visible characters are letters or digits; at least {least} are asked for"
    ceilings = (
        ("repeated_line_share", rules.max_repeated_line_share, "of its lines repeat an earlier line"),
        ("repeated_ngram_share", rules.max_repeated_ngram_share, "of its words repeat an earlier run of 10 words"),
        ("mojibake_share", rules.max_mojibake, "of its characters look wrongly decoded"),
    )
    for name, most, what in ceilings:
        value = _number(signals, name)
        if value > most:
            yield f"{_percent(value)} {what}; at most {_percent(most)} is tolerated"


def _of(count: int, total: int) -> str:
    if total == 1:
        return "its only page"
    return f"{count} of {total} pages"


def _numbers(pages: Sequence[int]) -> str:
    shown = ", ".join(map(str, pages[:NAMED_PAGES]))
    more = f" and {len(pages) - NAMED_PAGES} more" if len(pages) > NAMED_PAGES else ""
    return f"page{'s' if len(pages) > 1 else ''} {shown}{more}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%".replace(".0%", "%")


def _number(signals: Signals, name: str) -> float:
    value = signals.get(name)
    return float(value) if isinstance(value, int | float) else 0.0
