"""List and identify sources in one call, without a ledger: for a single document."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import groupby

from olmocr_core.domain.models import Document, Problem
from olmocr_core.domain.settings import Limits, Storage
from olmocr_core.sources.found import Collected, NotFollowed, Skipped
from olmocr_core.sources.identify import identify_listed
from olmocr_core.sources.listing import Listed, Listing, check_documents, check_not_empty, list_sources
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.paths import AnyPath


async def collect(
    specs: Sequence[str], inputs_folder: AnyPath, limits: Limits, fetcher: Fetcher | None = None
) -> Collected:
    """Collect everything that ``specs`` name, in the order of URIs: documents, problems, and the number of other files.

    ``inputs_folder`` of the workspace takes copies of archive members; ``fetcher`` reads ``s3://`` sources (by default with
    the AWS configuration). Raises UsageError for a spec that is wrong or holds no document.
    """
    return await asyncio.to_thread(_collect, specs, inputs_folder, limits, fetcher)


def group(documents: Iterable[Document]) -> tuple[Document, ...]:
    """Merge documents with the same bytes: one document with all its sources, in the order of their first occurrence."""
    grouped: dict[str, Document] = {}
    more: dict[str, dict[str, None]] = {}
    for document in documents:
        first = grouped.setdefault(document.doc_id, document)
        known = more.setdefault(document.doc_id, {source.uri: None for source in first.sources})
        new = tuple(source for source in document.sources if source.uri not in known)
        if new:
            known.update((source.uri, None) for source in new)
            grouped[document.doc_id] = first.model_copy(update={"sources": (*first.sources, *new)})
    return tuple(grouped.values())


def _collect(specs: Sequence[str], inputs_folder: AnyPath, limits: Limits, fetcher: Fetcher | None) -> Collected:
    fetcher = fetcher or Fetcher(Storage(), inputs_folder)
    listing = Listing()
    listed = sorted(list_sources(specs, fetcher, limits, inputs_folder.parent, listing), key=lambda one: one.uri)
    check_not_empty(listing)
    documents: list[Document] = []
    problems: list[Problem] = []
    not_followed: list[NotFollowed] = []
    skipped = 0
    files, held = [0] * len(specs), [0] * len(specs)
    same: dict[str, list[Listed]] = {uri: list(entries) for uri, entries in groupby(listed, lambda one: one.uri)}
    for entry, found in identify_listed((entries[0] for entries in same.values()), inputs_folder, limits, fetcher):
        known = [one for one in found if isinstance(one, Document | Problem)]
        for listing_entry in same[entry.uri]:
            files[listing_entry.root] += 1
            held[listing_entry.root] += len(known)
        documents += [one for one in known if isinstance(one, Document)]
        problems += [one for one in known if isinstance(one, Problem)]
        skipped += sum(isinstance(one, Skipped) for one in found)
        not_followed += [one for one in found if isinstance(one, NotFollowed)]
    check_documents(specs, files, held, not_followed)
    return Collected(
        documents=group(documents),
        problems=tuple(problems),
        skipped=skipped,
        notes=tuple(listing.notes),
        not_followed=tuple(not_followed),
    )
