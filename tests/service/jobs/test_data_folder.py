from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import RunError
from service.jobs.data_folder import open_data_folder

ONE, OTHER = "ab" * 32, "ac" * 32


def test_one_service_uses_it_at_a_time(tmp_path: Path) -> None:
    with open_data_folder(tmp_path / "data"), pytest.raises(RunError, match=r"another olmocr-serve uses .*--data"):
        open_data_folder(tmp_path / "data").__enter__()
    with open_data_folder(tmp_path / "data"):
        pass


def test_a_place_that_cannot_be_written_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RunError, match="cannot be written: "):
        open_data_folder(tmp_path / "file" / "data").__enter__()


def test_an_upload_does_not_outlive_its_block(tmp_path: Path) -> None:
    def broken() -> None:
        with open_data_folder(tmp_path) as folder, folder.incoming_folder() as path:
            (path / "0").write_bytes(b"half")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        broken()
    assert list((tmp_path / "incoming").iterdir()) == []


def test_what_a_killed_service_left_unfinished_is_removed(tmp_path: Path) -> None:
    with open_data_folder(tmp_path) as folder:
        left = [folder.incoming / ".upload.1.tmp" / "0", folder.workspace / "pages" / ".1.json.2.tmp"]
        for path in left:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"half")
        used = (tmp_path / "lock").read_bytes()
    with open_data_folder(tmp_path):
        # It ended in order: nobody looks.
        assert all(path.exists() for path in left)
    (tmp_path / "lock").write_bytes(used)
    with open_data_folder(tmp_path):
        assert not any(path.exists() for path in left)


def test_a_document_is_forgotten_with_its_pages_and_images(tmp_path: Path) -> None:
    with open_data_folder(tmp_path) as folder:
        places = [
            path
            for sha256 in (ONE, OTHER)
            for path in (
                folder.document(sha256),
                *(folder.workspace / k / sha256[:2] / sha256 / "1" for k in ("pages", "images")),
            )
        ]
        for path in places:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        folder.forget_orphans(frozenset({ONE, OTHER}))
        assert all(path.exists() for path in places)
        folder.forget_orphans(frozenset({OTHER}))
        assert [path.exists() for path in places] == [False] * 3 + [True] * 3
