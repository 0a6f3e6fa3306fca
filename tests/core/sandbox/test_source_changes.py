"""A file that changes under a worker: nothing read of it counts as the page of a document."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from olmocr_core.domain.errors import DocumentChanged, PageError, SourceChanging
from olmocr_core.sandbox.pool import WorkerPool
from olmocr_core.sandbox.source_changes import has_changed
from tests.core.pdf.making import document, many_pages, page
from tests.core.sandbox.workers import LIMITS, WRITING, op

READ = "olmocr_core.pdf.read_text_layer:read_text_layer"


async def test_what_was_read_while_the_file_changed_is_a_fault_of_the_slice(tmp_path: Path) -> None:
    async with WorkerPool(1, WRITING) as pool:
        for outcome in ("is read", "fails", "breaks"):
            ref = page(document(tmp_path / "a.pdf", many_pages(1)))
            with pytest.raises(SourceChanging, match=r"^page 1: the file changed while it was read$"):
                await pool.call(op("read_while_it_changes"), ref, many_pages(2), outcome, what="page 1")
            with pytest.raises(DocumentChanged, match="run again"):
                await pool.call(READ, ref)


async def test_the_file_that_came_in_its_place_is_read_as_itself(tmp_path: Path) -> None:
    async with WorkerPool(1, WRITING) as pool:
        old = page(document(tmp_path / "a.pdf", many_pages(3)), 2)
        assert "Page number 2" in (await pool.call(READ, old)).text
        with pytest.raises(SourceChanging):
            await pool.call(op("read_while_it_changes"), old, many_pages(1), "is read")
        assert "Page number 1" in (await pool.call(READ, page(document(tmp_path / "a.pdf")))).text


async def test_a_file_that_is_gone_spoils_only_what_failed(tmp_path: Path) -> None:
    async with WorkerPool(1, WRITING) as pool:
        ref = page(document(tmp_path / "a.pdf", many_pages(1)))
        assert await pool.call(op("read_while_it_changes"), ref, b"", "is read") == "text of another file"
        ref = page(document(tmp_path / "a.pdf", many_pages(1)))
        with pytest.raises(SourceChanging):
            await pool.call(op("read_while_it_changes"), ref, b"", "fails")


async def test_a_file_that_stays_has_its_own_errors(tmp_path: Path) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(PageError, match="page 9 cannot be found"):
            await pool.call(READ, page(document(tmp_path / "a.pdf", many_pages(1)), 9))


def test_only_documents_and_pages_name_files(tmp_path: Path) -> None:
    of = document(tmp_path / "a.pdf", many_pages(1))
    assert not has_changed(("a", 1, of, page(of)), failed=True)
    os.utime(of.location, ns=(1, 1))
    assert has_changed(("a", 1, of), failed=False)
    assert has_changed((page(of),), failed=True)
    assert not has_changed((str(tmp_path / "a.pdf"), None), failed=True)
