"""The result of comparing the sources, as files in the folder of the run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from pydantic import Field

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import Frozen
from olmocr_core.ledger.diff import Again, Identified, ListingStamp
from olmocr_core.ledger.scope import Scope
from olmocr_core.sources.found import NotFollowed
from olmocr_core.storage.durability import sync_filesystem
from olmocr_core.storage.files import open_atomic, write_atomic
from olmocr_core.storage.paths import AnyPath

LEDGER_FOLDER = "ledger"


class SourceCounts(Frozen):
    """Files and objects by kind of change; an archive counts as one. ``again`` are unchanged and read again.

    ``absent`` are in the ledger and outside of this listing: other sources, and those deleted before.
    ``unchanged_outcomes`` counts unchanged sources by the outcome of their documents. ``not_followed`` are links and
    members of archives, in this run's sources and known before or not.
    """

    listed: int = 0
    new: int = 0
    changed: int = 0
    again: int = 0
    returned: int = 0
    unchanged: int = 0
    deleted: int = 0
    absent: int = 0
    not_followed: int = 0
    unchanged_outcomes: dict[str, int] = Field(default_factory=dict)


class SourcesState(Frozen):
    """The listing of a run: its time (an ISO date-time) and number, sources, folders that could not be listed, counts.

    ``recipe`` is the digest of everything that decides an outcome: engine, rules, limits. With ``replace`` the dataset
    becomes exactly what was listed.
    """

    listed: str
    listing: int = 0
    specs: tuple[str, ...]
    blind: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    again: Again = "none"
    replace: bool = False
    recipe: str
    counts: SourceCounts

    @property
    def scope(self) -> Scope:
        """The URIs that the listing covers."""
        return Scope(self.specs, self.blind)

    @property
    def stamp(self) -> ListingStamp:
        """When the sources were listed."""
        return ListingStamp(self.listing, self.listed)

    def drops(self, uri: str, scope: Scope) -> bool:
        """Whether a source that is not listed leaves the ledger. ``scope`` is that of the run."""
        return self.replace and not scope.is_blind(uri)


class SourcesFiles:
    """Typed access to these files."""

    def __init__(self, run: AnyPath) -> None:
        self._state = run / "sources.json"
        self._identified = run / "identified.jsonl"
        self._not_followed = run / "not_followed.jsonl"
        self.listed = run / "listed.parquet"

    def write_state(self, state: SourcesState) -> None:
        """Store the state; written last, after what it speaks of is on the device."""
        sync_filesystem(self._state.parent)
        write_atomic(self._state, state.model_dump_json().encode(), fsync=True)

    def state(self) -> SourcesState:
        """Read the state. Raises RunError for a run that has not listed its sources, or is one of an older version."""
        try:
            return SourcesState.model_validate_json(self._state.read_bytes())
        except FileNotFoundError as error:
            raise RunError(
                f"{self._state} is missing: the run has not listed its sources, or is one of version 0.1; run again"
            ) from error

    def write_not_followed(self, not_followed: Iterable[NotFollowed]) -> None:
        """Store the links and members of archives that were not followed: all of them."""
        with open_atomic(self._not_followed) as stream:
            stream.writelines(one.model_dump_json().encode() + b"\n" for one in not_followed)

    def not_followed(self) -> Iterator[NotFollowed]:
        """Read the links and members of archives that were not followed."""
        return map(NotFollowed.model_validate_json, _read_lines(self._not_followed))

    def write_identified(self, found: Iterable[Identified]) -> None:
        """Store what was identified, in the order of URIs."""
        with open_atomic(self._identified) as stream:
            for one in found:
                stream.write(one.model_dump_json().encode() + b"\n")

    def identified(self) -> Iterator[Identified]:
        """Read what was identified, in the order of URIs."""
        with self._identified.open("rb") as stream:
            for line in stream:
                yield Identified.model_validate_json(line)


def _read_lines(path: AnyPath) -> Iterator[bytes]:
    with contextlib.suppress(FileNotFoundError), path.open("rb") as stream:
        yield from stream
