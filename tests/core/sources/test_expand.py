from __future__ import annotations

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.settings import Limits
from olmocr_core.sources import collect
from tests.core.sources.files import PDF, found, names, put


async def test_a_folder_is_walked_in_order_and_what_is_no_document_is_counted(data):
    for name in ("b/2.pdf", "b/10.pdf", "a.png", "c/no_extension", "a/z.pdf"):
        put(data / name, PDF + name.encode())
    for name in ("README.md", "b/table.csv", "b/empty"):
        put(data / name, b"" if name.endswith("empty") else b"some text\n")
    for name in (".hidden.pdf", ".git/x.pdf"):
        put(data / name)
    collected = await found(data, data)
    assert names(collected) == ["a.png", "a/z.pdf", "b/10.pdf", "b/2.pdf", "c/no_extension"]
    assert collected.skipped == 3
    assert collected.problems == ()


async def test_a_workspace_inside_a_source_folder_is_no_source(data):
    put(data / "one.pdf")
    put(data / "workspace" / "images" / "page.jpg", b"\xff\xd8\xff")
    collected = await collect(["."], data / "workspace" / "inputs", Limits())
    assert names(collected) == ["one.pdf"]
    assert collected.problems == ()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("x/*.pdf", ["1.pdf", "2.pdf"]),
        ("x/?.pdf", ["1.pdf", "2.pdf"]),
        ("x/[2-9].pdf", ["2.pdf"]),
        ("**/*.pdf", ["x/1.pdf", "x/2.pdf", "x/y/3.pdf"]),
        ("x/**", ["1.pdf", "2.pdf", "y/3.pdf"]),
        ("x/**/y/*", ["y/3.pdf"]),
        ("*/y", ["x/y/3.pdf"]),
        ("./x/../x/1*", ["1.pdf"]),
    ],
)
async def test_globs(data, pattern, expected):
    for name in ("x/1.pdf", "x/2.pdf", "x/y/3.pdf", "x/.h.pdf"):
        put(data / name, PDF + name.encode())
    put(data / "x" / "notes.md", "text")
    assert names(await found(data, pattern)) == expected


async def test_a_name_that_looks_like_a_glob_is_a_name_where_it_exists(data):
    put(data / "[draft].pdf", PDF + b"1")
    put(data / "d.pdf", PDF + b"2")
    assert names(await found(data, "[draft].pdf")) == ["[draft].pdf"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("missing.pdf", "no such file"),
        ("missing/*.pdf", "no such folder"),
        ("*.tiff", "nothing matches"),
        ("nothing", "no PDF or image among its 1 files"),
        ("empty", "holds no files"),
        ("", "empty text"),
        ("s3://b/*.pdf", "not a valid bucket name"),
        ("ftp://host/a.pdf", "not a kind of source"),
    ],
)
async def test_a_mistake_on_the_command_line_does_not_look_like_success(data, spec, message):
    put(data / "good.pdf")
    put(data / "nothing" / "a.txt", "text")
    (data / "empty").mkdir()
    with pytest.raises(UsageError, match=message) as caught:
        await found(data, "good.pdf", spec)
    assert not spec or spec in str(caught.value)
