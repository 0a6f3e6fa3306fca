"""Sources in an object store: prefixes, keys, globs, lists and archives."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from olmocr_core.domain.errors import StoreRefused, UsageError
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.models import Document
from olmocr_core.domain.settings import Limits, Storage
from olmocr_core.sources import Collected, collect
from olmocr_core.sources.identify import identify_listed
from olmocr_core.sources.listing import Listed, Listing, list_sources
from olmocr_core.sources.objects import glob_expression
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.paths import AnyPath, ObjectPath
from olmocr_core.storage.scratch import ScratchFolder
from tests.s3 import Fault, Gateway, settings_for

PDF = b"%PDF-1.4\n"
TREE = (
    "in/a.pdf",
    "in/x/b.pdf",
    "in/x/y/c.PDF",
    "in/.hidden.pdf",
    "in/.git/d.pdf",
    "in/notes.md",
    "in/x/",
    "other/e.pdf",
)


@pytest.fixture
def fetcher(gateway: Gateway, tmp_path: Path) -> Fetcher:
    storage = Storage(source=settings_for(gateway))
    return Fetcher(storage, tmp_path / "ws" / "inputs", ScratchFolder(tmp_path / "scratch", 1 << 30))


@pytest.fixture
def tree(bucket: ObjectPath) -> ObjectPath:
    for key in TREE:
        bucket.store.write(bucket.bucket, key, PDF + key.encode() if "notes" not in key else b"words")
    return bucket


async def found(fetcher: Fetcher, *specs: object, inputs: AnyPath | None = None) -> Collected:
    return await collect([str(spec) for spec in specs], inputs or fetcher._inputs, Limits(), fetcher)


def names(collected: Collected) -> list[str]:
    return [source.name for document in collected.documents for source in document.sources]


def entries_of(spec: object, fetcher: Fetcher, left_out: AnyPath | None = None) -> Iterator[Listed]:
    return list_sources([str(spec)], fetcher, Limits(), left_out or Path("/nowhere"), Listing())


def listed(place: object, fetcher: Fetcher) -> list[str]:
    return [entry.name for entry in entries_of(place, fetcher)]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("in/", ["a.pdf", "notes.md", "x/b.pdf", "x/y/c.PDF"]),
        ("in", ["a.pdf", "notes.md", "x/b.pdf", "x/y/c.PDF"]),
        ("in/a.pdf", ["a.pdf"]),
        ("in/*.pdf", ["a.pdf"]),
        ("in/**/*.pdf", ["a.pdf", "x/b.pdf"]),
        ("in/x/**", ["b.pdf", "y/c.PDF"]),
        ("*/[ae].pdf", ["in/a.pdf", "other/e.pdf"]),
        ("in/?.pdf", ["a.pdf"]),
    ],
)
def test_what_a_spec_stands_for(tree: ObjectPath, fetcher: Fetcher, spec: str, expected: list[str]) -> None:
    assert listed(f"s3://{tree.bucket}/{spec}", fetcher) == expected


def test_a_version_changes_with_the_content_and_nothing_is_read(
    tree: ObjectPath, gateway: Gateway, fetcher: Fetcher
) -> None:
    gateway.requests.clear()
    (before,) = entries_of(f"{tree}in/*.pdf", fetcher)
    assert gateway.methods() == ["GET"]
    (tree / "in/a.pdf").write_bytes(PDF + b"new")
    (after,) = entries_of(f"{tree}in/*.pdf", fetcher)
    assert (before.uri, before.name) == (after.uri, after.name) == (f"{tree}in/a.pdf", "a.pdf")
    assert before.version != after.version
    assert after.size == len(PDF) + 3


@pytest.mark.parametrize(
    ("pattern", "key", "fits"),
    [
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/*/b", "a/x/y/b", False),
        ("**/[!a].pdf", "x/b.pdf", True),
        ("**/[!a].pdf", "x/a.pdf", False),
        ("**/[!a].pdf", "x//.pdf", False),
        ("a.pdf", "axpdf", False),
        ("a/[b", "a/[b", True),
        ("**", "a/b/c", True),
    ],
)
def test_globs_over_keys(pattern: str, key: str, fits: bool) -> None:
    assert bool(glob_expression(pattern).fullmatch(key)) is fits


async def test_documents_are_read_once_and_kept_for_workers(
    tree: ObjectPath, gateway: Gateway, fetcher: Fetcher
) -> None:
    gateway.requests.clear()
    collected = await found(fetcher, f"{tree}in/")
    assert names(collected) == ["a.pdf", "x/b.pdf", "x/y/c.PDF"]
    assert (collected.skipped, collected.problems) == (1, ())
    # One listing, one look at the head of what does not say that it is a document, one reading of each that does.
    assert gateway.methods() == ["GET"] * 5
    first = collected.documents[0]
    assert first.location == f"{tree}in/a.pdf"
    assert first.doc_id == bytes_digest(PDF + b"in/a.pdf")
    local = await fetcher.fetch_async(first)
    assert Path(local.location).read_bytes() == PDF + b"in/a.pdf"
    assert len(gateway.requests) == 5


async def test_keys_with_dots_are_names_and_never_paths(bucket: ObjectPath, fetcher: Fetcher) -> None:
    bucket.store.write(bucket.bucket, "in/a/../../b.pdf", PDF)
    bucket.store.write(bucket.bucket, "in//etc/passwd.pdf", PDF + b"2")
    collected = await found(fetcher, f"{bucket}in/")
    assert sorted(names(collected)) == ["a/b.pdf", "etc/passwd.pdf"]
    assert {document.location for document in collected.documents} == {
        f"{bucket}in/a/../../b.pdf",
        f"{bucket}in//etc/passwd.pdf",
    }
    for document in collected.documents:
        local = Path((await fetcher.fetch_async(document)).location)
        assert local.is_relative_to(fetcher.scratch.folder)


async def test_what_is_wrong_with_one_object_costs_one_document(
    bucket: ObjectPath, gateway: Gateway, fetcher: Fetcher
) -> None:
    (bucket / "in/empty.pdf").write_bytes(b"")
    (bucket / "in/good.pdf").write_bytes(PDF)
    (bucket / "in/liar.pdf").write_bytes(b"no pdf")
    collected = await found(fetcher, f"{bucket}in/")
    assert names(collected) == ["good.pdf"]
    assert [problem.source.name for problem in collected.problems] == ["empty.pdf", "liar.pdf"]
    (bucket / "one/locked.pdf").write_bytes(PDF)
    gateway.faults += [Fault(cut_after=1 << 20), Fault(403, "AccessDenied")]
    (problem,) = (await found(fetcher, f"{bucket}one/")).problems
    assert "does not allow get_object" in problem.error.message


async def test_archives_and_lists_are_opened_where_they_are_named(
    bucket: ObjectPath, gateway: Gateway, fetcher: Fetcher
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in ("in/m.pdf", "../out.pdf"):
            info = tarfile.TarInfo(name)
            info.size = len(PDF)
            archive.addfile(info, io.BytesIO(PDF))
    (bucket / "data/all.tar.gz").write_bytes(packed.getvalue())
    (bucket / "data/b.pdf").write_bytes(PDF + b"b")
    (bucket / "data/list.txt").write_text(f"b.pdf\nnope.pdf\n/etc/hosts.pdf\n{bucket}data/all.tar.gz\nlist.txt\n")
    inputs = bucket / "ws" / "inputs"
    elsewhere = Fetcher(fetcher.settings, inputs, fetcher.scratch)
    collected = await found(elsewhere, f"{bucket}data/list.txt", inputs=inputs)
    prefix = f"{bucket.bucket}/data"
    assert names(collected) == [f"{prefix}/all/in/m.pdf", f"{prefix}/b.pdf"]
    assert sorted(problem.source.name for problem in collected.problems) == [
        f"{prefix}/etc/hosts.pdf",
        f"{prefix}/nope.pdf",
    ]
    member = collected.documents[0]
    assert member.location == f"{inputs}/{member.doc_id[:2]}/{member.doc_id}"
    # Another machine has neither the archive nor a copy.
    other = Fetcher(fetcher.settings, inputs, ScratchFolder(fetcher.scratch.folder / "other", 1 << 30))
    assert Path((await other.fetch_async(member)).location).read_bytes() == PDF


async def test_a_workspace_inside_a_source_is_no_source(tree: ObjectPath, gateway: Gateway, fetcher: Fetcher) -> None:
    (tree / "in/ws/images/page.jpg").write_bytes(b"\xff\xd8\xff")
    collected = await found(fetcher, f"{tree}in/", inputs=tree / "in/ws/inputs")
    assert names(collected) == ["a.pdf", "x/b.pdf", "x/y/c.PDF"]
    seen = [entry.name for entry in entries_of(f"{tree}in/", fetcher, tree / "in/ws")]
    assert seen == ["a.pdf", "notes.md", "x/b.pdf", "x/y/c.PDF"]


async def test_mistakes_are_said(tree: ObjectPath, fetcher: Fetcher) -> None:
    for spec, words in (
        (f"{tree}nothing/", "none below it"),
        (f"{tree}in/*.tif", "none below it"),
        ("s3://X", "bucket"),
    ):
        with pytest.raises(UsageError, match=words):
            await found(fetcher, spec)
    with pytest.raises(StoreRefused, match="no bucket"):
        await found(fetcher, "s3://no-such-bucket-here/in/")


def test_a_listing_is_a_stream_of_pages(
    bucket: ObjectPath, gateway: Gateway, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("olmocr_core.storage.objects._PAGE_KEYS", 3)
    for number in range(8):
        (bucket / f"{number}.pdf").write_bytes(PDF)
    gateway.requests.clear()
    entries = entries_of(str(bucket), fetcher)
    assert [next(entries).name for _ in range(3)] == ["0.pdf", "1.pdf", "2.pdf"]
    assert len(gateway.requests) == 1
    assert len(list(entries)) == 5
    assert len(gateway.requests) == 3


async def test_what_was_listed_becomes_documents_under_its_own_names(
    tree: ObjectPath, gateway: Gateway, fetcher: Fetcher, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        info = tarfile.TarInfo("m.pdf")
        info.size = len(PDF)
        archive.addfile(info, io.BytesIO(PDF))
    (tree / "in/x/pack.tar").write_bytes(packed.getvalue())
    local = tmp_path / "local"
    (local / "sub").mkdir(parents=True)
    (local / "sub" / "l.pdf").write_bytes(PDF + b"l")
    (local / "pack.tar").write_bytes(packed.getvalue())
    entries = [*entries_of(f"{tree}in/", fetcher), *entries_of(local, fetcher)]
    (tree / "in/a.pdf").unlink()
    found = {entry.name: results for entry, results in identify_listed(entries, fetcher._inputs, Limits(), fetcher)}
    names = {
        name: [result.sources[0].name if isinstance(result, Document) else type(result).__name__ for result in results]
        for name, results in found.items()
    }
    assert names == {
        "a.pdf": ["Problem"],
        "notes.md": ["Skipped"],
        "x/b.pdf": ["x/b.pdf"],
        "x/pack.tar": ["x/pack/m.pdf"],
        "x/y/c.PDF": ["x/y/c.PDF"],
        "pack.tar": ["pack/m.pdf"],
        "sub/l.pdf": ["sub/l.pdf"],
    }
