"""What a worker that a document took over can reach: its document, and nothing else of the machine."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from olmocr_core.domain.errors import SourceAway, UsageError
from olmocr_core.domain.settings import Limits, Settings
from olmocr_core.ocr import tesseract
from olmocr_core.pdf import poppler
from olmocr_core.pdf.page_reader import open_pool
from olmocr_core.sandbox import landlock, namespaces, seccomp
from olmocr_core.sandbox.isolation import check_isolation, describe_isolation, plan_isolation
from olmocr_core.sandbox.pool import WorkerPool
from tests.core.pdf.making import document, many_pages, page, session
from tests.core.sandbox.captive import say_with_tesseract
from tests.core.sandbox.workers import LIMITS

OPS = "tests.core.sandbox.captive:"
DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
REFUSED = {"Operation not permitted", "Permission denied"}
# In a root folder of its own a worker does not even find them.
if not landlock.find_abi():
    REFUSED |= {"No such file or directory", "Read-only file system"}
FILES_ONLY = {"there is no Landlock's ABI 6 (Linux 6.12 or newer): workers can signal other processes of this user"}
complete, words = describe_isolation()
isolates = pytest.mark.skipif(not complete and set(words.split("; ")[1:]) != FILES_ONLY, reason=words)


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(1, LIMITS) as opened:
        yield opened


@isolates
async def test_a_worker_reaches_no_file(pool: WorkerPool, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    places = {
        "read": [
            f"/proc/{os.getpid()}/environ",
            "/etc/passwd",
            str(secret),
            str(Path("/proc/self") / "root" / "etc/passwd"),
        ],
        "read by a child": [str(secret)],
        # A root folder of its own shows the others, with nothing but the way to what is readable.
        "list": [str(tmp_path), *(map(str, (Path.home(), Path.cwd(), "/", "/proc")) if landlock.find_abi() else ())],
        "write": [f"{parent}/olmocr-captive" for parent in (tmp_path, tempfile.gettempdir(), "/dev/shm")],
        "make a folder": [str(tmp_path / "folder")],
        "delete": [str(secret)],
        "rename": [str(secret)],
        "cut off": [str(secret)],
        "change the mode": [str(secret)],
        "change the time": [str(secret)],
    }
    tried = [(name, place) for name, all_of in places.items() for place in all_of]
    answers = {each: await pool.call(OPS + "attempt", *each) for each in tried}
    assert {each: answer for each, answer in answers.items() if answer not in REFUSED} == {}
    assert [path.name for path in tmp_path.iterdir()] == ["secret.txt"]


@isolates
async def test_a_worker_reaches_no_network_and_no_other_process(pool: WorkerPool, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
        unix.bind(str(tmp_path / "socket"))
        tried = [
            ("connect", "AF_INET", "SOCK_STREAM", list(tcp.getsockname())),
            ("connect", "AF_INET", "SOCK_DGRAM", list(tcp.getsockname())),
            ("connect", "AF_UNIX", "SOCK_DGRAM", str(tmp_path / "socket")),
            ("send from a pair", str(tmp_path / "socket")),
            *((name, os.getpid()) for name in ("kill", "trace", "see the limits")[not complete :]),
        ]
        answers = {str(each): await pool.call(OPS + "attempt", *each) for each in tried}
    assert {each: answer for each, answer in answers.items() if answer not in REFUSED} == {}


@isolates
async def test_of_documents_a_worker_reads_its_own(pool: WorkerPool, tmp_path: Path) -> None:
    mine = document(tmp_path / "mine.pdf", many_pages(1))
    other = document(tmp_path / "other.pdf", many_pages(2))
    assert await pool.call(OPS + "read_own_document", mine) == many_pages(1)
    assert await pool.call(OPS + "read_other_document", mine, other.location) in REFUSED
    assert await pool.call(OPS + "read_own_document", other) == many_pages(2)
    assert await pool.call(OPS + "attempt", "read", mine.location) in REFUSED


async def test_the_environment_is_empty(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_SECRET", "s3cret")
    seen = await pool.call(OPS + "environment")
    assert {seen.pop(name) for name in ("HOME", "LANG")} == {"/dev/null", "C.UTF-8"}
    threads = {"OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "MALLOC_ARENA_MAX"}
    start = {"PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    assert set(seen) <= threads | start
    assert await pool.call(OPS + "folder") == "/"


async def test_a_temporary_file_lies_in_memory(pool: WorkerPool) -> None:
    assert await pool.call(OPS + "use_a_temporary_file") == b"bc"


@pytest.mark.skipif(not poppler.is_installed(), reason="Poppler is not installed")
async def test_poppler_draws_the_same_page_in_isolation(pool: WorkerPool, tmp_path: Path) -> None:
    from olmocr_core.pdf.render import render_page

    second = page(document(tmp_path / "a.pdf", many_pages(3)), 2)
    drawn = await pool.call("olmocr_core.pdf.render:render_page", second, 0, "poppler")
    assert drawn == render_page(session(LIMITS), second, 0, "poppler")
    assert drawn[1].renderer == "poppler"


@isolates
@pytest.mark.skipif(
    "ell" not in tesseract.list_languages() or not DEJAVU.exists(), reason="no Greek for Tesseract here"
)
async def test_tesseract_reads_the_same_words_in_isolation(pool: WorkerPool) -> None:
    sheet, encoded = Image.new("RGB", (700, 400), "white"), BytesIO()
    text = "\n".join(["Ο άνθρωπος είναι ζώο κοινωνικό", "και η αρετή είναι γνώση"] * 3)
    ImageDraw.Draw(sheet).multiline_text((40, 40), text, "black", ImageFont.truetype(DEJAVU, 26), spacing=12)
    sheet.save(encoded, "PNG")
    version, chosen, words = await pool.call(OPS + "say_with_tesseract", encoded.getvalue())
    assert "άνθρωπος" in words
    assert (version, chosen, words) == say_with_tesseract(None, encoded.getvalue())


async def test_a_file_that_is_gone_is_away(pool: WorkerPool, tmp_path: Path) -> None:
    gone = page(document(tmp_path / "a.pdf", many_pages(1)))
    (tmp_path / "a.pdf").unlink()
    with pytest.raises(SourceAway, match="the file can no longer be read: No such file or directory"):
        await pool.call("olmocr_core.pdf.read_text_layer:read_text_layer", gone)


def test_what_the_machine_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "find_abi", lambda: 3)
    monkeypatch.setattr(seccomp, "is_supported", lambda: True)
    complete, said = describe_isolation()
    assert not complete
    assert said.startswith("isolated by Landlock (ABI 3) and seccomp; there is no Landlock's ABI 6")
    monkeypatch.setattr(landlock, "find_abi", lambda: 0)
    monkeypatch.setattr(namespaces, "are_allowed", lambda: True)
    complete, said = describe_isolation()
    assert not complete
    assert said.startswith("isolated by user namespaces and seccomp; there is no Landlock's ABI 6")
    check_isolation("required")
    monkeypatch.setattr(namespaces, "are_allowed", lambda: False)
    complete, said = describe_isolation()
    assert not complete
    assert said.startswith("isolated by seccomp; there is no Landlock (")
    assert "no user namespaces: workers can open files" in said
    check_isolation("auto")
    with pytest.raises(UsageError, match=r"limits.isolation is required, but .* lacks Landlock"):
        open_pool(Settings(limits=Limits(isolation="required")))
    monkeypatch.setattr(seccomp, "is_supported", lambda: False)
    assert describe_isolation()[1].startswith("not isolated; there is no Landlock")


def test_off_plans_nothing() -> None:
    assert plan_isolation("off").readable == ()
