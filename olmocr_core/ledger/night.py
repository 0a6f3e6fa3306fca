"""What a night knows before it reads a page, as files in the folder of its run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from olmocr_core.domain.models import Frozen
from olmocr_core.ledger.diff import Again, Identified
from olmocr_core.ledger.scope import Scope
from olmocr_core.storage.files import open_atomic, write_atomic
from olmocr_core.storage.paths import AnyPath

LEDGER_FOLDER = "ledger"


class NightCounts(Frozen):
    """Files and objects by what they are tonight; an archive is one. ``again`` are read again though unchanged.

    ``absent`` are in the ledger and were neither listed nor asked for: other sources, and those deleted before.
    """

    listed: int = 0
    new: int = 0
    changed: int = 0
    again: int = 0
    returned: int = 0
    unchanged: int = 0
    deleted: int = 0
    absent: int = 0


class NightPlan(Frozen):
    """When the sources were listed (an ISO date-time), which they were, what could not be looked into, what was found.

    ``recipe`` is the digest of what the outcome of a document depends on: engine, rules, limits.
    """

    listed: str
    specs: tuple[str, ...]
    blind: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    again: Again = "none"
    recipe: str
    counts: NightCounts

    @property
    def scope(self) -> Scope:
        """What was looked at."""
        return Scope(self.specs, self.blind)


class NightFiles:
    """Access to the files that make a run a night."""

    def __init__(self, run: AnyPath) -> None:
        self._plan = run / "night.json"
        self._identified = run / "identified.jsonl"
        self.listed = run / "listed.parquet"

    @property
    def is_night(self) -> bool:
        """Whether the run is that of a night."""
        return self._plan.is_file()

    def write_plan(self, plan: NightPlan) -> None:
        """Store what the night is about; written last."""
        write_atomic(self._plan, plan.model_dump_json().encode())

    def plan(self) -> NightPlan:
        """What the night is about; raises FileNotFoundError for a run that is no night's."""
        return NightPlan.model_validate_json(self._plan.read_bytes())

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
