"""Nights in a row, stage by stage: only what is new or changed is read, and the dataset stays true as a whole."""

from __future__ import annotations

import asyncio
import json
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.domain.errors import NothingFound, RunError, UsageError
from olmocr_core.engines.scripted import ScriptedEngine, answer, in_turn
from olmocr_core.ledger.file import open_ledger, write_ledger
from olmocr_core.ledger.sources_state import SourceCounts, SourcesFiles
from olmocr_core.stages import documents, output, pages
from olmocr_core.stages.compare_sources import (
    ComparePolicy,
    SourcesFound,
    compare_sources,
    count_dropped,
    outcome_recipe,
)
from olmocr_core.storage.runs import RunFolder
from tests.core.stages.nights import MANY, counts, files, ledger, make_unreadable, night, pack, texts, write
from tests.core.stages.walking import opened


async def test_the_second_night_touches_five_of_fifty(inbox: Path, samples: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "ws"
    first = await night([inbox], workspace, "n1", {"publish": {"documents_per_file": 10}})
    assert (first.documents, first.counts.new) == (MANY, MANY)
    assert counts(workspace) == {"documents": MANY, "kept": MANY}
    before, old_files = texts(workspace), files(workspace / "dataset", "")
    for number in (3, 4, 5):
        write(inbox / f"{number:02d}.pdf", samples, f"changed {number}")
    for name in ("new/a.pdf", "new/b.pdf"):
        write(inbox / name, samples, name)
    (inbox / "49.pdf").unlink()
    same = [inbox / f"{number:02d}.pdf" for number in range(49) if number not in (3, 4, 5)]
    make_unreadable(same)
    # Their pages and images are gone as well: what reads or assembles them anew has to fail.
    for source, row in ledger(workspace).items():
        if Path(source) in same:
            shutil.rmtree(workspace / "pages" / row.doc_id[:2] / row.doc_id)
    shutil.rmtree(workspace / "runs")

    second = await night([inbox], workspace, "n2", {"publish": {"documents_per_file": 10}})
    assert second.counts.model_dump(exclude={"unchanged_outcomes"}) == {
        **dict.fromkeys(second.counts.model_dump(exclude={"unchanged_outcomes"}), 0),
        **{"listed": 51, "new": 2, "changed": 3, "unchanged": 46, "deleted": 1},
    }
    assert second.documents == 5
    run = RunFolder(workspace / "runs/n2")
    names = ["03.pdf", "04.pdf", "05.pdf", "new/a.pdf", "new/b.pdf"]
    assert [entry.document.sources[0].name for entry in run.inspected()] == names
    assert [record.sources[0].name for record in run.records()] == names
    assert {page.doc_id for piece in run.slices() for page in piece.pages} == {one.doc_id for one in run.records()}
    assert len((workspace / "runs/n2/identified.jsonl").read_text().splitlines()) == 5

    after = texts(workspace)
    assert counts(workspace) == {"documents": 52, "kept": 52}
    unchanged = {path.name for path in same} | {"49.pdf"}
    assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}
    for name in ("03.pdf", "04.pdf", "05.pdf"):
        assert after[name] != before[name]
        assert before[name] not in after.values()
    assert set(after) == unchanged | {"03.pdf", "04.pdf", "05.pdf", "a.pdf", "b.pdf"}
    markdown = files(workspace / "dataset", "markdown/")
    assert len(markdown) == 52
    assert markdown["markdown/03.md"].decode() == after["03.pdf"]
    # Ten documents to a file: the one that held the changed ones is new, the other four are those of the first night.
    kept = {path for path in old_files if path.startswith("dolma/")} & set(files(workspace / "dataset", "dolma/"))
    assert len(kept) == 4
    gone = ledger(workspace)[str(inbox / "49.pdf")]
    assert (gone.status, gone.outcome) == ("deleted", "kept")
    assert gone.deleted is not None


async def test_a_night_without_changes_reads_nothing_and_changes_no_file(inbox: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "ws"
    await night([inbox], workspace, "n1")
    manifest = (workspace / "dataset/manifest.json").read_bytes()
    make_unreadable(list(inbox.iterdir()))
    second = await night([inbox], workspace, "n2")
    assert second.is_idle
    assert second.message.startswith("Nothing to do")
    assert (workspace / "dataset/manifest.json").read_bytes() == manifest
    assert {row.last_seen > row.first_seen for row in ledger(workspace).values()} == {True}


async def test_archives_lists_duplicates_and_moves_over_three_nights(samples: Path, tmp_path: Path) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    for name in ("a.pdf", "b.pdf", "note.txt"):
        write(inbox / name, samples, name)
    (inbox / "note.txt").write_text("no document")
    pack(inbox / "all.tar", {"x.pdf": "x", "y.pdf": "y"}, samples)
    assert (await night([inbox], workspace, "n1")).documents == 4
    rows = ledger(workspace)
    assert {Path(source).name: row.outcome for source, row in rows.items()} == {
        "a.pdf": "kept", "b.pdf": "kept", "note.txt": "skipped", "all.tar::x.pdf": "kept", "all.tar::y.pdf": "kept",
    }  # fmt: skip
    pack(inbox / "all.tar", {"x.pdf": "x", "y.pdf": "other", "z.pdf": "z"}, samples)
    (inbox / "a.pdf").rename(inbox / "moved.pdf")
    second = await night([inbox], workspace, "n2")
    assert (second.counts.changed, second.counts.new, second.counts.deleted) == (1, 1, 1)
    assert second.documents == 2, "y is another document, z is new; x and the moved one are known"
    assert counts(workspace) == {"documents": 5, "kept": 5}
    assert set(texts(workspace)) == {"moved.pdf", "b.pdf", "all.tar::x.pdf", "all.tar::y.pdf", "all.tar::z.pdf"}
    assert set(files(workspace / "dataset", "markdown/")) == {
        f"markdown/{name}.md" for name in ("moved", "b", "all/x", "all/y", "all/z")
    }
    (tmp_path / "names.txt").write_text("in/b.pdf\n")
    assert (await night([tmp_path / "names.txt"], workspace, "n3")).is_idle
    assert {row.status for source, row in ledger(workspace).items() if "/a.pdf" not in source} == {"present"}


async def test_what_is_not_followed_is_listed_with_its_reason_in_ledger_and_report_each_night(
    samples: Path, tmp_path: Path
) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    write(tmp_path / "outside" / "secret.pdf", samples, "secret")
    write(inbox / "a.pdf", samples, "a")
    for number in range(3):
        (inbox / f"link{number}.pdf").symlink_to(tmp_path / "outside" / "secret.pdf")
    with tarfile.open(inbox / "all.tar", "w") as archive:
        for name, kind in (("../up.pdf", tarfile.REGTYPE), ("device.pdf", tarfile.CHRTYPE)):
            member = tarfile.TarInfo(name)
            member.type = kind
            archive.addfile(member)
    outside = "the link leads outside of the source; name it by itself to read what it points to"
    expected = {f"{inbox}/link{number}.pdf": outside for number in range(3)} | {
        f"{inbox}/all.tar::../up.pdf": "its name leads out of the archive",
        f"{inbox}/all.tar::device.pdf": "it is a link or a device, not a regular file",
    }
    first = await night([inbox], workspace, "n1", strict=True)
    assert (first.documents, first.problems, first.counts.not_followed) == (1, 0, 5)
    rows = [row for row in ledger(workspace).values() if row.outcome == "not_followed"]
    assert {row.source: row.reason for row in rows} == expected
    report = json.loads((workspace / "reports/n1/report.json").read_text())
    assert {one["source"]: one["reason"] for one in report["not_followed"]} == expected
    page = (workspace / "reports/n1/report.html").read_text()
    assert all(source in page for source in expected)
    second = await night([inbox], workspace, "n2", strict=True)
    assert (second.is_idle, second.counts.unchanged, second.counts.not_followed) == (True, 5, 5)
    kept = SourcesFiles(workspace / "runs/n2").not_followed()
    assert {one.source.uri: one.reason for one in kept} == expected
    assert counts(workspace) == {"documents": 1, "kept": 1}


async def test_links_alone_are_a_mistake_that_names_one_of_them(samples: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside" / "secret.pdf", samples, "secret")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/link.pdf").symlink_to(tmp_path / "outside" / "secret.pdf")
    with pytest.raises(NothingFound, match=r"among its 1 files; not followed: .*/in/link\.pdf: the link leads outside"):
        await night([tmp_path / "in"], tmp_path / "ws", "n1", strict=True)


async def test_a_link_that_leads_outside_since_it_was_read_counts_as_deleted_and_keeps_its_text(
    samples: Path, tmp_path: Path
) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    write(inbox / "a.pdf", samples, "a")
    write(tmp_path / "outside" / "secret.pdf", samples, "secret")
    write(inbox / "link.pdf", samples, "b")
    await night([inbox], workspace, "n1")
    (inbox / "link.pdf").unlink()
    (inbox / "link.pdf").symlink_to(tmp_path / "outside" / "secret.pdf")
    second = await night([inbox], workspace, "n2")
    assert (second.counts.deleted, second.counts.not_followed) == (1, 1)
    assert counts(workspace) == {"documents": 2, "kept": 2}
    assert ledger(workspace)[f"{inbox}/link.pdf"].status == "deleted"


async def test_no_note_about_the_sources_is_thrown_away(samples: Path, tmp_path: Path) -> None:
    write(tmp_path / "a.pdf", samples, "a")
    (tmp_path / "list.txt").write_text("a.pdf\n" + "".join(f"gone{number}.pdf\n" for number in range(30)))
    await night([tmp_path / "list.txt"], tmp_path / "ws", "n1")
    notes = SourcesFiles(tmp_path / "ws/runs/n1").state().notes
    assert [f"gone{number}.pdf:" in note for number, note in enumerate(notes)] == [True] * 30
    assert json.loads((tmp_path / "ws/reports/n1/report.json").read_text())["notes"] == list(notes)


async def test_a_ledger_written_by_a_clock_in_the_future_stops_no_later_night(samples: Path, tmp_path: Path) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    write(inbox / "a.pdf", samples, "a")
    await night([inbox], workspace, "n1")
    with open_ledger(workspace / "ledger") as known:
        rows = [row._replace(first_seen="2099", last_seen="2099") for row in known.rows()]
        head = known.head.model_copy(update={"listed": "2099"})
    write_ledger(workspace / "ledger", head, rows)
    write(inbox / "a.pdf", samples, "changed")
    assert (await night([inbox], workspace, "n2")).counts.changed == 1
    (inbox / "a.pdf").unlink()
    assert (await night([inbox], workspace, "n3")).counts.deleted == 1
    row = ledger(workspace)[str(inbox / "a.pdf")]
    assert (row.status, row.last_seen < "2099", row.listing) == ("deleted", True, 3)


async def test_what_failed_is_read_again_on_request(samples: Path, tmp_path: Path) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    write(inbox / "good.pdf", samples, "good")
    write(inbox / "loops.pdf", samples, "loops")
    (inbox / "cut.pdf").write_bytes(b"%PDF-1.7\nnothing follows")
    (inbox / "empty.pdf").write_bytes(b"")
    loops = ScriptedEngine(in_turn(answer("word " * 400)), name="instant")
    await night([inbox], workspace, "n1", engine=loops)
    assert counts(workspace) == {"documents": 4, "held_back": 2, "failed": 2}
    healed = ScriptedEngine(in_turn(answer("The text of the page.")), name="instant")
    assert (await night([inbox], workspace, "n2", engine=healed)).is_idle
    assert healed.calls == 0
    third = await night([inbox], workspace, "n3", {"retry_failed": True}, engine=healed, again="failed")
    assert (third.counts.again, third.documents, third.problems) == (4, 3, 1)
    assert counts(workspace) == {"documents": 4, "kept": 2, "failed": 2}
    (inbox / "empty.pdf").unlink()
    fourth = await night([inbox], workspace, "n4", {"quality": {"min_chars": 2}}, engine=healed)
    assert (fourth.counts.again, fourth.counts.deleted) == (1, 1), "other rules: what failed is looked at again"
    assert counts(workspace) == {"documents": 3, "kept": 2, "failed": 1}


@pytest.mark.parametrize("last", ["compare", "inspect", "plan", "read one page", "read", "assemble", "judge"])
async def test_a_night_may_end_after_any_step(samples: Path, tmp_path: Path, last: str) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        write(inbox / name, samples, name)
    await night([inbox], workspace, "n1")
    known, old = ledger(workspace), texts(workspace)
    write(inbox / "b.pdf", samples, "changed")
    write(inbox / "d.pdf", samples, "new")
    (inbox / "c.pdf").unlink()
    await begin_and_die([inbox], workspace, "n2", last)
    assert ledger(workspace) == known
    assert texts(workspace) == old
    after = await night([inbox], workspace, "n3")
    assert (after.counts.changed, after.counts.new, after.counts.deleted, after.documents) == (1, 1, 1, 2)
    assert counts(workspace) == {"documents": 4, "kept": 4}
    new = texts(workspace)
    assert {name: new[name] for name in ("a.pdf", "c.pdf")} == {name: old[name] for name in ("a.pdf", "c.pdf")}
    assert new["b.pdf"] not in old.values()


async def begin_and_die(sources: list[Path], workspace: Path, run: str, last: str) -> None:
    """A night that goes as far as a step and is never heard of again; what it knew was in the workspace or is lost."""
    async with opened(sources, workspace, run=run) as (ref, runtime):
        tonight = await compare_sources(ref, runtime)
        (batch,) = tonight.batches
        if last == "compare":
            return
        await documents.inspect_batch(ref, runtime, batch)
        if last == "inspect":
            return
        plan = await documents.make_plan(ref, runtime)
        for piece in plan.slices if last != "plan" else ():
            await pages.read_pages(ref, runtime, piece.index)
            if last == "read one page":
                return
        if last in ("assemble", "judge"):
            await output.assemble_batch(ref, runtime, batch)
        if last == "judge":
            await output.judge(ref)


async def test_a_source_without_documents_is_an_error_only_where_somebody_has_named_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for content, message in ((None, "the folder holds no files"), ("text", "no PDF or image among its 1 files")):
        if content:
            (tmp_path / "in" / "notes.md").write_text(content)
        async with opened([tmp_path / "in"], tmp_path / "ws") as (ref, runtime):
            assert (await compare_sources(ref, runtime)).is_idle
            with pytest.raises(NothingFound, match=message):
                await compare_sources(ref, runtime, ComparePolicy(strict=True))


async def test_a_dataset_without_a_ledger_is_not_replaced_unless_somebody_says_so(
    samples: Path, tmp_path: Path
) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    for name in ("a.pdf", "b.pdf"):
        write(inbox / name, samples, name)
    await night([inbox], workspace, "n1")
    shutil.rmtree(workspace / "ledger")
    (inbox / "a.pdf").unlink()
    before = texts(workspace)
    with pytest.raises(UsageError, match=r"has no ledger of its sources: .*--replace"):
        await night([inbox], workspace, "n2", strict=True)
    assert texts(workspace) == before
    found = await night([inbox], workspace, "n3", strict=True, replace=True)
    assert (found.counts.new, found.documents) == (1, 1)
    assert texts(workspace) == {"b.pdf": before["b.pdf"]}
    assert set(ledger(workspace)) == {str(inbox / "b.pdf")}
    write(inbox / "c.pdf", samples, "c")
    assert (await night([inbox], workspace, "n4", strict=True)).documents == 1, "from now on there is a ledger"


async def test_a_night_makes_a_dataset_without_a_ledger_anew(samples: Path, tmp_path: Path) -> None:
    write(tmp_path / "in/a.pdf", samples, "a")
    await night([tmp_path / "in"], tmp_path / "ws", "n1")
    before = texts(tmp_path / "ws")
    shutil.rmtree(tmp_path / "ws/ledger")
    assert (await night([tmp_path / "in"], tmp_path / "ws", "n2")).counts.new == 1
    assert texts(tmp_path / "ws") == before


@pytest.mark.parametrize("damage", [b"", b"PAR1 and no more"])
@pytest.mark.parametrize(
    ("pattern", "remedy"), [("ledger/records/*", ["ledger"]), ("dataset/manifest.json", ["ledger", "dataset"])]
)
async def test_the_remedy_for_a_damaged_part_works_and_reads_no_page_twice(
    samples: Path, tmp_path: Path, damage: bytes, pattern: str, remedy: list[str]
) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    for name in ("a.pdf", "b.pdf"):
        write(inbox / name, samples, name)
    await night([inbox], workspace, "n1")
    before = texts(workspace)
    read = {path: path.stat().st_mtime_ns for path in (workspace / "pages").rglob("0*.json")}
    assert read
    for path in workspace.glob(pattern):
        path.write_bytes(damage)
    write(inbox / "c.pdf", samples, "c")
    with pytest.raises(RunError, match=r"(is damaged|cannot be read as a manifest).*move the folders? .*ledger/ away"):
        await night([inbox], workspace, "n2")
    for name in remedy:
        shutil.rmtree(workspace / name)
    await night([inbox], workspace, "n3", replace=True)
    after = texts(workspace)
    assert {name: after[name] for name in before} == before
    assert set(after) == {"a.pdf", "b.pdf", "c.pdf"}
    assert {path: path.stat().st_mtime_ns for path in read} == read


async def test_what_a_replacing_run_drops_is_counted_before(samples: Path, tmp_path: Path) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    for name in ("a.pdf", "b.pdf"):
        write(inbox / name, samples, name)
    await night([inbox], workspace, "n1")
    async with opened([inbox / "b.pdf"], workspace, run="n2") as (ref, runtime):
        await compare_sources(ref, runtime, ComparePolicy(replace=True))
        assert count_dropped(ref) == 1


def test_an_idle_run_says_why() -> None:
    def message(**counts: int) -> str:
        return SourcesFound(documents=0, problems=0, batches=(), counts=SourceCounts(**counts)).message

    assert message() == "Nothing to do: the sources hold no document"
    assert message(listed=3, unchanged=3) == (
        "Nothing to do: 3 files or objects were listed, and there is nothing new to read in them"
    )
    assert message(deleted=2).endswith("; 2 are gone since the last run")


def test_the_recipe_of_outcomes_knows_rules_and_limits_and_no_passwords(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def recipe(*overrides: Mapping[str, Any]) -> str:
        async with opened([tmp_path], tmp_path / "ws", *overrides) as (_, runtime):
            return outcome_recipe(runtime)

    plain = asyncio.run(recipe())
    (tmp_path / "passwords").write_text("secret\n")
    assert asyncio.run(recipe({"password_file": str(tmp_path / "passwords")})) == plain
    assert asyncio.run(recipe({"quality": {"min_chars": 7}})) != plain
    assert asyncio.run(recipe({"limits": {"max_pages": 7}})) != plain
    monkeypatch.setenv("OLMOCR_LIMITS__ISOLATION", "off")
    assert asyncio.run(recipe()) == plain, "how far workers are isolated changes no outcome"
