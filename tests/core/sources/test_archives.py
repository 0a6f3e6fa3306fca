from __future__ import annotations

import io
import tarfile
from typing import Literal

import pytest

from olmocr_core.sources import tar
from olmocr_core.sources.archives import archive_format, archive_formats, archive_stem, has_archive_name
from tests.core.sources.files import PDF, PNG


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a/b.tar", "a/b"), ("b.TAR.GZ", "b"), ("b.tgz", "b"), ("b", "b"), (".tar", ".tar"), ("b.tar.x", "b.tar.x")],
)
def test_the_name_of_an_archive_without_its_suffix(name, stem):
    assert archive_stem(name) == stem


@pytest.mark.parametrize(
    ("name", "expected"), [("a.tar", True), ("b/A.TAR.GZ", True), ("a.tgz", True), ("a.gz", False), ("tar", False)]
)
def test_names_of_archives(name: str, expected: bool) -> None:
    assert has_archive_name(name) is expected


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_an_archive_is_known_by_its_content(mode: Literal["w", "w:gz"]) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:
        archive.addfile(tarfile.TarInfo("a.pdf"))
    assert archive_format(data.getvalue()[:4096]) is tar


@pytest.mark.parametrize("head", [b"", PDF, PNG, b"\x1f\x8b not gzip", bytes(4096), tarfile.TarInfo("a").tobuf()[:300]])
def test_other_files_are_no_archives(head: bytes) -> None:
    assert archive_format(head) is None


def test_suffixes_are_lower_case_and_the_longest_comes_first() -> None:
    for each in archive_formats():
        assert list(each.SUFFIXES) == sorted(each.SUFFIXES, key=len, reverse=True)
        assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in each.SUFFIXES)
