"""The night with a real Prefect server, its shards read in the same process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.conftest import REPO

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]
NIGHT = """
import asyncio, json, sys
from flows.nightly_ingestion import nightly_ingestion

state = asyncio.run(nightly_ingestion(**json.loads(sys.argv[1]), return_state=True))
print(json.dumps({"type": state.type.value, "message": state.message}))
"""


@pytest.fixture
def inbox(samples: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    data = (samples / "code_and_formula.pdf").read_bytes()
    for index in range(6):
        (folder / f"{index:02d}.pdf").write_bytes(data + f"\n% copy {index}\n".encode())
    return folder


def night(environment: dict[str, str], folder: Path, **parameters: object) -> dict[str, str]:
    given = {"sources": [str(folder)], "workspace": str(folder.parent / "ws"), "engine": "instant", **parameters}
    command = [sys.executable, "-c", NIGHT, json.dumps(given)]
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def counts(folder: Path) -> dict[str, int]:
    manifest = json.loads((folder.parent / "ws/dataset/manifest.json").read_text())
    found: dict[str, int] = manifest["counts"]
    return found


def records(folder: Path) -> dict[Path, int]:
    """Page records with the time they were written."""
    return {path: path.stat().st_mtime_ns for path in (folder.parent / "ws/pages").glob("*/*/*/*.json")}


def test_a_second_night_reads_only_what_is_new_or_changed(inbox: Path, environment: dict[str, str]) -> None:
    assert night(environment, inbox, dispatch="inline", pages_per_shard=4)["type"] == "COMPLETED"
    assert counts(inbox)["documents"] == 6
    first = records(inbox)
    (inbox / "00.pdf").write_bytes((inbox / "00.pdf").read_bytes() + b"% changed\n")
    (inbox / "new.pdf").write_bytes((inbox / "01.pdf").read_bytes() + b"% new\n")
    (inbox / "05.pdf").unlink()
    assert night(environment, inbox, dispatch="inline")["type"] == "COMPLETED"
    assert counts(inbox)["documents"] == 6
    second = records(inbox)
    assert {path: second[path] for path in first} == first
    assert len({path.parent for path in second} - {path.parent for path in first}) == 2


def test_an_empty_inbox_is_an_ordinary_night(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "in").mkdir()
    ended = night(environment, tmp_path / "in", dispatch="inline")
    assert ended["type"] == "COMPLETED"
    assert ended["message"].startswith("Nothing to do")
