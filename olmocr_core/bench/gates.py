"""Gates of a benchmark run: minimum rates and exact page counts."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from olmocr_core.bench.result import BenchResult
from olmocr_core.bench.results_store import BenchPages
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Frozen


class Gates(Frozen):
    """``floors`` are minimum rates by category or ``mean``, from 0 to 1; ``pages`` has field names of BenchPages."""

    floors: dict[str, float] = Field(default_factory=dict)
    pages: dict[str, int] = Field(default_factory=dict)

    def check_names(self) -> None:
        """Raise UsageError for an unknown name or a rate out of range."""
        for name, rate in self.floors.items():
            if not 0 <= rate <= 1:
                raise UsageError(f"floor {name}: {rate} is not a rate from 0 to 1")
        unknown = sorted(set(self.pages) - set(BenchPages.model_fields))
        if unknown:
            known = ", ".join(BenchPages.model_fields)
            raise UsageError(f"unknown page counts: {', '.join(unknown)}; there are {known}")

    def find_missed(self, result: BenchResult, pages: BenchPages) -> tuple[str, ...]:
        """Describe the gates that do not hold."""
        return (*result.describe_shortfalls(self.floors), *_describe_wrong_counts(self.pages, pages))


def _describe_wrong_counts(wanted: Mapping[str, int], pages: BenchPages) -> list[str]:
    found = pages.model_dump()
    return [
        f"{found[name]} pages {name.replace('_', ' ')}, not {count}"
        for name, count in wanted.items()
        if found[name] != count
    ]
