from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.settings import Publish
from olmocr_core.publish import read_manifest, recover, verify
from tests.core.publish.records import context, dolma, publish, record, snapshot
from tests.core.publish.stopped import NEW, OLD, PLAIN

REPO = Path(__file__).resolve().parents[3]

KILLED = """
import sys
from tests.core.publish.stopped import kill, stop_before_each_change

stop_before_each_change(sys.argv[1], lambda workspace: kill)
"""


def texts(dataset: Path) -> list[str]:
    return [line["text"] for line in dolma(dataset)]


def contents(folder: Path) -> dict[str, bytes]:
    return {path: data for path, (data, _) in snapshot(folder).items()}


def test_an_error_between_two_documents_leaves_the_old_dataset(tmp_path):
    publish(OLD, context(tmp_path), Publish())
    before = snapshot(tmp_path)

    def broken():
        yield NEW[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish(broken(), context(tmp_path), Publish())
    assert snapshot(tmp_path) == before


def test_killed_at_any_moment_the_dataset_is_the_old_one_or_becomes_the_new_one(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path / "killed")]
    subprocess.run(command, check=True, cwd=REPO, env={**os.environ, "PYTHONPATH": str(REPO)})
    publish(OLD, context(tmp_path / "old"), PLAIN)
    old = contents(tmp_path / "old" / "dataset")
    workspaces = sorted((tmp_path / "killed").iterdir())
    assert len(workspaces) > 20
    outcomes = []
    for workspace in workspaces:
        dataset = workspace / "dataset"
        decided = recover(dataset)
        assert verify(dataset) == []
        assert not (dataset / ".pending").exists()
        outcomes.append((decided, {("new", "more"): "new", ("old", "gone"): "old"}[tuple(texts(dataset))]))
        if outcomes[-1] == (False, "old"):
            assert contents(dataset) == old
        publish(NEW, context(workspace), PLAIN)
        named = {file.path for file in read_manifest(dataset).files}
        assert set(contents(dataset)) == named | {"manifest.json"}
    # Killed before the decision; after it; when all was done but the last crumbs; and not at all.
    assert list(dict.fromkeys(outcomes)) == [(False, "old"), (True, "new"), (False, "new")]


def test_an_interrupted_publishing_is_finished_before_the_next_one(tmp_path, monkeypatch):
    publish(OLD, context(tmp_path), Publish())

    def cut(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("olmocr_core.publish.commit._move", cut)
        with pytest.raises(KeyboardInterrupt):
            publish(NEW, context(tmp_path), Publish())
    assert texts(tmp_path / "dataset") == ["old", "gone"]
    # The third publishing fails by itself; the second, which had been decided, is finished all the same.
    with pytest.raises(RunError):
        publish([record("c.pdf", "c", spans=())], context(tmp_path), Publish())
    assert texts(tmp_path / "dataset") == ["new", "more"]
    assert verify(tmp_path / "dataset") == []


def test_leftovers_of_a_crash_are_removed(tmp_path):
    publish(OLD, context(tmp_path), Publish())
    dataset = tmp_path / "dataset"
    (dataset / ".manifest.json.0123456789abcdef.tmp").write_text("half")
    (dataset / ".pending").mkdir()
    (dataset / ".pending" / "texts").write_text("half")
    publish(OLD, context(tmp_path), Publish())
    assert sorted(path.name for path in dataset.iterdir()) == [".lock", "dolma", "manifest.json", "markdown", "parquet"]
    assert recover(dataset) is False


def test_two_publishers_do_not_mix(tmp_path):
    publish(OLD, context(tmp_path), Publish())
    before = snapshot(tmp_path / "dataset")
    with (tmp_path / "dataset" / ".lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RunError, match="another process is publishing"):
            publish(NEW, context(tmp_path), Publish())
    assert snapshot(tmp_path / "dataset") == before


def test_a_disk_that_refuses_is_an_error_of_the_run(tmp_path):
    publish(OLD, context(tmp_path), Publish(formats=("dolma",)))
    (tmp_path / "dataset" / "markdown").write_text("a file where a folder should be")
    with pytest.raises(RunError, match=r"markdown"):
        publish(NEW, context(tmp_path), Publish())
    (tmp_path / "dataset" / "markdown").unlink()
    publish(NEW, context(tmp_path), Publish())
    assert verify(tmp_path / "dataset") == []
