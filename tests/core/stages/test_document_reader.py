from __future__ import annotations

import asyncio
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from olmocr_core import open_reader, open_reader_sync, process_pdf_file
from olmocr_core.domain.errors import DocumentError, UnreadableDocument
from olmocr_core.domain.models import Completion
from olmocr_core.domain.ports import PageRequest
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.scripted import ScriptedEngine

SETTINGS = Settings.model_validate({"engine": "instant", "orchestration": {"workers": 1}})


@pytest.fixture
def paper(samples: Path) -> Path:
    return samples / "code_and_formula.pdf"


def workers() -> set[int]:
    """The PDF workers of this process."""
    found = psutil.Process().children(recursive=True)
    return {child.pid for child in found if "olmocr_core.sandbox.worker" in " ".join(child.cmdline())}


class Slow(ScriptedEngine):
    """Reads page 1 when it is told to, and notes that it was closed."""

    closed = 0

    def __init__(self) -> None:
        super().__init__(name="instant")
        self.told = asyncio.Event()

    async def transcribe(self, request: PageRequest) -> Completion:
        if request.page.page_number == 1:
            await self.told.wait()
        return await super().transcribe(request)

    async def aclose(self) -> None:
        self.closed += 1
        await super().aclose()


async def test_workers_and_engine_stay_from_one_document_to_the_next(paper: Path, samples: Path) -> None:
    engine = ScriptedEngine(name="instant")
    async with open_reader(SETTINGS, engine=engine) as reader:
        first = await reader.process(paper)
        alive = workers()
        second = await reader.process(samples / "phototest.tif")
        assert len(alive) == 1
        assert workers() == alive
    assert (first.status, second.status) == ("kept", "kept")
    assert workers() == set()


async def test_its_records_are_those_of_a_single_call(paper: Path) -> None:
    async with open_reader(SETTINGS) as reader:
        assert await reader.process(paper) == process_pdf_file(paper, settings=SETTINGS)


async def test_a_document_that_was_read_is_read_no_more(paper: Path) -> None:
    engine = ScriptedEngine(name="instant")
    async with open_reader(SETTINGS, engine=engine) as reader:
        first = await reader.process(paper)
        asked = engine.calls
        assert await reader.process(paper) == first
        assert engine.calls == asked == 2


async def test_documents_side_by_side(paper: Path, samples: Path) -> None:
    paths = [paper, samples / "phototest.tif", samples / "blank.pdf", paper]
    async with open_reader(SETTINGS) as reader:
        records = await asyncio.gather(*map(reader.process, paths))
    assert [record.sources[0].name for record in records] == [path.name for path in paths]


async def test_pages_come_as_they_finish_and_are_not_read_again(paper: Path) -> None:
    engine = Slow()
    async with open_reader(SETTINGS, engine=engine) as reader:
        pages = reader.pages(paper)
        assert (await anext(pages)).page_number == 2
        engine.told.set()
        assert [page.page_number async for page in pages] == [1]
        assert (await reader.process(paper)).page_count == 2
        assert (engine.calls, engine.closed) == (2, 0)
    assert engine.closed == 1


async def test_whoever_stops_early_leaves_no_page_in_progress(paper: Path) -> None:
    engine = Slow()
    async with open_reader(SETTINGS, engine=engine) as reader:
        pages = reader.pages(paper)
        assert (await anext(pages)).page_number == 2
        before = asyncio.all_tasks()
        await pages.aclose()
        assert asyncio.all_tasks() <= before
        engine.told.set()
        assert (await reader.process(paper)).status == "kept"


async def test_an_open_document_keeps_few_pages_before_the_engine(samples: Path) -> None:
    engine = Slow()
    async with open_reader(SETTINGS, engine=engine) as reader:
        opened = await reader.open(samples / "code_and_formula.pdf")
        asyncio.get_running_loop().call_later(0.5, engine.told.set)
        read = [page async for page in opened.pages(at_once=1)]
        # Page 2 is not held by the engine: it waits for its turn.
        assert [page.page_number for page in read] == [1, 2]
        assert reader.concurrency == engine.concurrency
        assert opened.build_record(read) == await opened.record() == await reader.process(opened.document.location)
        assert await reader.finished_page(opened.document.doc_id, 2) == read[1]
        assert await reader.finished_page(opened.document.doc_id, 3) is None
        data, facts = await opened.image(2)
        assert data.startswith(b"\xff\xd8")
        assert max(facts.width, facts.height) == 1288


async def test_one_bad_document_costs_only_itself(paper: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.pdf").write_bytes(paper.read_bytes()[:2000])
    async with open_reader(SETTINGS) as reader:
        with pytest.raises(UnreadableDocument, match="no such file"):
            await reader.process(tmp_path / "none.pdf")
        assert (await reader.process(tmp_path / "cut.pdf")).status == "failed"
        with pytest.raises(DocumentError):
            await anext(reader.pages(tmp_path / "cut.pdf"))
        assert (await reader.process(paper)).status == "kept"


async def test_a_workspace_outlives_the_reader(paper: Path, tmp_path: Path) -> None:
    async with open_reader(SETTINGS, workspace=tmp_path) as reader:
        first = await reader.process(paper)
    engine = ScriptedEngine(name="instant")
    async with open_reader(SETTINGS, workspace=tmp_path, engine=engine) as reader:
        assert await reader.process(paper) == first
    assert engine.calls == 0


def reader_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "olmocr-reader"]


def test_the_sync_twin_serves_several_threads(paper: Path, samples: Path) -> None:
    found: dict[Path, str] = {}
    with open_reader_sync(SETTINGS) as reader:
        paths = (paper, samples / "phototest.tif")
        threads = [
            threading.Thread(target=lambda path=path: found.update({path: reader.process(path).status}))  # type: ignore[misc]
            for path in paths
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == dict.fromkeys(paths, "kept")
    assert reader_threads() == []


async def test_the_sync_twin_works_inside_a_loop_and_gives_pages(paper: Path) -> None:
    with open_reader_sync(SETTINGS) as reader:
        assert sorted(page.page_number for page in reader.pages(paper)) == [1, 2]
        pages: Iterator[Any] = reader.pages(paper)
        next(pages)
        pages.close()  # type: ignore[attr-defined]
        assert reader.process(paper).status == "kept"
    assert reader_threads() == []


def test_what_interrupts_the_block_ends_the_reader(paper: Path) -> None:
    def interrupted() -> None:
        with open_reader_sync(SETTINGS) as reader:
            reader.process(paper)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert reader_threads() == []
    assert workers() == set()


async def test_a_list_and_an_archive_are_no_documents_whatever_they_claim(paper: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(f"{paper}\n".encode())
    # Its first kilobyte says that it is a PDF, and its first line is a path.
    (tmp_path / "list.dat").write_bytes(f"{paper}\n%PDF-1.4\n".encode())
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(paper, "paper.pdf")
    async with open_reader(SETTINGS) as reader:
        for name in ("list.txt", "a.zip"):
            with pytest.raises(UnreadableDocument, match="neither a PDF nor"):
                await reader.process(tmp_path / name)
        record = await reader.process(tmp_path / "list.dat")
        assert (record.status, record.text) == ("failed", "")
        odd = tmp_path / "caf\udce9.pdf"
        odd.write_bytes(paper.read_bytes())
        assert (await reader.process(odd)).status == "kept"
