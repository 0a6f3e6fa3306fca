"""Targets that read files of a user or of strangers: lists, archives, profiles, and the environment."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from olmocr_core.domain.errors import OlmocrError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.models import Document, Problem, Source
from olmocr_core.domain.settings import Limits
from olmocr_core.sources import tar
from olmocr_core.sources.lists import looks_like_list, read_list
from scripts.fuzz.target import Target
from scripts.fuzz.texts import text_of

_LIST = "\ufeff# comment\na.pdf\n\n  b/*.pdf  \ns3://bucket/*.pdf\n/tmp\n".encode()
_PROFILE = b'server = "http://h:1"\n[limits]\npage_seconds = 9\n[sglang]\ngpus = [0]\narguments = {a = "1"}\n'
_VARIABLES = b"OLMOCR_LIMITS__PAGE_SECONDS=9\nOLMOCR_ENGINE=cpu\nOLMOCR_SERVER=http://u:p@h\nOLMOCR_A__A__A__A=1\n"
_SOURCE = Source(uri="/x", name="x")
_LIMITS = Limits(max_file_mb=1, archive_mb=1, archive_members=100)
_PDF = b"%PDF-1.4\n%%EOF\n"


def run_list(data: bytes) -> None:
    """Entries are texts without line ends."""
    _with_file(data, _read_list, data[:512])


def run_tar(data: bytes) -> None:
    """An archive gives documents inside the workspace and problems with a message, and writes no more than it may."""
    tar.matches(data[:4096])
    _with_file(data, _read_tar)


def run_profile(data: bytes) -> None:
    """A profile is settings, or an error that names what is wrong."""
    _with_file(data, lambda path: load_settings(profile=path, environ={}))


def run_environment(data: bytes) -> None:
    """Likewise each variable, one a line."""
    lines = (line.partition("=") for line in text_of(data).split("\n")[:20])
    load_settings(environ={f"OLMOCR_{name.removeprefix('OLMOCR_')}": value for name, _, value in lines})


def _with_file(data: bytes, read: Callable[..., object], *more: object) -> None:
    path = _folder() / "input"
    path.write_bytes(data)
    read(path, *more)


def _read_list(path: Path, head: bytes) -> None:
    looks_like_list(path, head)
    for entry in read_list(path, _SOURCE, _LIMITS):
        assert isinstance(entry, Problem) or (entry and "\n" not in entry)


def _read_tar(path: Path) -> None:
    inputs = path.parent / "inputs"
    for found in tar.read(path, _SOURCE, "x", inputs, _LIMITS):
        if isinstance(found, Document):
            assert Path(found.location).is_relative_to(inputs)
            Path(found.location).unlink(missing_ok=True)
        if isinstance(found, Problem):
            assert found.error.message


@lru_cache(1)
def _folder() -> Path:
    # In memory, where the machine has such a file system: hundreds of files a second.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.TemporaryDirectory(prefix="olmocr-fuzz-", dir=memory, ignore_cleanup_errors=True)
    _KEPT.append(folder)
    return Path(folder.name)


# Removed when the process ends.
_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def _tar(kind: int, compressed: bool = False) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz" if compressed else "w", format=kind) as archive:
        for name, data in (("a/1.pdf", _PDF), ("\u00e9" * 80 + ".pdf", _PDF + b"2"), ("n.md", b"text")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    # Without the padding at the end.
    return out.getvalue()[:8192] if not compressed else out.getvalue()


def _sparse() -> bytes:
    info = tarfile.TarInfo("s.pdf")
    info.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.realsize": "9",
        "GNU.sparse.name": "s.pdf",
    }
    body = b"1\n0\n9\n".ljust(512, b"\0") + b"%PDF-1.4\n".ljust(512, b"\0")
    info.size = len(body)
    return info.tobuf(tarfile.PAX_FORMAT) + body + b"\0" * 1024


_TARS = (_tar(tarfile.PAX_FORMAT), _tar(tarfile.GNU_FORMAT), _sparse())
TARGETS = (
    Target("lists", run_list, (_LIST, b"a\r\n\xff\xfe\n")),
    Target("tars", run_tar, (*_TARS, _tar(tarfile.GNU_FORMAT, compressed=True))),
    Target(
        "profiles",
        run_profile,
        (_PROFILE, b"a = " + b"[" * 50, b"a = " + b"9" * 50, b"[a" + b".a" * 9 + b"]"),
        (OlmocrError,),
    ),
    Target("environment", run_environment, (_VARIABLES, b"A" + b"__A" * 40 + b"=1"), (OlmocrError,)),
)
