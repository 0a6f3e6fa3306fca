from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olmocr_core.domain.models import Source
from olmocr_core.domain.settings import Limits
from olmocr_core.sources import Collected, collect
from olmocr_core.sources import zip as zip_format

PDF = b"%PDF-1.4\n"
Member = tuple[str | zipfile.ZipInfo, bytes]


def pack(path: Path, *members: Member) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


async def found(path: Path, **limits: int) -> Collected:
    return await collect([os.fspath(path)], path.parent / "workspace" / "inputs", Limits(**limits))


async def told(path: Path, **limits: int) -> tuple[int, str]:
    result = await found(path, **limits)
    return len(result.documents), result.problems[0].error.message


async def test_members_become_documents_and_nothing_is_unpacked_by_its_name(tmp_path: Path) -> None:
    path = pack(
        tmp_path / "a.zip",
        ("x/1.pdf", PDF + b"1"),
        ("x/", b""),
        ("notes.txt", b"text"),
        (".hidden.pdf", PDF),
        ("../up.pdf", PDF + b"3"),
        (link("link.pdf"), b"/etc/passwd"),
        ("bad.pdf", b"text"),
    )
    result = await found(path)
    assert [(one.sources[0].name, Path(one.location).read_bytes()) for one in result.documents] == [
        ("a/x/1.pdf", PDF + b"1")
    ]
    assert [one.source.uri.rsplit("::", 1)[1] for one in result.problems] == ["bad.pdf"]
    assert [one.source.uri.rsplit("::", 1)[1] for one in result.not_followed] == ["../up.pdf", "link.pdf"]
    assert result.skipped == 1


async def test_limits_are_those_of_every_archive(tmp_path: Path) -> None:
    two = (("1.pdf", PDF + b"1"), ("2.pdf", PDF + b"2"))
    bomb = pack(tmp_path / "bomb.zip", *two, ("3.pdf", PDF + bytes(2 << 20)))
    assert await told(pack(tmp_path / "many.zip", *two), archive_members=1) == (
        1,
        "the archive has more than 1 members (limits.archive_members); the rest is lost",
    )
    assert await told(bomb, archive_mb=1) == (
        2,
        "the archive unpacks to more than 1 MB (limits.archive_mb); the rest is lost",
    )
    assert (await told(bomb, max_file_mb=1))[0] == 2


async def test_a_directory_of_more_than_may_be_read_is_not_even_opened(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", *((f"{number}/{'x' * 150}.txt", b"") for number in range(20)))
    assert await told(path, archive_members=2) == (
        0,
        "the archive has more than 2 members (limits.archive_members); none is read",
    )
    assert (await found(pack(tmp_path / "b.zip", *((f"{n}.pdf", PDF + b"%d" % n) for n in range(20))))).documents


async def test_damage_and_passwords_cost_what_comes_after_them(tmp_path: Path) -> None:
    data = pack(tmp_path / "a.zip", ("1.pdf", PDF + b"1"), ("2.pdf", PDF + b"2")).read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[:-30])
    place = data.index(b"2.pdf") + len("2.pdf")
    (tmp_path / "damaged.zip").write_bytes(data[:place] + b"damage" + data[place + 6 :])
    # The first bit of the flags says that a member is encrypted.
    locked = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[data.index(mark) + offset] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    for name, documents in (("cut.zip", 0), ("damaged.zip", 1), ("locked.zip", 0)):
        count, message = await told(tmp_path / name)
        assert count == documents
        assert message.startswith("the archive is damaged or has a password, the rest is lost: ")


@given(st.binary(max_size=200), st.integers(0, 400), st.binary(max_size=20))
@settings(max_examples=100, deadline=None)
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, tail: bytes, place: int, patch: bytes) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.pdf", PDF)
        archive.writestr("b.pdf", PDF + b"2")
    data = stream.getvalue()
    folder = tmp_path_factory.mktemp("zip")
    path = folder / "a.zip"
    path.write_bytes(data[:place] + patch + data[place + len(patch) :] + tail)
    list(zip_format.read(path, Source(uri="a.zip", name="a.zip"), "a", folder / "inputs", Limits()))
