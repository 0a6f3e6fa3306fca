"""What the flow ``benchmark`` shows of its result, and how long a page took."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from olmocr_core.documents.counts import PageCounts
from olmocr_core.stages.output import RunSummary
from tasks.benchmark import seconds_per_page
from tests.core.stages.walking import walk


@pytest.fixture
async def summary(samples: Path, tmp_path: Path) -> RunSummary:
    """The summary of a run over two pages."""
    return (await walk([samples / "code_and_formula.pdf"], tmp_path)).summary


async def test_a_page_takes_its_share_of_the_run(summary: RunSummary) -> None:
    told = summary.model_copy(update={"seconds": 3.0})
    assert seconds_per_page(told) == 1.5


@pytest.mark.parametrize("pages", [{"total": 2, "from_cache": 1, "model": 2}, {}])
async def test_a_run_that_read_not_every_page_says_nothing_of_speed(summary: RunSummary, pages: dict[str, Any]) -> None:
    assert seconds_per_page(summary.model_copy(update={"pages": PageCounts(**pages)})) is None
