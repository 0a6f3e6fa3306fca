from __future__ import annotations

import os
from pathlib import Path

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.settings import Limits, Storage
from olmocr_core.ledger.listing import Listing, list_to, read_listing, write_listing
from olmocr_core.sources.listing import Listed
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.paths import ObjectPath
from tests.s3 import Gateway, settings_for


def listing(tmp_path: Path, *sources: object, storage: Storage | None = None) -> tuple[Listing, list[str]]:
    """What was listed, and the URIs of what is there."""
    fetcher = Fetcher(storage or Storage(scratch=str(tmp_path / "scratch")), tmp_path / "ws/inputs")
    target = tmp_path / "listed.parquet"
    found = list_to(target, [str(source) for source in sources], fetcher, Limits(), tmp_path / "ws")
    return found, [entry.uri for entry in read_listing(target) if not entry.problem]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("in/a/x.pdf", "in/a.pdf", "in/a-b.pdf", "in/é.pdf", "other/y.pdf"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%PDF-1.7\n")
    return tmp_path


def test_names_come_sorted_as_the_ledger_is(tree: Path, tmp_path: Path) -> None:
    found, uris = listing(tmp_path, tree / "other", tree / "in", tree / "in/a")
    assert uris == sorted(uris)
    assert found.entries == len(uris) == 6, "a file that two sources name is listed twice"
    assert len(set(uris)) == 5


def test_the_first_of_two_entries_for_one_file_counts(tmp_path: Path) -> None:
    entries = [Listed(uri=uri, name=name, size=1, version="v") for uri, name in (("/b", "1"), ("/a", "2"), ("/b", "3"))]
    assert write_listing(tmp_path / "t", iter(entries), tmp_path / "scratch") == 3
    assert [(one.uri, one.name) for one in read_listing(tmp_path / "t")] == [("/a", "2"), ("/b", "1"), ("/b", "3")]


def test_a_list_stands_for_what_it_names(tree: Path, tmp_path: Path) -> None:
    (tree / "inner.txt").write_text("other/y.pdf\nmissing.pdf\nnames.txt\n")
    (tree / "names.txt").write_text("# tonight\nin/a.pdf\n\ninner.txt\n")
    found, uris = listing(tmp_path, tree / "names.txt")
    assert uris == [f"{tree}/in/a.pdf", f"{tree}/other/y.pdf"]
    assert sorted(found.specs) == sorted([*uris, f"{tree}/missing.pdf"]), "what a list names and is not there is gone"
    assert len(found.notes) == 1
    assert "missing.pdf" in found.notes[0]


def test_a_glob_over_lists_stands_for_what_they_name(tree: Path, tmp_path: Path) -> None:
    (tree / "lists").mkdir()
    (tree / "lists/[a].txt").write_text("../in/a.pdf\n../lists/b.txt\n")
    (tree / "lists/b.txt").write_text("../in/a-b.pdf\nmissing.pdf\n[a].txt\n../lists/*.txt\n")
    (tree / "outside.txt").write_text("in/a/x.pdf\n")
    (tree / "lists/link.txt").symlink_to(tree / "outside.txt")
    found, uris = listing(tmp_path, tree / "lists/*.txt")
    assert uris == [f"{tree}/in/a-b.pdf", f"{tree}/in/a.pdf", *[f"{tree}/lists/link.txt"] * 2]
    assert list(found.not_followed) == [f"{tree}/lists/link.txt"]
    assert "missing.pdf" in "".join(found.notes)
    assert not any(spec.endswith(".txt") for spec in found.specs), "a list is no root"
    assert listing(tmp_path, tree / "in/*.txt")[1] == []


def test_a_glob_over_lists_in_a_store_does_too(bucket: ObjectPath, gateway: Gateway, tmp_path: Path) -> None:
    (bucket / "in/a.pdf").write_bytes(b"%PDF-1.7\n")
    (bucket / "lists/1.txt").write_bytes(f"{bucket}in/a.pdf\n".encode())
    (bucket / "lists/2.txt").write_bytes(b"3.pdf\n/etc/hostname\n")
    (bucket / "lists/3.pdf").write_bytes(b"%PDF-1.7\n")
    storage = Storage(source=settings_for(gateway), scratch=str(tmp_path / "scratch"))
    found, uris = listing(tmp_path, f"{bucket}lists/*.txt", storage=storage)
    assert uris == [f"{bucket}in/a.pdf", f"{bucket}lists/3.pdf"]
    assert len(found.notes) == 1
    found, uris = listing(tmp_path, f"{bucket}none/*.txt", storage=storage)
    assert (uris, len(found.notes)) == ([], 1)


def test_a_list_in_a_store_names_what_lies_beside_it(bucket: ObjectPath, gateway: Gateway, tmp_path: Path) -> None:
    (bucket / "in/a.pdf").write_bytes(b"%PDF-1.7\n")
    (bucket / "in/names.txt").write_text("a.pdf\n/etc/hostname\n")
    storage = Storage(source=settings_for(gateway), scratch=str(tmp_path / "scratch"))
    found, uris = listing(tmp_path, f"{bucket}in/names.txt", storage=storage)
    assert uris == [f"{bucket}in/a.pdf"]
    assert len(found.notes) == 1


def test_an_empty_prefix_is_an_ordinary_night(bucket: ObjectPath, gateway: Gateway, tmp_path: Path) -> None:
    storage = Storage(source=settings_for(gateway), scratch=str(tmp_path / "scratch"))
    found, uris = listing(tmp_path, f"{bucket}in/", storage=storage)
    assert uris == []
    assert found.specs == [f"{bucket}in/"]


@pytest.mark.parametrize("missing", ["nowhere", "nowhere/a.pdf", "nowhere/*.pdf", "nowhere/*.txt"])
def test_a_source_that_is_not_there_is_no_reason_to_take_all_for_deleted(tmp_path: Path, missing: str) -> None:
    with pytest.raises(UsageError, match="there is no such"):
        listing(tmp_path, tmp_path / missing)


@pytest.mark.skipif(os.geteuid() == 0, reason="this user may list every folder, whatever its permissions")
def test_a_folder_that_cannot_be_listed_is_told_of(tree: Path, tmp_path: Path) -> None:
    (tree / "in/a").chmod(0)
    try:
        found, uris = listing(tmp_path, tree / "in")
        assert found.blind == [f"{tree}/in/a"]
        assert f"{tree}/in/a.pdf" in uris
        with pytest.raises(UsageError, match="cannot be listed"):
            listing(tmp_path, tree / "in/a")
    finally:
        (tree / "in/a").chmod(0o700)


@pytest.mark.parametrize("raw", [b"caf\xe9.pdf", b"two\nlines.pdf"])
def test_the_path_of_a_file_whose_name_is_no_text_survives_the_table(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "in" / os.fsdecode(raw)
    path.parent.mkdir()
    path.write_bytes(b"%PDF-1.7\n")
    listing(tmp_path, tmp_path / "in")
    (entry,) = read_listing(tmp_path / "listed.parquet")
    assert entry.path == os.fsencode(path)
    assert "%" in entry.name
    assert (entry.size, entry.version) == (9, str(path.stat().st_mtime_ns))


def test_all_columns_survive_the_table(tmp_path: Path) -> None:
    entries = [
        Listed("/a", "a", 1 << 40, "v", "", 3, True, b"/\xff"),
        Listed("/b", "b", 0, "", "there is no such file", 1, False, None),
    ]
    assert write_listing(tmp_path / "l", reversed(entries), tmp_path) == 2
    assert list(read_listing(tmp_path / "l")) == entries
