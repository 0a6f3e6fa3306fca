"""What the artifacts of a run hold."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.reading.slices import Shard
from tasks import artifacts
from tasks.artifacts import show_shards, show_summary
from tasks.dispatch import ShardResult
from tasks.ui_text import escape_markdown
from tests.core.stages.walking import Walk, walk


@pytest.fixture
async def done(samples: Path, tmp_path: Path) -> Walk:
    """A run over a document and a blank one."""
    return await walk([samples / "code_and_formula.pdf", samples / "blank.pdf"], tmp_path)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The artifacts that were made, by key: what Prefect's client would send."""
    made: dict[str, Any] = {}

    async def keep(content: Any, *, key: str, **_: Any) -> None:
        made[key] = content

    for kind in ("markdown", "table", "link"):
        monkeypatch.setattr(artifacts, f"acreate_{kind}_artifact", keep)
    return made


async def test_a_run_shows_its_counts_its_documents_and_its_report(done: Walk, shown: dict[str, Any]) -> None:
    await show_summary(done.ref, done.summary)
    assert "| kept | 1 |" in shown["summary"]
    assert "| failed |" not in shown["summary"], "what did not happen needs no row"
    assert [(row["document"], row["status"], row["pages"]) for row in shown["documents"]] == [
        ("blank.pdf", "blank", 1),
        ("code_and_formula.pdf", "kept", 2),
    ], "those in trouble come first"
    assert shown["report"] == Path(done.summary.report).as_uri()


async def test_the_report_is_a_link_to_the_service_where_the_site_has_one(
    done: Walk, shown: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(artifacts.SERVICE_VARIABLE, "https://ocr.example.org")
    await show_summary(done.ref, done.summary)
    assert shown["report"] == f"https://ocr.example.org/runs/{done.summary.run}"


async def test_names_and_errors_are_no_markdown(samples: Path, tmp_path: Path, shown: dict[str, Any]) -> None:
    shutil.copy(samples / "blank.pdf", tmp_path / "![x](y).pdf")
    one = await walk([tmp_path / "![x](y).pdf"], tmp_path / "ws")
    await show_summary(one.ref, one.summary)
    assert [row["document"] for row in shown["documents"]] == [r"!\[x\](y).pdf"]
    shard = Shard(label="shard 1 of 1", first=1, last=1, pages=1, key="1")
    await show_shards(one.ref, [ShardResult(shard=shard, attempts=1, error="<img src=x> of *gpu*")])
    assert shown["shards"][0]["end"] == r"\<img src=x\> of \*gpu\*"


async def test_what_is_not_followed_is_named_and_no_markdown(
    samples: Path, tmp_path: Path, shown: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    shutil.copy(samples / "blank.pdf", source / "blank.pdf")
    for name in ("`a`.pdf", "b.pdf"):
        (source / name).symlink_to(samples / "blank.pdf")
    monkeypatch.setattr(artifacts, "LISTED_NAMES", 1)
    done = await walk([source], tmp_path)
    await show_summary(done.ref, done.summary)
    assert escape_markdown(f"{source}/`a`.pdf: the link leads outside of the source") in shown["summary"]
    assert "- and 1 more: the report lists them all" in shown["summary"]


async def test_a_long_table_is_cut(done: Walk, shown: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "TABLE_ROWS", 1)
    await show_summary(done.ref, done.summary)
    assert [row["document"] for row in shown["documents"]] == ["blank.pdf"]


async def test_shards_say_how_they_ended(done: Walk, shown: dict[str, Any]) -> None:
    one, two = (Shard(label=f"shard {n} of 2", first=n, last=n, pages=10, key=str(n)) for n in (1, 2))
    await show_shards(done.ref, [ShardResult(shard=one, attempts=1), ShardResult(shard=two, attempts=3, error="gone")])
    assert [(row["attempts"], row["end"]) for row in shown["shards"]] == [(1, "read"), (3, "gone")]
