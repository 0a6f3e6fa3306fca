from __future__ import annotations

import io
import zipfile

from service.api.zip_stream import ZipStream, unique_name


def test_the_pieces_are_an_archive() -> None:
    stream = ZipStream()
    data = b"".join([stream.add("a.md", b"one"), stream.add("b.md", b"two" * 1000), stream.finish()])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {"a.md": b"one", "b.md": b"two" * 1000}


def test_names_differ_also_where_case_does_not_count() -> None:
    taken: set[str] = set()
    assert [unique_name(name, ".md", taken) for name in ("a", "A", "a", "b")] == [
        "a.md",
        "A (2).md",
        "a (3).md",
        "b.md",
    ]
