from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.problems import Problem
from service.uploads.multipart import FormReader

TYPE = "multipart/form-data; boundary=XX"


def part(disposition: str, data: bytes) -> bytes:
    return b"--XX\r\nContent-Disposition: form-data; " + disposition.encode() + b"\r\n\r\n" + data + b"\r\n"


def read(body: bytes, cuts: int = 1) -> tuple[FormReader, bytes]:
    form = FormReader(TYPE)
    pieces = [piece for start in range(0, len(body), cuts) for piece in form.feed(body[start : start + cuts])]
    form.finish()
    return form, b"".join(data for _, data in pieces)


@given(st.binary(max_size=300), st.integers(1, 60))
def test_the_bytes_of_the_file_come_out_however_the_body_is_cut(data: bytes, cuts: int) -> None:
    data = data.replace(b"XX", b"")
    body = part('name="formats"', b"json") + part('name="file"; filename="a b.pdf"', data) + b"--XX--\r\n"
    form, found = read(body, cuts)
    assert (found, form.filenames, form.fields) == (data, ["a b.pdf"], {"formats": "json"})


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5), st.integers(1, 60))
def test_each_byte_goes_to_its_file(files: list[bytes], cuts: int) -> None:
    files = [data.replace(b"XX", b"") for data in files]
    parts = [part(f'name="files"; filename="{number}"', data) for number, data in enumerate(files)]
    body = b"".join(parts) + b"--XX--"
    form = FormReader(TYPE, most_files=5)
    found = [b""] * len(files)
    for start in range(0, len(body), cuts):
        for index, data in form.feed(body[start : start + cuts]):
            found[index] += data
    form.finish()
    assert (found, form.filenames) == (files, [str(number) for number in range(len(files))])


def test_more_files_than_are_allowed_are_refused() -> None:
    form = FormReader(TYPE, most_files=2)
    with pytest.raises(Problem, match="more than 2 files"):
        form.feed(part('name="files"; filename="a"', b"x") * 3)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "ends in the middle"),
        (part('name="file"; filename="a"', b"x"), 400, "ends in the middle"),
        (b"no form at all", 400, "cannot be read"),
        (part('name="formats"', b"json") + b"--XX--", 422, "has no file"),
        (part('name="a"; filename="a"', b"x") + part('name="b"; filename="b"', b"y") + b"--XX--", 422, "several files"),
        (part('name="a"', b"x" * 10_001) + b"--XX--", 413, "longer than"),
        (part('name="a"', b"x") * 51 + b"--XX--", 413, "more than 50 parts"),
        (part('name="' + "a" * 5000 + '"', b"x") + b"--XX--", 400, "cannot be read"),
        (b"--XX\r\n" + b"A: b\r\n" * 9 + b"\r\nx\r\n--XX--", 400, "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_form_is_said(body: bytes, status: int, words: str) -> None:
    with pytest.raises(Problem, match=words) as caught:
        read(body, 1000)
    assert caught.value.status == status


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", f"multipart/form-data; boundary={'x' * 300}"],
)
def test_a_form_needs_a_boundary(content_type: str) -> None:
    with pytest.raises(Problem) as caught:
        FormReader(content_type)
    assert caught.value.status == 400
