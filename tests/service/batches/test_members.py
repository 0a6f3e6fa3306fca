"""Archives of strangers: what is no document costs only itself, and nothing is unpacked by its name."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from olmocr_core.domain.settings import Limits
from service.batches.desk import Refused
from service.batches.members import find_members
from service.uploads.receive import ReceivedFile, Upload
from tests.service.documents import PAPER, PHOTO


def a_tar(*members: tuple[str, bytes], link: str = "") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        if link:
            info = tarfile.TarInfo("link.pdf")
            info.type, info.linkname = tarfile.SYMTYPE, link
            archive.addfile(info)
    return stream.getvalue()


async def members(place: Path, *files: tuple[str, bytes], limits: Limits | None = None) -> list[Upload | Refused]:
    received = []
    for number, (name, data) in enumerate(files):
        (place / str(number)).write_bytes(data)
        received.append(ReceivedFile(place / str(number), name))
    return await find_members(received, place, limits or Limits())


async def test_files_and_members_come_in_their_order(tmp_path: Path) -> None:
    archive = a_tar(("in/one.pdf", PAPER), ("notes.txt", b"no"), ("two.tif", PHOTO), link="/etc/passwd")
    found = await members(tmp_path, ("first.tif", PHOTO), ("all.tgz", archive), ("list.txt", b"/etc/passwd\n"))
    assert [(type(one).__name__, one.filename) for one in found] == [
        ("Upload", "first.tif"),
        ("Upload", "one.pdf"),
        ("Upload", "two.tif"),
        ("Refused", "link.pdf"),
        ("Refused", "list.txt"),
    ]
    assert [one.path.read_bytes() for one in found if isinstance(one, Upload)] == [PHOTO, PAPER, PHOTO]
    assert next(one.error.message for one in found if isinstance(one, Refused)).startswith("it is a link")


async def test_a_name_that_leads_out_of_the_archive_is_not_followed(tmp_path: Path) -> None:
    place = tmp_path / "service" / "incoming"
    place.mkdir(parents=True)
    found = await members(place, ("a.tar", a_tar(("../../evil.pdf", PAPER), ("/evil.pdf", PAPER))))
    assert [type(one) for one in found] == [Refused, Refused]
    assert list(tmp_path.rglob("evil*")) == []


async def test_a_bomb_costs_what_comes_after_it(tmp_path: Path) -> None:
    archive = a_tar(("one.pdf", PAPER), ("bomb.pdf", b"%PDF-" + bytes(3 << 20)), ("two.tif", PHOTO))
    found = await members(tmp_path, ("a.tgz", archive), limits=Limits(archive_mb=1))
    assert [one.filename for one in found if isinstance(one, Upload)] == ["one.pdf"]
    assert {one.error.message for one in found if isinstance(one, Refused)} == {
        "the archive unpacks to more than 1 MB (limits.archive_mb); the rest is lost"
    }
