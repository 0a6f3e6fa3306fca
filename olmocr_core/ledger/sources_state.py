"""What a run learns of its sources before it reads a page, as files in the folder of the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import Field

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import Frozen
from olmocr_core.ledger.diff import Again, Identified
from olmocr_core.ledger.scope import Scope
from olmocr_core.storage.files import open_atomic, write_atomic
from olmocr_core.storage.paths import AnyPath

LEDGER_FOLDER = "ledger"


class SourceCounts(Frozen):
    """Files and objects by what has become of them; an archive is one. ``again`` are read again though unchanged.

    ``absent`` are in the ledger and were neither listed nor asked for: other sources, and those deleted before.
    ``unchanged_outcomes`` counts unchanged sources by how their documents ended.
    """

    listed: int = 0
    new: int = 0
    changed: int = 0
    again: int = 0
    returned: int = 0
    unchanged: int = 0
    deleted: int = 0
    absent: int = 0
    unchanged_outcomes: dict[str, int] = Field(default_factory=dict)


class SourcesState(Frozen):
    """When the sources were listed (an ISO date-time), which they were, what could not be looked into, what was found.

    ``recipe`` is the digest of what the outcome of a document depends on: engine, rules, limits. With ``replace`` the
    dataset becomes exactly what was listed.
    """

    listed: str
    specs: tuple[str, ...]
    blind: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    again: Again = "none"
    replace: bool = False
    recipe: str
    counts: SourceCounts

    @property
    def scope(self) -> Scope:
        """What was looked at."""
        return Scope(self.specs, self.blind)


class SourcesFiles:
    """Access to these files."""

    def __init__(self, run: AnyPath) -> None:
        self._state = run / "sources.json"
        self._identified = run / "identified.jsonl"
        self.listed = run / "listed.parquet"

    def write_state(self, state: SourcesState) -> None:
        """Store what was found; written last."""
        write_atomic(self._state, state.model_dump_json().encode())

    def state(self) -> SourcesState:
        """What was found. Raises RunError for a run that has not looked at its sources, or did so in an older version."""
        try:
            return SourcesState.model_validate_json(self._state.read_bytes())
        except FileNotFoundError as error:
            raise RunError(
                f"{self._state} is missing: the run has not listed its sources, or is one of version 0.1; run again"
            ) from error

    def write_identified(self, found: Iterable[Identified]) -> None:
        """Store what was read, in the order of URIs."""
        with open_atomic(self._identified) as stream:
            for one in found:
                stream.write(one.model_dump_json().encode() + b"\n")

    def identified(self) -> Iterator[Identified]:
        """What was read, in the order of URIs."""
        with self._identified.open("rb") as stream:
            for line in stream:
                yield Identified.model_validate_json(line)
