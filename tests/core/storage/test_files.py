from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.storage.files import (
    is_temporary,
    make_temporary_path,
    open_atomic,
    replace_link,
    safe_join,
    write_atomic,
)


def test_a_file_is_written_completely_and_its_folders_are_created(tmp_path):
    path = tmp_path / "a" / "b" / "c.json"
    write_atomic(path, b"old")
    write_atomic(path, b"new", fsync=True)
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in path.parent.iterdir()] == ["c.json"]


def test_an_interrupted_write_leaves_the_old_bytes_and_nothing_else(tmp_path):
    path = tmp_path / "c.json"
    write_atomic(path, b"old")

    def interrupted() -> None:
        with open_atomic(path) as stream:
            stream.write(b"half of the new")
            stream.flush()
            assert path.read_bytes() == b"old"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["c.json"]


def test_a_file_name_as_long_as_the_file_system_allows_can_be_written(tmp_path):
    path = tmp_path / ("x" * 255)
    write_atomic(path, b"1")
    assert path.read_bytes() == b"1"


def test_a_temporary_file_is_recognised_after_a_crash(tmp_path):
    assert is_temporary(make_temporary_path(tmp_path / "manifest.json"))
    assert not is_temporary(tmp_path / "manifest.json")
    assert not is_temporary(tmp_path / ".hidden")


def test_a_link_is_replaced_and_stays_relative(tmp_path):
    for run in ("one", "two"):
        write_atomic(tmp_path / "reports" / run / "report.html", run.encode())
        replace_link(tmp_path / "reports" / "latest", run)
    assert (tmp_path / "reports" / "latest").readlink().as_posix() == "two"
    moved = (tmp_path / "reports").rename(tmp_path / "elsewhere")
    assert (moved / "latest" / "report.html").read_bytes() == b"two"


def test_without_symbolic_links_a_text_file_holds_the_path(tmp_path, monkeypatch):
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "symlink", refuse)
    replace_link(tmp_path / "latest", "run-1")
    assert (tmp_path / "latest").read_text() == "run-1\n"
    replace_link(tmp_path / "latest", "run-2")
    assert (tmp_path / "latest").read_text() == "run-2\n"


@pytest.mark.parametrize("relative", ["", ".", "/etc/passwd", "../x", "a/../../x", "a\0b", "a\\..\\b"])
def test_a_path_outside_of_the_root_is_refused(tmp_path, relative):
    with pytest.raises(ValueError, match="does not name a file inside"):
        safe_join(tmp_path, relative)


def test_a_symbolic_link_must_not_lead_out_of_the_root(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "out").symlink_to(tmp_path)
    (tmp_path / "root" / "self").symlink_to(tmp_path / "root")
    with pytest.raises(ValueError, match="symbolic link"):
        safe_join(tmp_path / "root", "out/x")
    assert safe_join(tmp_path / "root", "self/x") == tmp_path / "root" / "self" / "x"


@given(relative=st.text(alphabet="ab./\\\0 é", max_size=12))
def test_a_joined_path_is_always_below_the_root(tmp_path_factory, relative):
    root = tmp_path_factory.getbasetemp()
    try:
        joined = safe_join(root, relative)
    except ValueError:
        return
    assert joined != root
    assert os.path.normpath(joined).startswith(f"{root}{os.sep}")
