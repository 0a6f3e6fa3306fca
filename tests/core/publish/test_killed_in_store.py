"""``kill -9`` before each change that publishing makes to a store: its readers find the old dataset or the new one, whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from olmocr_core.publish import read_manifest, verify
from olmocr_core.publish.publish_run import publish_run
from olmocr_core.storage.paths import ObjectPath
from tests.core.publish.mortal import FIRST, SECOND
from tests.core.publish.test_publish_run import Model, check
from tests.core.publish.world import World
from tests.s3 import Gateway

REPO = Path(__file__).resolve().parents[3]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def killed(gateway: Gateway, bucket: ObjectPath) -> list[ObjectPath]:
    """The workspaces in which a publisher was killed, by the change that it did not make; in the last one it was not."""
    command = [sys.executable, "-m", "tests.core.publish.mortal", gateway.url, bucket.bucket]
    subprocess.run(command, check=True, cwd=REPO, env={**os.environ, "PYTHONPATH": str(REPO)})
    return sorted(bucket.iterdir(), key=str)


def test_a_night_with_its_ledger(bucket: ObjectPath, gateway: Gateway) -> None:
    model, before, ended = Model(), None, []
    for contents in (FIRST, SECOND):
        model.night(contents, ("/in",))
    workspaces = killed(gateway, bucket)
    for step, workspace in enumerate(workspaces):
        world = World(workspace)
        assert verify(world.dataset) == []
        manifest = read_manifest(world.dataset)
        assert manifest is not None
        ended.append(manifest.run == "n2")
        if manifest.run == "n1":
            before = before or world.files()
            assert world.files() == before, "a reader finds the old dataset or the new one"
        # In every other case the same night is run again, in the others the next one comes.
        if step % 2:
            publish_run(world.prepared("n2"))
        else:
            world.nights = 2
            world.night(SECOND)
        check(world, model)
        records = {path.relative_to(workspace).split("/")[2] for path in (workspace / "ledger/records").rglob("*")}
        assert len(records) == len(world.parts())
    assert ended == sorted(ended), "once it is the new one it stays"
    assert (ended[0], ended[-1], len(ended) > 15) == (False, True, True)
