from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from olmocr_core.domain.errors import NothingFound, UsageError
from olmocr_core.domain.settings import Limits, Storage
from olmocr_core.ledger.scope import Scope
from olmocr_core.sources.listing import Listed, Listing, check_documents, check_not_empty, list_sources
from olmocr_core.storage.fetch import Fetcher
from tests.core.sources.files import PDF, put


def entries(data: Path, *specs: str, left_out: Path | None = None) -> tuple[list[Listed], Listing]:
    workspace = left_out or data.parent / "workspace"
    found = Listing()
    fetcher = Fetcher(Storage(scratch=str(data.parent / "scratch")), workspace / "inputs")
    return list(list_sources(specs, fetcher, Limits(), workspace, found)), found


def test_a_file_is_listed_with_its_size_and_its_time_and_is_not_opened(data: Path) -> None:
    path = put(data / "sub" / "a.pdf")
    os.utime(path, ns=(5, 1_700_000_000_123_456_789))
    path.chmod(0)
    (listed,), found = entries(data, str(data))
    assert listed == Listed(str(path), "sub/a.pdf", len(PDF), "1700000000123456789")
    assert (found.entries, found.specs, found.blind, found.notes) == (1, [str(data)], [], [])
    assert path.stat().st_atime_ns == 5


def test_entries_know_which_source_holds_them_and_whether_they_were_named(data: Path) -> None:
    put(data / "a.pdf")
    put(data / "in" / "b.pdf")
    put(data / "in" / ".hidden.pdf")
    listed, found = entries(data, "in", "a.pdf", "in/*.pdf")
    assert [(one.name, one.root, one.explicit) for one in listed] == [
        ("b.pdf", 0, False),
        ("a.pdf", 1, True),
        ("b.pdf", 2, False),
    ]
    assert found.specs == [str(data / "in"), str(data / "a.pdf"), str(data / "in/*.pdf")]


def test_a_list_entry_that_is_not_there_is_listed_with_its_problem(data: Path) -> None:
    put(data / "a.pdf")
    put(data / "list.txt", "gone.pdf\na.pdf\n")
    listed, found = entries(data, "list.txt")
    gone, there = listed
    assert (gone.uri, gone.size, gone.version) == (str(data / "gone.pdf"), 0, "")
    assert "no such file" in gone.problem
    assert there.problem == ""
    assert found.specs == [gone.uri, there.uri], "a later run compares with what the list names"
    assert len(found.notes) == 1


def test_a_link_to_nothing_is_listed_with_its_problem(data: Path) -> None:
    (data / "a.pdf").symlink_to("nowhere")
    ((listed,), _) = entries(data, ".")
    assert "No such file" in listed.problem


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="olmocr-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextlib.contextmanager
def without_privileges() -> Iterator[None]:
    """Root becomes a user whose rights count."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


@pytest.mark.parametrize("pattern", ["*/*.pdf", "**/*.pdf", "**"])
def test_a_folder_that_a_glob_cannot_list_is_a_problem_and_nothing_in_it_is_missing(public: Path, pattern: str) -> None:
    put(public / "open" / "a.pdf")
    put(public / "closed" / "b.pdf").parent.chmod(0)
    with without_privileges():
        listed, found = entries(public / "x", f"{public}/{pattern}")
    (public / "closed").chmod(0o700)
    assert [(one.name, bool(one.problem)) for one in sorted(listed)] == [("closed", True), ("open/a.pdf", False)]
    assert found.blind == [f"{public}/closed"]
    assert not Scope(found.specs, found.blind).covers(f"{public}/closed/b.pdf")


def test_a_glob_over_a_folder_that_cannot_be_listed_is_a_mistake(public: Path) -> None:
    put(public / "closed" / "b.pdf").parent.chmod(0)
    with (
        without_privileges(),
        pytest.raises(UsageError, match="/closed: the folder cannot be listed: Permission denied"),
    ):
        entries(public / "x", f"{public}/closed/*.pdf")
    (public / "closed").chmod(0o700)


def test_the_workspace_is_left_out(data: Path) -> None:
    put(data / "a.pdf")
    put(data / "ws" / "inputs" / "b.pdf")
    listed, _ = entries(data, ".", left_out=data / "ws")
    assert [one.name for one in listed] == ["a.pdf"]


def test_a_source_without_files_is_remembered_and_no_error_by_itself(data: Path) -> None:
    put(data / "a.pdf")
    (data / "empty").mkdir()
    listed, found = entries(data, "empty", "a.pdf")
    assert [one.name for one in listed] == ["a.pdf"]
    with pytest.raises(NothingFound, match="the folder holds no files"):
        check_not_empty(found)
    check_not_empty(entries(data, "a.pdf")[1])


def test_a_source_with_files_and_without_documents_is_named() -> None:
    check_documents(["a", "b"], [2, 0], [1, 0])
    with pytest.raises(NothingFound, match="source 'b': no PDF or image among its 3 files"):
        check_documents(["a", "b"], [2, 3], [1, 0])


def test_a_workspace_whose_path_is_no_text_is_refused(data: Path) -> None:
    put(data / "a.pdf")
    with pytest.raises(UsageError, match="cannot be stored as text"):
        entries(data, "a.pdf", left_out=data / os.fsdecode(b"\xff"))
