from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.stages.begin_run import RunRef, begin_run, new_run_id, read_passwords


def test_run_ids_sort_by_time_and_differ_within_a_second() -> None:
    moment = datetime(2026, 11, 22, 21, 30, 45, tzinfo=UTC)
    assert re.fullmatch(r"20261122-213045-[0-9a-f]{4}", new_run_id(moment))
    assert len({new_run_id(moment) for _ in range(8)}) > 1


def test_a_run_writes_down_what_it_was_told(tmp_path: Path) -> None:
    ref = begin_run(
        ["a.pdf"], str(tmp_path), [{"engine": "cpu"}, {"engine": None}, {"render": {"encoding": "png"}}], "r7"
    )
    assert ref == RunRef(workspace=str(tmp_path), run="r7")
    _, folder = ref.open()
    header = folder.header()
    assert (header.run, header.sources, header.settings.engine) == ("r7", ("a.pdf",), "cpu")
    assert header.settings.render.encoding == "png"
    assert datetime.fromisoformat(header.created).tzinfo is not None
    assert header.version


def test_a_relative_workspace_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert begin_run(["a.pdf"], "out").workspace == str(tmp_path / "out")


@pytest.mark.parametrize(
    ("sources", "workspace", "override", "message"),
    [
        ([], "out", {}, "no sources"),
        (["a.pdf"], "gs://bucket/prefix", {}, "name a local folder or s3"),
        (["a.pdf"], "out", {"rendering": {}}, "rendering"),
        (["a.pdf"], "out", {"engine": "server"}, "--server"),
    ],
)
def test_what_cannot_work_is_said_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sources: list[str],
    workspace: str,
    override: dict[str, object],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=message):
        begin_run(sources, workspace, [override])
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_that_is_a_file_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match=r"file cannot be written"):
        begin_run(["a.pdf"], str(tmp_path / "file"))


def test_passwords_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    path.write_text("one\n\n with spaces \nzwölf\n", "utf-8")
    assert read_passwords(str(path)) == ("one", " with spaces ", "zwölf")
    assert read_passwords(None) == ()


def test_a_password_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="missing"):
        read_passwords(str(tmp_path / "missing"))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="binary"):
        read_passwords(str(tmp_path / "binary"))
