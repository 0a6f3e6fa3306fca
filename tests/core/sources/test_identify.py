from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from olmocr_core.domain.models import Document, Problem, Source
from olmocr_core.domain.settings import Limits, Storage
from olmocr_core.sources.found import Found, Skipped
from olmocr_core.sources.identify import identify_listed
from olmocr_core.sources.listing import Listed
from olmocr_core.storage.fetch import Fetcher
from tests.core.sources.files import PDF, PNG, found, messages, names, put


async def test_a_file_is_known_by_its_content_and_identified_by_its_bytes(data):
    put(data / "sub" / "scan.pdf", PNG + b"1")
    collected = await found(data, "sub/scan.pdf")
    (document,) = collected.documents
    assert document.kind == "image"
    assert document.doc_id == hashlib.sha256(PNG + b"1").hexdigest()
    assert document.location == str(data / "sub" / "scan.pdf")
    assert document.size_bytes == len(PNG) + 1
    assert document.mtime_ns == (data / "sub" / "scan.pdf").stat().st_mtime_ns
    assert document.sources == (Source(uri=str(data / "sub" / "scan.pdf"), name="scan.pdf"),)


async def test_a_file_of_a_folder_that_calls_itself_a_document_must_be_one(data):
    put(data / "good.pdf")
    put(data / "bad.PDF", b"<html>")
    put(data / "empty.tiff", b"")
    collected = await found(data, ".")
    assert names(collected) == ["good.pdf"]
    assert messages(collected) == [
        ("bad.PDF", "the file is neither a PDF nor a PNG, JPEG, TIFF or WebP image"),
        ("empty.tiff", "the file is empty"),
    ]


async def test_what_cannot_be_read_is_a_problem_and_the_rest_goes_on(data):
    put(data / "good.pdf")
    put(data / "empty.pdf", b"")
    put(data / "large.pdf", PDF + b"x" * (1 << 20))
    (data / "loop.pdf").symlink_to("loop.pdf")
    (data / "gone.pdf").symlink_to("nowhere.pdf")
    os.mkfifo(data / "pipe.pdf")
    collected = await found(data, *sorted(path.name for path in data.iterdir()), max_file_mb=1)
    assert names(collected) == ["good.pdf"]
    problems = dict(messages(collected))
    assert problems["empty.pdf"] == "the file is empty"
    assert problems["large.pdf"] == "the file has 1 MB, more than the 1 MB that limits.max_file_mb allows"
    assert "symbolic links" in problems["loop.pdf"]
    assert "No such file" in problems["gone.pdf"]
    assert "pipe" in problems["pipe.pdf"]
    assert {problem.error.code for problem in collected.problems} == {"unreadable_document"}


def identify(data: Path, *entries: Listed) -> list[tuple[Found, ...]]:
    inputs = data.parent / "workspace" / "inputs"
    fetcher = Fetcher(Storage(scratch=str(data.parent / "scratch")), inputs)
    found = list(identify_listed(iter(entries), inputs, Limits(), fetcher))
    assert [entry for entry, _ in found] == list(entries)
    return [items for _, items in found]


def listed(path: Path, **fields: Any) -> Listed:
    return Listed(str(path), path.name, 1, "1", **fields)


def test_what_each_entry_is_comes_in_the_order_of_the_entries(data):
    paths = [put(data / f"{number}.pdf", PDF + str(number).encode()) for number in range(150)]
    found = identify(data, *map(listed, paths))
    assert [one.location for (one,) in found if isinstance(one, Document)] == [str(path) for path in paths]


def test_a_text_is_skipped_unless_somebody_named_it(data):
    path = put(data / "notes", "text")
    ((skipped,), (problem,)) = identify(data, listed(path), listed(path, explicit=True))
    assert skipped == Skipped()
    assert isinstance(problem, Problem)
    assert "neither a PDF nor" in problem.error.message


def test_a_file_that_went_since_it_was_listed_and_an_entry_with_a_problem_are_problems(data):
    gone, missing = identify(data, listed(data / "gone.pdf"), listed(data / "x.pdf", problem="there is no such file"))
    assert isinstance(gone[0], Problem)
    assert "cannot be read" in gone[0].error.message
    assert isinstance(missing[0], Problem)
    assert missing[0].error.message == "there is no such file"


def test_a_file_whose_path_is_no_text_is_read_by_its_real_path(data):
    path = put(data / os.fsdecode(b"caf\xe9.pdf"))
    ((document,),) = identify(data, Listed("/caf%E9.pdf", "caf%E9.pdf", 1, "1", path=os.fsencode(path)))
    assert isinstance(document, Document)
    assert Path(document.location).read_bytes() == PDF
    assert document.location.startswith(str(data.parent / "workspace" / "inputs"))
