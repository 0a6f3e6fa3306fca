"""A power cut at any moment of publishing: names survive, bytes that were not synced do not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.publish import recover, verify
from olmocr_core.storage import durability
from tests.core.publish.records import context, dolma, publish
from tests.core.publish.stopped import NEW, PLAIN, kill

pytestmark = pytest.mark.slow
REPO = Path(__file__).resolve().parents[3]

CUT = """
import sys
from tests.core.publish.stopped import stop_before_each_change
from tests.core.publish.test_power_cut import Device

stop_before_each_change(sys.argv[1], lambda workspace: Device(workspace, forgets=sys.argv[2] == "forget").lose_power)
"""


class Device:
    """A disk that holds what was synced. At a power cut names survive, and bytes that were not synced do not.

    Made in the process that publishes: it takes the place of the kernel's calls. One that ``forgets`` syncs no file systems.
    """

    def __init__(self, folder: Path, *, forgets: bool) -> None:
        self.folder = folder
        self.forgets = False
        self.syncfs(0)
        self.forgets = forgets
        durability._LIBC = self  # type: ignore[assignment]
        os.fsync = self.fsync  # type: ignore[assignment]

    def syncfs(self, handle: int) -> int:
        if not self.forgets:
            self.durable = {identity(path.stat()) for path in files(self.folder)}
        return 0

    def fsync(self, handle: int) -> None:
        self.durable.add(identity(os.fstat(handle)))

    def lose_power(self) -> None:
        for path in files(self.folder):
            if identity(path.stat()) not in self.durable:
                os.truncate(path, 0)
        kill()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_ino, status.st_mtime_ns


def cut(folder: Path, how: str) -> list[Path]:
    command = [sys.executable, "-c", CUT, str(folder), how]
    subprocess.run(command, check=True, cwd=REPO, env={**os.environ, "PYTHONPATH": str(REPO)})
    return sorted(folder.iterdir())


def test_no_manifest_names_a_file_without_its_bytes(tmp_path: Path) -> None:
    seen = set()
    for workspace in cut(tmp_path, "sync"):
        dataset = workspace / "dataset"
        recover(dataset)
        assert verify(dataset) == []
        texts = tuple(line["text"] for line in dolma(dataset))
        seen.add(texts)
        # The next run needs no help, whatever was lost.
        publish(NEW, context(workspace, run="again"), PLAIN)
        assert verify(dataset) == []
        assert [line["text"] for line in dolma(dataset)] == ["new", "more"]
    assert seen == {("old", "gone"), ("new", "more")}


def test_without_syncing_first_there_would_be_such_manifests(tmp_path: Path) -> None:
    broken = 0
    for workspace in cut(tmp_path, "forget"):
        dataset = workspace / "dataset"
        try:
            recover(dataset)
        except RunError:
            broken += 1
        else:
            broken += verify(dataset) != []
    assert broken
