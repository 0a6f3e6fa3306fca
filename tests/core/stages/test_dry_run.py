"""A dry run says what a run would do and leaves the workspace as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.stages.compare_sources import ComparePolicy
from olmocr_core.stages.dry_run import DryRun, plan_dry_run
from tests.core.stages.nights import night, write
from tests.core.stages.walking import INSTANT


async def dry_run(sources: list[Path], workspace: Path, **policy: object) -> DryRun:
    chosen = ComparePolicy.model_validate(policy)
    return await plan_dry_run([str(source) for source in sources], str(workspace), [INSTANT], chosen)


def files_below(folder: Path) -> dict[Path, bytes]:
    """All files of a workspace, but for what is known of documents: opening one is worth remembering."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("document-"))
    return {path: path.read_bytes() for path in paths}


async def test_what_would_be_read_is_named_with_its_pages_and_nothing_changes(samples: Path, tmp_path: Path) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    write(inbox / "a.pdf", samples, "a")
    await night([inbox], workspace, "n1")
    write(inbox / "b.pdf", samples, "b")
    (inbox / "cut.pdf").write_bytes(b"%PDF-1.7\nnothing follows")
    (inbox / "empty.pdf").write_bytes(b"")
    before = files_below(workspace)
    plan = await dry_run([inbox], workspace)
    assert (plan.counts.listed, plan.counts.new, plan.counts.unchanged, plan.dropped) == (4, 3, 1, 0)
    assert {one.name: (one.pages, one.cached, bool(one.error)) for one in plan.documents} == {
        "b.pdf": (2, 0, False),
        "cut.pdf": (0, 0, True),
        "empty.pdf": (0, 0, True),
    }
    assert (plan.pages, plan.cached) == (2, 0)
    assert files_below(workspace) == before


async def test_pages_in_the_cache_are_counted(samples: Path, tmp_path: Path) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    write(inbox / "a.pdf", samples, "a")
    await night([inbox], workspace, "n1")
    plan = await dry_run([inbox], workspace, again="all")
    assert (plan.pages, plan.cached) == (2, 2)


async def test_replacing_counts_what_would_leave_the_dataset(samples: Path, tmp_path: Path) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        write(inbox / name, samples, name)
    await night([inbox], workspace, "n1")
    before = files_below(workspace)
    assert (await dry_run([inbox / "b.pdf"], workspace)).dropped == 0
    plan = await dry_run([inbox / "b.pdf"], workspace, replace=True)
    assert (plan.dropped, plan.documents) == (2, ())
    assert files_below(workspace) == before


async def test_a_mistake_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="the folder holds no files"):
        await dry_run([tmp_path / "empty"], tmp_path / "ws", strict=True)
    assert files_below(tmp_path / "ws") == {}
