"""What reading an archive may cost, counted as it is spent."""

from __future__ import annotations

import io

import pytest

from olmocr_core.domain.errors import UnreadableDocument
from olmocr_core.domain.settings import Limits
from olmocr_core.sources.archive_budget import FREE_BYTES, ArchiveBudget
from olmocr_core.sources.archives import ARCHIVES


def budget(packed_bytes: int = 1000, **limits: float) -> ArchiveBudget:
    return ArchiveBudget(packed_bytes, Limits.model_validate(limits), clock=lambda: 0.0)


def test_written_and_unpacked_bytes_count_once_each_and_the_larger_sum_decides() -> None:
    spent = budget(archive_mb=1)
    spent.count_unpacked(1 << 20)
    spent.count_written(1 << 20)
    with pytest.raises(UnreadableDocument, match=r"more than 1 MB \(limits\.archive_mb\); the rest is lost"):
        spent.count_written(1)


def test_the_ratio_counts_behind_the_free_bytes() -> None:
    spent = budget(packed_bytes=FREE_BYTES // 10, archive_ratio=11)
    spent.count_unpacked(FREE_BYTES)
    spent.count_unpacked(FREE_BYTES // 10 - 10)
    with pytest.raises(UnreadableDocument, match=r"more than 11 times its size \(limits\.archive_ratio\)"):
        spent.count_unpacked(20)
    small = budget(packed_bytes=1, archive_ratio=2)
    small.count_unpacked(FREE_BYTES)
    with pytest.raises(UnreadableDocument, match="archive_ratio"):
        small.count_unpacked(1)


def test_time_is_that_of_the_processor() -> None:
    now = 5.0
    spent = ArchiveBudget(1, Limits(archive_seconds=2), clock=lambda: now)
    now = 7.0
    spent.count_member()
    now = 7.1
    with pytest.raises(UnreadableDocument, match=r"more than 2 CPU seconds \(limits\.archive_seconds\)"):
        spent.count_member()


def test_a_broken_limit_stays_broken() -> None:
    spent = budget(archive_members=1)
    spent.count_member()
    for _ in range(2):
        with pytest.raises(UnreadableDocument, match=r"more than 1 members \(limits\.archive_members\)"):
            spent.count_member()
    with pytest.raises(UnreadableDocument, match="archive_members"):
        spent.count_written(0)


def test_a_metered_stream_gives_the_same_bytes_in_small_reads() -> None:
    spent = budget(archive_mb=1)
    stream = spent.meter(io.BytesIO(bytes(1 << 20)))
    pieces = list(iter(lambda: stream.read(1 << 20), b""))
    assert b"".join(pieces) == bytes(1 << 20)
    assert max(map(len, pieces)) <= 64 << 10
    with pytest.raises(UnreadableDocument, match="archive_mb"):
        spent.count_written(1)


def test_the_seconds_of_this_thread_are_measured_by_default() -> None:
    spent = ArchiveBudget(1, Limits(archive_seconds=0.001))

    def spend() -> None:
        while True:
            spent.count_member()

    with pytest.raises(UnreadableDocument, match="CPU seconds"):
        spend()


def test_every_archive_type_spends_a_budget() -> None:
    import ast
    import importlib
    from pathlib import Path

    for name in ARCHIVES.values():
        tree = ast.parse(Path(str(importlib.import_module(name).__file__)).read_text("utf-8"))
        assert any(isinstance(node, ast.Name) and node.id == "ArchiveBudget" for node in ast.walk(tree)), name


def test_limits_that_are_not_set_leave_digests_as_they_were() -> None:
    assert {"archive_ratio", "archive_seconds"}.isdisjoint(Limits().model_dump())
    assert (
        Limits(archive_ratio=2, archive_seconds=3).model_dump().items()
        >= {"archive_ratio": 2, "archive_seconds": 3}.items()
    )
    assert Limits.model_validate(Limits(archive_ratio=2).model_dump()) == Limits(archive_ratio=2)
