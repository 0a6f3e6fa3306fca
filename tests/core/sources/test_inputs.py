from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from olmocr_core.domain.errors import UnreadableDocument
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.models import Source
from olmocr_core.domain.settings import Limits
from olmocr_core.sources.inputs import PrependedStream, copy_to_inputs
from olmocr_core.storage.paths import ObjectPath
from tests.core.sources.files import PDF
from tests.s3 import Gateway

SOURCE = Source(uri="/a.tar::1.pdf", name="a/1.pdf")


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [1, 3, 5, 100])
def test_a_stream_whose_head_was_read_is_whole_again(size: int) -> None:
    stream = PrependedStream(b"abcd", io.BytesIO(b"efg"))
    chunks = list(iter(lambda: stream.read(size), b""))
    assert b"".join(chunks) == b"abcdefg"
    assert max(map(len, chunks)) <= size


def test_a_copy_is_named_by_its_content(tmp_path: Path) -> None:
    document = copy_to_inputs(io.BytesIO(PDF), "pdf", SOURCE, tmp_path / "inputs", Limits())
    digest = bytes_digest(PDF)
    copy = tmp_path / "inputs" / digest[:2] / digest
    assert (document.doc_id, document.location, document.size_bytes) == (digest, str(copy), len(PDF))
    assert document.sources == (SOURCE,)
    assert files_below(tmp_path) == [copy]
    assert copy.read_bytes() == PDF


def test_a_copy_that_is_there_keeps_its_time(tmp_path: Path) -> None:
    first = copy_to_inputs(io.BytesIO(PDF), "pdf", SOURCE, tmp_path, Limits())
    os.utime(first.location, ns=(1, 1))
    assert copy_to_inputs(io.BytesIO(PDF), "pdf", SOURCE, tmp_path, Limits()).mtime_ns == 1
    Path(first.location).write_bytes(b"cut")
    again = copy_to_inputs(io.BytesIO(PDF), "pdf", SOURCE, tmp_path, Limits())
    assert Path(again.location).read_bytes() == PDF, "a copy of another size is replaced"


def test_of_a_stream_over_the_limit_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match=r"more than the 1 MB that limits\.max_file_mb allows"):
        copy_to_inputs(io.BytesIO(bytes((1 << 20) + 1)), "pdf", SOURCE, tmp_path, Limits(max_file_mb=1))
    assert files_below(tmp_path) == []


def test_a_stream_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    class Broken:
        def read(self, size: int, /) -> bytes:
            raise EOFError

    with pytest.raises(EOFError):
        copy_to_inputs(PrependedStream(PDF, Broken()), "pdf", SOURCE, tmp_path, Limits())
    assert files_below(tmp_path) == []


def test_a_copy_in_a_store_is_uploaded_once(bucket: ObjectPath, gateway: Gateway) -> None:
    first = copy_to_inputs(io.BytesIO(PDF), "pdf", SOURCE, bucket / "inputs", Limits())
    assert (bucket / "inputs" / first.doc_id[:2] / first.doc_id).read_bytes() == PDF
    gateway.requests.clear()
    assert copy_to_inputs(io.BytesIO(PDF), "pdf", SOURCE, bucket / "inputs", Limits()) == first
    assert "PUT" not in gateway.methods()
