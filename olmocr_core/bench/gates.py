"""What a run of a benchmark must hold: floors of rates, and exact numbers of pages."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from olmocr_core.bench.result import BenchResult
from olmocr_core.bench.results_store import BenchPages
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Frozen


class Gates(Frozen):
    """``floors`` by category, ``mean`` among them, from 0 to 1; ``pages`` by the names of BenchPages."""

    floors: dict[str, float] = Field(default_factory=dict)
    pages: dict[str, int] = Field(default_factory=dict)

    def check_names(self) -> None:
        """Raise UsageError for a gate that cannot be meant."""
        for name, rate in self.floors.items():
            if not 0 <= rate <= 1:
                raise UsageError(f"floor {name}: {rate} is no rate from 0 to 1")
        unknown = sorted(set(self.pages) - set(BenchPages.model_fields))
        if unknown:
            known = ", ".join(BenchPages.model_fields)
            raise UsageError(f"pages are not counted as {', '.join(unknown)}; they are as {known}")

    def find_missed(self, result: BenchResult, pages: BenchPages) -> tuple[str, ...]:
        """The gates that do not hold, in words for people."""
        return (*result.describe_shortfalls(self.floors), *_wrong(self.pages, pages))


def _wrong(wanted: Mapping[str, int], pages: BenchPages) -> list[str]:
    found = pages.model_dump()
    return [
        f"{found[name]} pages {name.replace('_', ' ')}, not {count}"
        for name, count in wanted.items()
        if found[name] != count
    ]
