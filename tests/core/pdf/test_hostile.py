"""Every hostile file ends in an error or a result within its limits, and the pool continues."""

from __future__ import annotations

import csv
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from olmocr_core.domain.errors import DocumentError, PageError
from olmocr_core.domain.models import DocumentInfo
from olmocr_core.domain.settings import Settings
from olmocr_core.pdf.page_reader import SandboxedPageReader, open_pool
from tests.core.pdf.making import document, many_pages, page

PAGE_SECONDS = 5.0
SETTINGS = {
    "orchestration": {"workers": 1},
    "limits": {"page_seconds": PAGE_SECONDS, "inspect_seconds": PAGE_SECONDS, "worker_memory_mb": 1024},
}
MUST_OPEN = ("names/", "active/", "media_box/swapped_corners", "encrypted/owner_only")
MUST_FAIL = ("not_pdf/", "encrypted/user_pw", "encrypted/public_key", "images/", "page_tree/no_kids")


@pytest.fixture
async def files() -> AsyncIterator[SandboxedPageReader]:
    async with SandboxedPageReader(open_pool(Settings.model_validate(SETTINGS))) as reader:
        yield reader


async def outcome(files: SandboxedPageReader, path: Path) -> tuple[DocumentInfo, list[str]]:
    of = document(path)
    info = await files.inspect(of)
    ends = []
    for number in range(1, min(info.pages, 2) + 1):
        for read in (files.render, files.text_layer):
            try:
                await read(page(of, number))
                ends.append("ok")
            except (PageError, DocumentError) as error:
                ends.append(error.code)
    return info, ends


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_every_file_ends_within_its_limits(files: SandboxedPageReader, corpus: Path, tmp_path: Path) -> None:
    good = document(tmp_path / "good.pdf", many_pages(1))
    names = sorted(
        str(path.relative_to(corpus / "hostile")) for path in (corpus / "hostile").rglob("*") if path.is_file()
    )
    wrong = []
    for name in names:
        if name in ("README.md", "manifest.csv"):
            continue
        began = time.monotonic()
        info, ends = await outcome(files, corpus / "hostile" / name)
        # Six calls at most, each within its limit; ending and starting a worker is allowed for.
        if time.monotonic() - began > 6 * (PAGE_SECONDS + 3):
            wrong.append(f"{name}: took {time.monotonic() - began:.0f} s")
        failed = info.error is not None or "ok" not in ends[::2]
        if name.startswith(MUST_OPEN if failed else MUST_FAIL):
            wrong.append(f"{name}: {info.error} {ends}")
        if (await files.inspect(good)).pages != 1 or not (await files.render(page(good)))[0]:
            wrong.append(f"{name}: the good document after it was not read")
    assert wrong == []


@pytest.mark.slow
async def test_the_given_passwords_open_what_is_locked(corpus: Path) -> None:
    with (corpus / "hostile" / "manifest.csv").open(newline="") as table:
        locked = {row["file"]: row["password"] for row in csv.DictReader(table) if row["password"]}
    assert len(locked) >= 7
    async with SandboxedPageReader(open_pool(Settings.model_validate(SETTINGS), tuple(set(locked.values())))) as reader:
        for name in locked:
            info, ends = await outcome(reader, corpus / "hostile" / name)
            assert info.error is None, name
            assert "ok" in ends, name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("encrypted/user_pw_word.pdf", "encrypted_document"),
        ("not_pdf/header_only.pdf", "unreadable_document"),
        ("page_tree/no_kids.pdf", "unreadable_document"),
        ("damaged/head_missing_1024.pdf", "unreadable_document"),
        ("images/decompression_bomb.gif", "unreadable_document"),
        ("page_tree/count_says_9_has_1.pdf", ""),
    ],
)
async def test_a_few_in_the_default_suite(files: SandboxedPageReader, corpus: Path, name: str, code: str) -> None:
    info = await files.inspect(document(corpus / "hostile" / name))
    assert (info.error.code if info.error else "") == code
    assert info.pages == (0 if code else 1)
