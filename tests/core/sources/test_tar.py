from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Source
from olmocr_core.domain.settings import Limits
from olmocr_core.sources import Collected, Problem, collect
from olmocr_core.sources import tar as tar_format
from olmocr_core.sources.archives import archive_stem

PDF = b"%PDF-1.4\n"


def tar(path: Path, *members: tuple[str, bytes] | tarfile.TarInfo, mode: str = "w") -> Path:
    with tarfile.open(path, mode, format=tarfile.PAX_FORMAT) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


async def found(path: Path, **limits: int) -> Collected:
    return await collect([os.fspath(path)], path.parent / "workspace" / "inputs", Limits(**limits))


def names(collected: Collected) -> list[str]:
    return [source.name for document in collected.documents for source in document.sources]


def inside(collected: Collected) -> list[str]:
    """The names of members without the folder that is named after their archive."""
    return [name.partition("/")[2] for name in names(collected)]


@pytest.mark.parametrize(
    ("name", "mode"), [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tgz", "w:gz"), ("misnamed", "w:gz")]
)
async def test_members_become_documents_that_a_worker_can_open(tmp_path, name, mode):
    path = tar(
        tmp_path / name, ("x/1.pdf", PDF + b"1"), ("./y/2.png", b"\x89PNG\r\n\x1a\n2"), ("notes.md", b"t"), mode=mode
    )
    collected = await found(path)
    first, second = collected.documents
    assert first.sources == (Source(uri=f"{path}::x/1.pdf", name=f"{archive_stem(name)}/x/1.pdf"),)
    assert (first.kind, second.kind) == ("pdf", "image")
    assert inside(collected) == ["x/1.pdf", "y/2.png"]
    assert Path(first.location).read_bytes() == PDF + b"1"
    assert Path(first.location) == tmp_path / "workspace" / "inputs" / first.doc_id[:2] / first.doc_id
    assert (first.size_bytes, first.mtime_ns) == (10, Path(first.location).stat().st_mtime_ns)
    assert collected.skipped == 1


async def test_a_second_look_keeps_the_copies_as_they_are(tmp_path):
    path = tar(tmp_path / "a.tar", ("1.pdf", PDF + b"1"), ("same.pdf", PDF + b"1"))
    first = await found(path)
    assert await found(path) == first
    assert inside(first) == ["1.pdf", "same.pdf"]
    kept = [entry for entry in (tmp_path / "workspace").rglob("*") if entry.is_file()]
    assert kept == [Path(first.documents[0].location)]


async def test_nothing_leaves_the_folder(tmp_path):
    path = tar(
        tmp_path / "evil.tar",
        ("../../escaped.pdf", PDF),
        ("/abs.pdf", PDF),
        ("ok/../../x.pdf", PDF),
        ("win\\..\\..\\x.pdf", PDF),
        special("link.pdf", tarfile.SYMTYPE, "/etc/passwd"),
        special("hard.pdf", tarfile.LNKTYPE, "good.pdf"),
        special("device.pdf", tarfile.CHRTYPE),
        special("pipe.pdf", tarfile.FIFOTYPE),
        ("good.pdf", PDF + b"good"),
        (".hidden/x.pdf", PDF),
    )
    collected = await found(path)
    assert inside(collected) == ["good.pdf"]
    assert collected.problems == ()
    assert collected.skipped == 0
    assert [one.source.uri.partition("::")[2] for one in collected.not_followed] == [
        *("../../escaped.pdf", "/abs.pdf", "ok/../../x.pdf", "win\\..\\..\\x.pdf"),
        *("link.pdf", "hard.pdf", "device.pdf", "pipe.pdf"),
    ]
    files = {entry for entry in tmp_path.rglob("*") if entry.is_file()}
    assert files == {path, Path(collected.documents[0].location)}


async def test_a_bad_member_costs_itself(tmp_path):
    path = tar(
        tmp_path / "a.tar",
        ("empty.pdf", b""),
        ("text.pdf", b"no"),
        ("big.pdf", PDF + b"x" * (1 << 20)),
        ("good.pdf", PDF),
        ("caf\udce9\n.pdf", PDF + b"2"),
    )
    collected = await found(path, max_file_mb=1)
    assert inside(collected) == ["good.pdf", "caf%E9%0A.pdf"]
    assert [(p.source.name, p.error.message.split(",")[0]) for p in collected.problems] == [
        ("a/empty.pdf", "the file is empty"),
        ("a/text.pdf", "the file is neither a PDF nor a PNG"),
        ("a/big.pdf", "the file has 1 MB"),
    ]


@pytest.mark.parametrize("mode", ["w", "w:gz"])
async def test_of_a_cut_archive_what_was_read_stays(tmp_path, mode):
    members = [(f"{n}.pdf", PDF + os.urandom(20_000)) for n in range(4)]
    path = tar(tmp_path / "cut.tar", *members, mode=mode)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    collected = await found(path)
    assert inside(collected) == ["0.pdf", "1.pdf"]
    (problem,) = collected.problems
    assert problem.source.name == "cut.tar"
    assert "damaged or cut off" in problem.error.message
    assert not list((tmp_path / "workspace" / "inputs").glob(".incoming*"))


async def test_a_damaged_header_is_not_taken_for_the_end(tmp_path):
    path = tar(tmp_path / "a.tar", ("1.pdf", PDF), ("2.pdf", PDF + b"2"), ("3.pdf", PDF + b"3"))
    data = bytearray(path.read_bytes())
    data[1024 + 20] ^= 0xFF
    path.write_bytes(data)
    collected = await found(path)
    assert inside(collected) == ["1.pdf"]
    assert "damaged" in collected.problems[0].error.message


async def test_bombs_are_stopped_by_their_limits(tmp_path):
    many = tar(tmp_path / "many.tar", *((f"{n}.pdf", PDF + str(n).encode()) for n in range(9)))
    collected = await found(many, archive_members=5)
    assert len(collected.documents) == 5
    assert "more than 5 members" in collected.problems[0].error.message

    zeros = tar(
        tmp_path / "zeros.tar", ("1.pdf", PDF), ("zeros.bin", bytes(3 << 20)), ("2.pdf", PDF + b"2"), mode="w:gz"
    )
    assert zeros.stat().st_size < 10_000
    collected = await found(zeros, archive_mb=1)
    assert inside(collected) == ["1.pdf"]
    assert "unpacks to more than 1 MB" in collected.problems[0].error.message


async def test_a_header_that_wants_memory_is_refused(tmp_path):
    header = tarfile.TarInfo("x")
    header.type = tarfile.XHDTYPE
    header.size = 64 << 20
    path = tmp_path / "header.tar"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(header.tobuf())
        stream.write(b"30 comment=" + bytes(64 << 20))
    collected = await found(path)
    assert collected.documents == ()
    assert "oversized header" in collected.problems[0].error.message


def with_holes(name: str, data: bytes, size: int, **headers: str) -> bytes:
    """A member of ``size`` bytes that starts with ``data`` and is one hole behind it (GNU sparse 0.1)."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.pax_headers = {
        "GNU.sparse.size": str(size),
        "GNU.sparse.numblocks": "1",
        "GNU.sparse.map": f"0,{len(data)}",
    } | headers
    return info.tobuf(tarfile.PAX_FORMAT) + data + bytes(-len(data) % 512)


async def test_holes_count_as_what_they_write(tmp_path):
    path = tmp_path / "holes.tar.gz"
    members = (with_holes(f"{number}.pdf", PDF, (1 << 20) + number) for number in range(12))
    path.write_bytes(gzip.compress(b"".join(members) + bytes(1024)))
    assert path.stat().st_size < 1000
    assert len((await found(path)).documents) == 12
    other = tmp_path / "other" / "holes.tar.gz"
    other.parent.mkdir()
    path.rename(other)
    collected = await found(other, archive_mb=4)
    assert inside(collected) == ["0.pdf", "1.pdf", "2.pdf"]
    assert {problem.error.message for problem in collected.problems} == {
        "the archive unpacks to more than 4 MB (limits.archive_mb); the rest is lost"
    }
    inputs = other.parent / "workspace" / "inputs"
    assert sum(file.stat().st_size for file in inputs.rglob("*") if file.is_file()) <= 4 << 20


async def test_the_ratio_of_holes_to_packed_bytes_is_limited(tmp_path):
    path = tmp_path / "holes.tar.gz"
    path.write_bytes(gzip.compress(with_holes("1.pdf", PDF, 65 << 20) + bytes(1024)))
    (problem,) = (await found(path)).problems
    assert problem.error.message == (
        "the archive unpacks to more than 250 times its size (limits.archive_ratio); the rest is lost"
    )


async def test_a_member_of_holes_gives_no_room_for_a_header_that_wants_memory(tmp_path):
    header = tarfile.TarInfo("x")
    header.type = tarfile.XHDTYPE
    header.size = 16 << 20
    path = tmp_path / "header.tar.gz"
    holes = with_holes("1.txt", b"text", 1 << 60)
    path.write_bytes(gzip.compress(holes + header.tobuf() + b"30 comment=" + bytes(16 << 20), compresslevel=1))
    (problem,) = (await found(path)).problems
    assert "oversized header" in problem.error.message


async def test_a_map_of_many_holes_is_read_in_reasonable_time(tmp_path):
    count = 100_000
    holes = ",".join([f"0,{len(PDF)}", *(f"{10 + 2 * number},1" for number in range(count))])
    info = with_holes("1.pdf", PDF + b"x" * count, 10 + 2 * count, **{"GNU.sparse.map": holes})
    path = tmp_path / "holes.tar"
    path.write_bytes(info + bytes(1024))
    (document,) = (await found(path, archive_seconds=2)).documents
    assert document.size_bytes == 10 + 2 * count


async def test_many_extended_headers_do_not_overflow_the_stack(tmp_path):
    header = tarfile.TarInfo("x")
    header.type = tarfile.XHDTYPE
    header.size = 13
    path = tmp_path / "deep.tar"
    path.write_bytes((header.tobuf() + b"13 comment=x\n".ljust(512, b"\0")) * 3000 + bytes(1024))
    (problem,) = (await found(path)).problems
    assert "damaged or cut off" in problem.error.message


async def test_a_member_that_claims_to_be_endless_ends_the_archive_at_once(tmp_path):
    info = tarfile.TarInfo(".hidden")
    info.size = 1 << 60
    path = tmp_path / "endless.tar"
    path.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + b"text")
    (problem,) = (await found(path)).problems
    assert "it ends too early" in problem.error.message


async def test_an_archive_without_documents_is_a_mistake(tmp_path):
    with pytest.raises(UsageError, match="no PDF or image"):
        await found(tar(tmp_path / "a.tar", ("notes.md", b"text")))


async def test_archives_in_lists_and_globs_keep_their_name_before_their_members(tmp_path):
    for name in ("one", "two"):
        tar(tmp_path / f"{name}.tar", ("1.pdf", PDF + name.encode()))
    (tmp_path / "list.txt").write_text("two.tar\n")
    assert names(await found(tmp_path / "*.tar")) == ["one/1.pdf", "two/1.pdf"]
    assert names(await found(tmp_path / "list.txt")) == ["two/1.pdf"]


async def test_an_archive_in_a_folder_is_opened_and_not_taken_for_its_first_pdf(tmp_path):
    (tmp_path / "in").mkdir()
    tar(tmp_path / "in" / "a.tar", ("1.pdf", PDF))
    tar(tmp_path / "in" / "inner.tgz", ("1.pdf", PDF), mode="w:gz")
    (tmp_path / "in" / "b.pdf").write_bytes(PDF + b"b")
    collected = await found(tmp_path / "in")
    assert names(collected) == ["a/1.pdf", "inner/1.pdf", "b.pdf"]
    assert collected.skipped == 0
    outer = tar(tmp_path / "outer.tar", ("inner.tar", (tmp_path / "in" / "a.tar").read_bytes()), ("b.pdf", PDF))
    collected = await found(outer)
    assert names(collected) == ["outer/b.pdf"]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_damage_makes_an_exception(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    path = tar(
        folder / "a.tar", ("1.pdf", PDF + b"1" * 700), ("x" * 150 + ".pdf", PDF), special("l", tarfile.SYMTYPE, "y")
    )
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, 5000))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw)
    source = Source(uri=str(path), name="a.tar")
    for item in tar_format.read(path, source, "", folder / "inputs", Limits(archive_mb=1)):
        if not isinstance(item, Problem):
            assert ".." not in getattr(item, "location", "")


@given(st.binary(max_size=2000))
def test_random_bytes_are_no_archive(head):
    assert not tar_format.matches(head)
