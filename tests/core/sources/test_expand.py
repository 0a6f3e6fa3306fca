from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Document, Source
from olmocr_core.domain.settings import Limits
from olmocr_core.sources import Collected, collect, group
from olmocr_core.sources.names import display, is_plain, source_name

PDF = b"%PDF-1.4\n"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def put(path: Path, content: bytes | str = PDF) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


async def found(data: Path, *specs: str | Path, **limits: int) -> Collected:
    inputs = data.parent / "workspace" / "inputs"
    return await collect([os.fspath(spec) for spec in specs], inputs, Limits(**limits))


def names(collected: Collected) -> list[str]:
    return [source.name for document in collected.documents for source in document.sources]


def messages(collected: Collected) -> list[tuple[str, str]]:
    return [(problem.source.name, problem.error.message) for problem in collected.problems]


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


async def test_links_that_lead_back_end_and_real_names_come_first(data):
    put(data / "z" / "one.pdf", PDF + b"1")
    (data / "z" / "up").symlink_to(data)
    (data / "a").symlink_to(data / "z")
    put(data / ".kept" / "two.pdf", PDF + b"2")
    (data / "b").symlink_to(data / ".kept")
    assert names(await found(data, data)) == ["b/two.pdf", "z/one.pdf"]


@pytest.mark.parametrize("spec", [".", "*", "**/*.pdf", "sub/*"])
async def test_links_that_lead_out_of_a_source_are_not_followed(data, spec):
    secret = put(data.parent / "outside" / "secret.pdf", PDF + b"2")
    put(data / "sub" / "one.pdf", PDF + b"1")
    (data / "sub" / "file.pdf").symlink_to(secret)
    (data / "sub" / "folder").symlink_to(secret.parent)
    (data / "sub" / "relative.pdf").symlink_to("../../outside/secret.pdf")
    collected = await found(data, spec)
    assert [name.rpartition("/")[2] for name in names(collected)] == ["one.pdf"]
    assert collected.problems == ()
    assert any("not followed" in note for note in collected.notes)
    # Named by itself, a link is what the person wants.
    assert names(await found(data, "sub/file.pdf")) == ["file.pdf"]


async def test_a_workspace_inside_a_source_folder_is_no_source(data):
    put(data / "one.pdf")
    put(data / "workspace" / "images" / "page.jpg", b"\xff\xd8\xff")
    collected = await collect(["."], data / "workspace" / "inputs", Limits())
    assert names(collected) == ["one.pdf"]
    assert collected.problems == ()


async def test_the_same_bytes_are_one_document_with_all_its_sources(data):
    for name in ("b.pdf", "a.pdf", "sub/c.pdf"):
        put(data / name, PDF + b"same")
    put(data / "aa.pdf", PDF + b"other")
    collected = await found(data, "b.pdf", ".", "sub/c.pdf")
    assert [[s.name for s in d.sources] for d in collected.documents] == [["a.pdf", "b.pdf", "sub/c.pdf"], ["aa.pdf"]]
    assert collected.documents[0].location == str(data / "a.pdf")


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


async def test_a_list_is_read_line_by_line_relative_to_its_folder(data):
    for name in ("l/a.pdf", "l/sub/b.pdf", "l/sub/c.pdf", "other/d.pdf"):
        put(data / name, PDF + name.encode())
    lines = ["\ufeff# comment", "", "a.pdf", "  sub  ", "sub/[c].pdf", "../other/d.pdf", str(data / "other" / "d.pdf")]
    put(data / "l" / "list.txt", "\r\n".join(lines))
    collected = await found(data, "l/list.txt")
    outside = str(data / "other" / "d.pdf").lstrip("/")
    assert names(collected) == ["a.pdf", "sub/b.pdf", "sub/c.pdf", outside]
    assert collected.problems == ()


async def test_a_mistake_in_a_list_costs_its_line(data):
    put(data / "good.pdf")
    put(data / "notes.md", "some text")
    (data / "empty").mkdir()
    put(data / "list.lst", "nope.pdf\nno/*.pdf\ns3://b/x.pdf\nempty\nnotes.md\n\x80\ngood.pdf\n".encode("latin-1"))
    collected = await found(data, "list.lst")
    assert names(collected) == ["good.pdf"]
    assert sorted(name for name, _ in messages(collected)) == ["%80", "b/x.pdf", "no/*.pdf", "nope.pdf", "notes.md"]
    assert all(text for _, text in messages(collected))
    assert any("empty" in note for note in collected.notes), "an empty folder is no document that failed"


async def test_lists_may_name_lists_and_each_other(data):
    put(data / "a.pdf", PDF + b"a")
    put(data / "sub" / "b.pdf", PDF + b"b")
    put(data / "one.txt", "a.pdf\nsub/two.txt\nsub/two.txt\n")
    put(data / "sub" / "two.txt", "b.pdf\n../one.txt\n")
    collected = await found(data, "one.txt")
    assert names(collected) == ["a.pdf", "b.pdf"]
    assert messages(collected) == []


async def test_a_chain_of_lists_without_end_ends(data):
    for number in range(40):
        put(data / f"{number}.txt", f"{number}.pdf\n{number + 1}.txt\n")
        put(data / f"{number}.pdf", PDF + str(number).encode())
    collected = await found(data, "0.txt")
    assert 10 < len(collected.documents) < 40
    assert "nested too deeply" in collected.notes[-1]


async def test_text_without_a_list_name_is_a_list_only_if_it_leads_somewhere(data):
    put(data / "a.pdf")
    put(data / "inbox", "a.pdf\n")
    put(data / "README.md", "# A title\n\nSome text.\n")
    put(data / "fake.pdf", "a.pdf\n")
    collected = await found(data, "inbox", "README.md", "fake.pdf")
    assert names(collected) == ["a.pdf"]
    assert [name for name, _ in messages(collected)] == ["README.md", "fake.pdf"]


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


async def test_missing_permissions_are_a_problem(data):
    put(data / "good.pdf")
    put(data / "secret.pdf").chmod(0)
    put(data / "closed" / "x.pdf").parent.chmod(0)
    if os.access(data / "secret.pdf", os.R_OK):
        pytest.skip("this user may read every file, whatever its permissions")
    collected = await found(data, ".")
    (data / "closed").chmod(0o700)
    assert names(collected) == ["good.pdf"]
    assert [name for name, _ in messages(collected)] == ["closed", "secret.pdf"]


@pytest.mark.parametrize("raw", [b"caf\xe9.pdf", b"two\nlines.pdf", b"\xe2\x80\xaefdp.pdf"])
async def test_a_name_that_is_not_text_is_shown_safely_and_opened_by_a_copy(data, raw):
    path = data / os.fsdecode(raw)
    put(path, PDF + raw)
    collected = await found(data, data)
    (document,) = collected.documents
    assert is_plain(document.sources[0].name + document.sources[0].uri)
    assert "%" in document.sources[0].name
    assert is_plain(document.location)
    assert Path(document.location).read_bytes() == PDF + raw
    assert Document.model_validate_json(document.model_dump_json()) == document


async def test_the_awkward_names_of_the_corpus_are_found(corpus, data):
    collected = await found(data, corpus / "hostile" / "names")
    files = sorted(path.name for path in (corpus / "hostile" / "names").iterdir())
    assert sorted(names(collected)) == files
    assert collected.problems == ()


async def test_many_files_in_one_go(data):
    for number in range(500):
        put(data / f"{number % 7}" / f"{number:03d}.pdf", PDF + str(number % 250).encode())
    collected = await found(data, data)
    assert len(collected.documents) == 250
    assert len(names(collected)) == 500
    assert all(len(document.sources) == 2 for document in collected.documents)


def test_grouping_keeps_the_order_and_says_each_source_once():
    def document(doc_id: str, *uris: str) -> Document:
        sources = tuple(Source(uri=uri, name=uri) for uri in uris)
        return Document(doc_id=doc_id, kind="pdf", location=uris[0], size_bytes=1, mtime_ns=0, sources=sources)

    grouped = group([document("b", "1"), document("a", "2"), document("b", "3", "1"), document("b", "4")])
    assert [(d.doc_id, d.location, [s.uri for s in d.sources]) for d in grouped] == [
        ("b", "1", ["1", "3", "4"]),
        ("a", "2", ["2"]),
    ]


@given(st.lists(st.text(st.characters(codec=None) | st.sampled_from("./\\\0\n\udc80")), min_size=1, max_size=4))
def test_a_source_name_never_leaves_and_is_always_text(parts):
    name = source_name(*parts)
    assert name
    assert is_plain(name)
    assert not PurePosixPath(name).is_absolute()
    assert not {"", ".", ".."} & set(name.split("/"))
    assert name.encode()
    assert source_name(name) == name


@given(st.binary(max_size=30))
def test_any_file_name_can_be_shown(raw):
    shown = display(os.fsdecode(raw))
    assert is_plain(shown)
    assert bool(shown) == bool(raw)
