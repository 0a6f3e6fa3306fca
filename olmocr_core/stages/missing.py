"""Pages without a record: a dataset that lacks them must not be published as if it were whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import PageRecord
from olmocr_core.storage.runs import RunDocument

NAMED = 5


def missing_pages(entry: RunDocument, found: Iterable[PageRecord]) -> tuple[int, ...]:
    """The numbers of a document's pages that have no record."""
    there = {record.page_number for record in found}
    return tuple(number for number in entry.page_numbers if number not in there)


def check_none_missing(missing: Sequence[tuple[RunDocument, tuple[int, ...]]]) -> None:
    """Raise RunError that names the documents and their pages, if there are any."""
    if not missing:
        return
    named = "; ".join(f"{_pages(numbers)} of {entry.document.sources[0].uri}" for entry, numbers in missing[:NAMED])
    more = f"; and {len(missing) - NAMED} more documents" if len(missing) > NAMED else ""
    raise RunError(
        f"pages that were planned have no record, so nothing was published: {named}{more}. Their records were removed "
        "from the page cache, or could not be read: run again to read them; all other pages are kept"
    )


def _pages(numbers: Sequence[int]) -> str:
    """Page numbers for people: ``page 3``, ``pages 1-4 and 9``."""
    starts = [numbers[0], *(later for earlier, later in pairwise(numbers) if later != earlier + 1)]
    ends = [*(earlier for earlier, later in pairwise(numbers) if later != earlier + 1), numbers[-1]]
    spans = [f"{first}-{last}" if last > first else f"{first}" for first, last in zip(starts, ends, strict=True)]
    shown = spans if len(spans) <= NAMED else [*spans[: NAMED - 1], f"{len(spans) - NAMED + 1} more ranges"]
    listed = " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
    return f"{'page' if len(numbers) == 1 else 'pages'} {listed}"
