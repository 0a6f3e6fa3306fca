"""Documents assembled, judged, published and reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from olmocr_core.domain.errors import RequestRejected, RunError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.ports import PageRequest
from olmocr_core.engines.scripted import ScriptedEngine, Step, answer
from olmocr_core.publish.manifest import read_manifest, verify
from olmocr_core.stages import documents, output, pages
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.stages.compare_sources import compare_sources
from olmocr_core.wiring import open_runtime
from tests.core.stages.nights import counts, night, texts, write
from tests.core.stages.walking import INSTANT, dolma, opened, page_files, walk


async def test_missing_page_records_fail_the_run_by_name(inbox: Path, tmp_path: Path, samples: Path) -> None:
    workspace = tmp_path / "ws"
    async with opened([inbox / "00.pdf"], workspace, run="n") as (ref, runtime):
        tonight = await compare_sources(ref, runtime)
        await documents.inspect_batch(ref, runtime, tonight.batches[0])
        plan = await documents.make_plan(ref, runtime)
        for piece in plan.slices:
            await pages.read_pages(ref, runtime, piece.index)
        next(iter(sorted((workspace / "pages").rglob("000002.json")))).unlink()
        with pytest.raises(RunError, match=r"page 2 of .*/00\.pdf.*run again"):
            await output.assemble_batch(ref, runtime, tonight.batches[0])
    assert read_manifest(workspace / "dataset") is None


async def test_publishing_a_night_again_changes_nothing(samples: Path, tmp_path: Path) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    write(inbox / "a.pdf", samples, "a")
    await night([inbox], workspace, "n1")
    write(inbox / "b.pdf", samples, "b")
    await night([inbox], workspace, "n2")
    before = (workspace / "dataset/manifest.json").read_bytes()
    for run in ("n2", "n1"):
        ref = RunRef(workspace=str(workspace), run=run)
        async with open_runtime(load_settings(INSTANT), ref.open()[0]) as runtime:
            for batch in documents.batches_of(ref):
                await output.assemble_batch(ref, runtime, batch)
            await output.judge(ref)
            await output.publish(ref, runtime)
        assert (workspace / "dataset/manifest.json").read_bytes() == before


async def test_two_damaged_documents_with_one_page_each_read_are_no_duplicates(samples: Path, tmp_path: Path) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    for name in ("a.pdf", "b.pdf"):
        write(inbox / name, samples, name)

    def script(request: PageRequest, call: int) -> Step:
        title_page = answer("The title page of a series, with the same words on each of its volumes. " * 4)
        return title_page if request.page.page_number == 1 else RequestRejected("the page cannot be read")

    await night([inbox], workspace, "n1", engine=ScriptedEngine(script, name="instant"))
    assert counts(workspace) == {"documents": 2, "partial": 2}
    assert len(set(texts(workspace).values())) == 1


async def test_documents_become_a_dataset_and_a_report(two: list[Path], tmp_path: Path) -> None:
    done = await walk(two, tmp_path)
    assert (done.found.documents, done.found.problems, done.found.counts.new) == (2, 0, 2)
    assert sum(batch.pages for batch in done.inspected) == done.plan.pages == 3
    assert [piece.label for piece in done.plan.slices] == [
        "page 1 of blank.pdf",
        "page 1 of code_and_formula.pdf",
        "page 2 of code_and_formula.pdf",
    ]
    assert (done.counts.documents.kept, done.counts.documents.blank, done.counts.pages.total) == (1, 1, 3)
    assert verify(tmp_path / "dataset") == []
    (record,) = dolma(tmp_path)
    doc_id = record["id"]
    assert record["text"] == f"Page 1 of document {doc_id[:12]}.\nPage 2 of document {doc_id[:12]}."
    spans = record["attributes"]["pdf_page_numbers"]
    assert [record["text"][start:end].strip()[:6] for start, end, _ in spans] == ["Page 1", "Page 2"]
    latest = json.loads((tmp_path / "reports" / "latest" / "report.json").read_text())
    assert latest["run"] == "r"
    assert latest["counts"]["documents"] == 2
    assert Path(done.summary.report).read_text().startswith("<!doctype html>")


async def test_a_second_run_reads_nothing_and_publishes_the_same_files(two: list[Path], tmp_path: Path) -> None:
    await walk(two, tmp_path, run="r1")
    stamps = page_files(tmp_path)
    first = json.loads((tmp_path / "dataset" / "manifest.json").read_text())
    engine = ScriptedEngine(name="instant")
    again = await walk(two, tmp_path, run="r2", engine=engine, again="all")
    assert engine.calls == 0
    assert page_files(tmp_path) == stamps
    assert again.plan.from_cache == again.summary.pages.from_cache == 3
    assert [report.from_cache for report in again.slices] == [1, 1, 1]
    second = json.loads((tmp_path / "dataset" / "manifest.json").read_text())
    assert second["files"] == first["files"]
    assert second["run"] == "r2"


async def test_the_same_bytes_twice_are_one_document(samples: Path, tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    (inputs / "sub").mkdir(parents=True)
    for name in ("a.pdf", "sub/b.pdf"):
        (inputs / name).write_bytes((samples / "code_and_formula.pdf").read_bytes())
    done = await walk([inputs], tmp_path / "ws")
    assert done.counts.documents.documents == 1
    (record,) = dolma(tmp_path / "ws")
    assert [Path(source).name for source in record["metadata"]["sources"]] == ["a.pdf", "b.pdf"]
    written = (tmp_path / "ws" / "dataset" / "markdown").rglob("*.md")
    assert sorted(path.name for path in written) == ["a.md", "b.md"]


async def test_every_source_ends_as_a_record(samples: Path, tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    (inputs / "good.pdf").write_bytes((samples / "code_and_formula.pdf").read_bytes())
    (inputs / "cut.pdf").write_bytes((samples / "code_and_formula.pdf").read_bytes()[:2000])
    (inputs / "empty.pdf").write_bytes(b"")
    (inputs / "notes.html").write_text("<p>no document</p>")
    done = await walk([inputs], tmp_path / "ws")
    counts = done.counts.documents
    assert (counts.documents, counts.kept, counts.failed) == (3, 1, 2)
    assert done.found.counts.new == 4, "what is no document is known, too"
    _, folder = done.ref.open()
    failed = {
        outcome.record.sources[0].name: outcome.record.reasons
        for outcome in folder.judged()
        if outcome.record.status == "failed"
    }
    assert set(failed) == {"cut.pdf", "empty.pdf"}
    assert all(len(reasons[0]) > 10 for reasons in failed.values())


async def test_an_idle_run_points_to_the_newest_report_and_tells_of_failures(samples: Path, tmp_path: Path) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    write(inbox / "a.pdf", samples, "a")
    (inbox / "empty.pdf").write_bytes(b"")
    await night([inbox], workspace, "n1")
    async with opened([inbox], workspace, run="n2") as (ref, runtime):
        assert (await compare_sources(ref, runtime)).is_idle
        summary = await output.summarise_idle(ref, runtime)
    assert (summary.status, summary.documents.documents, summary.pages.total) == ("completed", 0, 0)
    assert summary.sources.unchanged == 2
    assert summary.any_failed, "a document of the sources has failed in an earlier run"
    assert Path(summary.report).read_text().startswith("<!doctype html>")
    assert json.loads((workspace / "reports/latest/report.json").read_text())["run"] == "n1"
