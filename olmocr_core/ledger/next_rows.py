"""The rows of the next ledger: the outcome of each source and the place of its document. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from olmocr_core.ledger.changes import DatasetChanges, NewRecord
from olmocr_core.ledger.rows import DUE, Row


@dataclass(frozen=True)
class NextRows:
    """The result of a run.

    ``placed`` maps keys to part and status in new parts, ``paths`` maps sources to Markdown files. ``unavailable`` documents
    keep the record of an earlier run, and are due.
    """

    run: str
    recipe: str
    fresh: Mapping[str, NewRecord]
    changes: DatasetChanges
    placed: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    unavailable: frozenset[str] = frozenset()

    def updated(self, row: Row) -> Row:
        """Fill in a merged row: outcome, run, part and Markdown file of its document."""
        key = row.key
        if row.is_left_out:
            return row
        if key in self.changes.gone:
            return row._replace(part=None, markdown=None)
        row = self._with_record(row)
        if key in self.placed:
            part, status = self.placed[key]
            row = row._replace(part=part, outcome=status)
        if key in self.fresh or key in self.changes.moved:
            row = row._replace(markdown=self.paths.get(row.source))
        return row

    def _with_record(self, row: Row) -> Row:
        facts = self.changes.records.get(row.key)
        if row.key in self.unavailable:
            return row._replace(recipe=DUE)
        if row.key in self.fresh:
            new = self.fresh[row.key]
            recipe = DUE if new.try_again else self.recipe
            return row._replace(run=self.run, recipe=recipe, text_digest=new.text_digest)
        if row.part is None and facts:
            # Another source with the same bytes was read before.
            taken = {name: getattr(facts, name) for name in ("outcome", "run", "recipe", "text_digest", "part")}
            return row._replace(**taken)
        return row
