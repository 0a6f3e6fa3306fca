"""The tasks from sources to judged documents, called as functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.stages.begin_run import RunRef, begin_run
from olmocr_core.stages.compare_sources import ComparePolicy
from olmocr_core.stages.documents import Sharding
from tasks import documents
from tasks.runtime import open_flow_runtime
from tests.core.stages.walking import INSTANT


@pytest.fixture
def ref(samples: Path, tmp_path: Path) -> RunRef:
    """A run over three documents, one of which cannot be read."""
    bad = tmp_path / "broken.pdf"
    bad.write_bytes(b"%PDF-1.7\nnothing that is a document")
    sources = [str(bad), str(samples / "code_and_formula.pdf"), str(samples / "eu-002.pdf")]
    return begin_run(sources, str(tmp_path / "ws"), [INSTANT], "r")


async def test_pages_are_counted_cut_into_slices_and_joined_into_shards(ref: RunRef) -> None:
    async with open_flow_runtime(ref):
        found = await documents.compare.fn(ref, ComparePolicy())
        assert (found.documents, found.is_idle) == (3, False)
        inspected = [await documents.inspect.fn(ref, batch) for batch in found.batches]
        assert sum(one.pages for one in inspected) == 3
        plan = await documents.plan.fn(ref)
        assert sum(piece.pages for piece in plan.slices) == 3
        assert len(plan.shards) == 1
        sharded = await documents.plan.fn(ref, Sharding(pages=1, in_flight=1))
        assert [shard.pages for shard in sharded.shards] == [1, 1, 1]


def test_a_task_run_says_what_it_works_on() -> None:
    names = [each.task_run_name for each in (documents.compare, documents.inspect, documents.plan, documents.assemble)]
    assert names == [
        "compare sources with the ledger",
        "inspect documents, batch {batch}",
        "plan slices",
        "assemble documents, batch {batch}",
    ]
