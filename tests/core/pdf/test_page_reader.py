"""Pages and documents, read through the pool."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import psutil
import pytest

from olmocr_core.domain.errors import DocumentChanged, PageTimeout, RenderFailed, WorkerDied
from olmocr_core.domain.settings import Limits, Settings
from olmocr_core.pdf import poppler
from olmocr_core.pdf.page_reader import SandboxedPageReader, open_pool
from olmocr_core.sandbox.pool import WorkerPool
from tests.core.pdf.making import document, encrypted, many_pages, page

# What one worker may grow by in a few hundred pages; a leak of one bitmap a page would be a gigabyte.
GROWTH_MB = 12


def reader(**settings: Any) -> SandboxedPageReader:
    chosen = {"orchestration": {"workers": 1}, **settings}
    return SandboxedPageReader(open_pool(Settings.model_validate(chosen)))


def test_the_pool_has_a_worker_a_core_unless_told_otherwise() -> None:
    assert open_pool(Settings.model_validate({"orchestration": {"workers": 3}})).size == 3
    assert open_pool(Settings()).size >= 1


async def test_inspect_render_and_text(tmp_path: Path) -> None:
    of = document(tmp_path / "a.pdf", many_pages(3))
    async with reader() as files:
        assert (await files.inspect(of)).pages == 3
        image, facts = await files.render(page(of, 2), 90)
        assert image.startswith(b"\xff\xd8")
        assert (facts.width, facts.height, facts.rotation_ccw) == (1288, 859, 90)
        layer = await files.text_layer(page(of, 2))
        assert layer.text.strip() == "Page number 2"
        with pytest.raises(
            RenderFailed,
            match=r"page 9 of a\.pdf: page 9 cannot be found in the file: the list of pages is damaged or ends before it",
        ):
            await files.render(page(of, 9))


async def test_images_have_no_text_layer(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    of = document(tmp_path / "a.png")
    async with reader() as files:
        assert (await files.inspect(of)).pages == 1
        assert await files.text_layer(page(of)) == type(await files.text_layer(page(of)))("", trusted=False)


async def test_a_doubtful_layer_is_cross_checked(corpus: Path) -> None:
    pdfs = corpus / "dev" / "pdfs"
    async with reader() as files:
        doubtful = await files.text_layer(page(document(pdfs / "gnarly_horribleocr.pdf")))
        sure = await files.text_layer(page(document(pdfs / "gnarly_edgar.pdf")))
    assert not doubtful.trusted
    assert 0.8 < float(doubtful.signals["layer_second_opinion"] or 0) <= 1
    assert sure.trusted
    assert "layer_second_opinion" not in sure.signals


async def test_passwords_reach_the_workers(tmp_path: Path) -> None:
    of = document(tmp_path / "a.pdf", encrypted("geheim"))
    pool = open_pool(Settings.model_validate({"orchestration": {"workers": 1}}), ("geheim",))
    async with SandboxedPageReader(pool) as files:
        assert (await files.inspect(of)).pages == 2
        assert (await files.text_layer(page(of, 2))).text.strip() == "Page number 2"
    assert "geheim" not in repr(pool._settings)


async def test_faults_of_the_document_are_raised_for_pages_and_answered_by_inspect(tmp_path: Path) -> None:
    of = document(tmp_path / "a.pdf", many_pages(1))
    (tmp_path / "a.pdf").write_bytes(b"something else")
    async with reader() as files:
        with pytest.raises(DocumentChanged, match=r"^page 1 of a\.pdf: the file has changed"):
            await files.render(page(of))
        info = await files.inspect(of)
        assert info.error is not None
        assert info.error.code == "document_changed"


class Scripted(WorkerPool):
    """A pool that fails as told, an op at a time."""

    def __init__(self, *answers: Any):
        super().__init__(1, Limits())
        self.answers = list(answers)
        self.calls: list[tuple[Any, ...]] = []

    async def call(self, op: str, *args: Any, **_: Any) -> Any:
        self.calls.append((op.rpartition(":")[2], *args[1:]))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize("error", [PageTimeout("slow"), WorkerDied("dead")])
async def test_inspection_that_costs_the_worker_ends_the_document(tmp_path: Path, error: Exception) -> None:
    info = await SandboxedPageReader(Scripted(error)).inspect(document(tmp_path / "a.pdf", many_pages(1)))
    assert info.error is not None
    assert info.error.code == "unreadable_document"
    assert info.pages == 0


@pytest.mark.parametrize("error", [PageTimeout("slow"), WorkerDied("dead"), DocumentChanged("gone")])
async def test_lost_metadata_costs_nothing_else(tmp_path: Path, error: Exception) -> None:
    from olmocr_core.domain.models import DocumentInfo

    info = DocumentInfo(pages=4)
    assert await SandboxedPageReader(Scripted(info, error)).inspect(document(tmp_path / "a.pdf", many_pages(4))) == info


async def test_a_page_that_kills_its_worker_is_tried_with_poppler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = page(document(tmp_path / "a.pdf", many_pages(1)))
    monkeypatch.setattr(poppler, "is_installed", lambda: True)
    pool = Scripted(WorkerDied("dead"), "drawn")
    assert await SandboxedPageReader(pool).render(ref, 90) == "drawn"
    assert pool.calls == [("render_page", 90), ("render_page", 90, "poppler")]
    with pytest.raises(PageTimeout):
        await SandboxedPageReader(Scripted(PageTimeout("slow"))).render(ref)
    monkeypatch.setattr(poppler, "is_installed", lambda: False)
    with pytest.raises(WorkerDied):
        await SandboxedPageReader(Scripted(WorkerDied("dead"))).render(ref)


async def renders(count: int, path: Path) -> float:
    """Megabytes that a worker grew by."""
    of = document(path, many_pages(5))
    async with reader(render={"longest_side": 300}, limits={"pages_per_worker": 10_000}) as files:
        await asyncio.gather(*(files.render(page(of, 1 + number % 5)) for number in range(60)))
        (worker,) = files._pool._idle
        before = psutil.Process(worker.process_id).memory_info().rss
        for _ in range(count // 100):
            await asyncio.gather(*(files.render(page(of, 1 + number % 5)) for number in range(100)))
        assert files._pool._idle == [worker]
        return (psutil.Process(worker.process_id).memory_info().rss - before) / (1 << 20)


async def test_a_worker_does_not_grow(tmp_path: Path) -> None:
    assert await renders(300, tmp_path / "a.pdf") < GROWTH_MB


@pytest.mark.slow
async def test_a_worker_does_not_grow_in_thousands_of_pages(tmp_path: Path) -> None:
    assert await renders(2000, tmp_path / "a.pdf") < GROWTH_MB
