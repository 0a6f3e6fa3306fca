"""A power cut at any moment of publishing: names survive, bytes that were not synced do not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.publish import recover, verify
from tests.core.publish.records import context, dolma, publish
from tests.core.publish.test_commit import NEW, PLAIN

pytestmark = pytest.mark.slow
REPO = Path(__file__).resolve().parents[3]

# For every N, publishes OLD, then NEW in a child whose machine loses its power before the Nth change of the file system.
CUT = """
import os, signal, sys
from pathlib import Path
from olmocr_core.publish.publish_run import publish_run
from olmocr_core.storage import durability
from tests.core.publish.records import context, finished, prepared, publish
from tests.core.publish.test_commit import NEW, OLD, PLAIN

CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir")

def files(folder):
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]

def identity(status):
    return status.st_ino, status.st_mtime_ns

class Device:
    def __init__(self, folder):
        self.folder = folder
        self.syncfs(0)

    def syncfs(self, handle):
        self.durable = {identity(path.stat()) for path in files(self.folder)}
        return 0

    def fsync(self, handle):
        self.durable.add(identity(os.fstat(handle)))

    def lose_power(self):
        for path in files(self.folder):
            if identity(path.stat()) not in self.durable:
                os.truncate(path, 0)
        os.kill(os.getpid(), signal.SIGKILL)

def cut_after(left, device):
    def count(event, args):
        nonlocal left
        if event in CHANGES or event == "open" and args[1] in ("wb", "xb", "w+b"):
            left -= 1
            if left == -1:
                device.lose_power()
    sys.addaudithook(count)

for moment in range(1000):
    at = context(Path(sys.argv[1]) / f"{moment:03d}")
    publish(OLD, at, PLAIN)
    new = context(at.workspace, run="new")
    finished(NEW, new, PLAIN)
    child = os.fork()
    if child == 0:
        device = Device(at.workspace)
        if sys.argv[2] == "forget":
            device.syncfs = lambda handle: 0
        durability._LIBC, os.fsync = device, device.fsync
        cut_after(moment, device)
        publish_run(prepared(new, PLAIN))
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
"""


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
