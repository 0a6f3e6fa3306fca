"""Nights with a real Prefect server, their shards read in the same process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.ledger.file import LEDGER
from olmocr_core.storage.paths import ObjectPath
from tests.flows.conftest import REPO
from tests.s3 import Gateway

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]
NIGHT = """
import asyncio, json, sys
from flows.nightly_ingestion import nightly_ingestion

state = asyncio.run(nightly_ingestion(**json.loads(sys.argv[1]), return_state=True))
summary = state.result(raise_on_failure=False)
sources = summary.sources.model_dump(exclude={"unchanged_outcomes"}) if hasattr(summary, "sources") else None
print(json.dumps({"type": state.type.value, "message": state.message, "sources": sources}))
"""
MANY = 50


class Inbox:
    """Documents with bytes of their own, in a folder or below a prefix; their pages say which document they are of."""

    def __init__(self, place: Path | ObjectPath, samples: Path) -> None:
        self.place = place
        self._data = (samples / "code_and_formula.pdf").read_bytes()

    def put(self, name: str, mark: str) -> None:
        if isinstance(self.place, Path):
            self.place.mkdir(exist_ok=True)
        (self.place / name).write_bytes(self._data + f"\n% {mark}\n".encode())

    def fill(self, many: int) -> None:
        for number in range(many):
            self.put(f"{number:02d}.pdf", f"copy {number}")

    def change(self) -> None:
        """Three documents are others, two are new, one is gone."""
        for number in (3, 4, 5):
            self.put(f"{number:02d}.pdf", f"changed {number}")
        for name in ("new-a.pdf", "new-b.pdf"):
            self.put(name, name)
        (self.place / "49.pdf").unlink()


def command(inbox: Path | ObjectPath, workspace: object, **parameters: object) -> list[str]:
    given: dict[str, object] = {
        "sources": [str(inbox)],
        "workspace": str(workspace),
        "engine": "instant",
        "dispatch": "inline",
    }
    given["options"] = {"orchestration": {"pages_per_task": 10}}
    return [sys.executable, "-c", NIGHT, json.dumps({**given, **parameters})]


def night(environment: Mapping[str, str], inbox: Path | ObjectPath, workspace: object, **how: object) -> dict[str, Any]:
    done = subprocess.run(
        command(inbox, workspace, **how),
        cwd=REPO, env=environment, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def counts(workspace: Path | ObjectPath) -> dict[str, int]:
    manifest = json.loads((workspace / "dataset/manifest.json").read_bytes())
    return {name: count for name, count in manifest["counts"].items() if count}


def markdown(workspace: Path | ObjectPath) -> dict[str, str]:
    """The published texts, by the names of their files."""
    manifest = json.loads((workspace / "dataset/manifest.json").read_bytes())
    paths = [file["path"] for file in manifest["files"] if file["path"].startswith("markdown/")]
    # A text that changed has a digest in its name in a store, where nothing is overwritten.
    return {path.split("/")[1].split(".")[0]: (workspace / "dataset" / path).read_text() for path in paths}


def check_second(told: dict[str, Any], before: Mapping[str, str], workspace: Path | ObjectPath) -> None:
    """The night with three changed, two new and one deleted of fifty documents."""
    assert {name: count for name, count in told["sources"].items() if count} == {
        **{"listed": 51, "new": 2, "changed": 3, "unchanged": 46, "deleted": 1}
    }
    after = markdown(workspace)
    assert counts(workspace) == {"documents": 52, "kept": 52}
    others = {"03", "04", "05", "new-a", "new-b"}
    assert set(after) == set(before) | others
    assert {name for name in after if after[name] != before.get(name)} == others
    assert not {before[name] for name in ("03", "04", "05")} & set(after.values())


def reports(workspace: Path | ObjectPath) -> list[list[str]]:
    """The documents of each night's report, in the order of the nights' beginnings."""
    paths = [path for path in (workspace / "reports").rglob("report.json") if "latest" not in str(path)]
    told = [json.loads(path.read_bytes()) for path in paths]
    return sorted(([Path(one["source"]).name for one in report["documents"]] for report in told), key=len, reverse=True)


def make_unreadable(paths: Iterable[Path]) -> None:
    """Put other bytes in place under the same size and time: whoever opened one of them would see another document."""
    for path in paths:
        found = path.stat()
        path.write_bytes(b"x" * found.st_size)
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_second_night_touches_five_documents_of_fifty(
    samples: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    inbox, workspace = Inbox(tmp_path / "in", samples), tmp_path / "ws"
    inbox.fill(MANY)
    assert night(environment, tmp_path / "in", workspace, pages_per_shard=40)["type"] == "COMPLETED"
    assert counts(workspace) == {"documents": MANY, "kept": MANY}
    before = markdown(workspace)
    inbox.change()
    changed = {"03.pdf", "04.pdf", "05.pdf", "new-a.pdf", "new-b.pdf"}
    make_unreadable(path for path in (tmp_path / "in").iterdir() if path.name not in changed)
    # What is not touched is not assembled either: there is nothing left to assemble it from.
    shutil.rmtree(workspace / "pages")
    told = night(environment, tmp_path / "in", workspace)
    assert told["type"] == "COMPLETED", told
    check_second(told, before, workspace)
    assert sorted(reports(workspace)[1]) == sorted(changed)
    assert len(list((workspace / "pages").glob("*/*"))) == 5
    idle = night(environment, tmp_path / "in", workspace)
    assert (idle["type"], idle["message"][:13]) == ("COMPLETED", "Nothing to do")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_same_with_sources_and_workspace_in_a_store(
    samples: Path, tmp_path: Path, environment: dict[str, str], bucket: ObjectPath, gateway: Gateway
) -> None:
    stored = {f"OLMOCR_STORAGE__{group}__ENDPOINT_URL": gateway.url for group in ("SOURCE", "WORKSPACE")}
    credentials = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    machine = {**environment, **stored, **credentials, "OLMOCR_STORAGE__SCRATCH": str(tmp_path / "scratch")}
    inbox, workspace = Inbox(bucket / "in", samples), bucket / "ws"
    inbox.fill(MANY)
    assert night(machine, bucket / "in", workspace)["type"] == "COMPLETED"
    before = markdown(workspace)
    inbox.change()
    gateway.requests.clear()
    # Another machine: it has no copy of anything.
    machine["OLMOCR_STORAGE__SCRATCH"] = str(tmp_path / "another")
    told = night(machine, bucket / "in", workspace)
    assert told["type"] == "COMPLETED", told
    asked = list(gateway.requests)
    prefix = f"/{bucket.bucket}/"
    fetched = {
        path.removeprefix(f"{prefix}in/") for method, path in asked if method == "GET" and f"{prefix}in/" in path
    }
    assert {name for name in fetched if name.endswith(".pdf")} == {
        "03.pdf",
        "04.pdf",
        "05.pdf",
        "new-a.pdf",
        "new-b.pdf",
    }
    pages = {path.split("/")[5] for method, path in asked if method != "HEAD" and path.startswith(f"{prefix}ws/pages/")}
    assert len(pages) == 5, "nobody asks for the pages of other documents"
    check_second(told, before, workspace)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_night_that_was_killed_is_taken_up_where_it_stood(
    samples: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    inbox, workspace = Inbox(tmp_path / "in", samples), tmp_path / "ws"
    inbox.fill(30)
    killed = subprocess.Popen(
        command(tmp_path / "in", workspace), cwd=REPO, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 200
        while len(stamps := page_records(workspace)) < 10:
            assert killed.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
    stamps = page_records(workspace)
    assert not (workspace / "ledger" / LEDGER).exists(), "nothing is thought done"
    told = night(environment, tmp_path / "in", workspace)
    assert (told["type"], told["sources"]["new"]) == ("COMPLETED", 30)
    assert counts(workspace) == {"documents": 30, "kept": 30}
    after = page_records(workspace)
    assert len(stamps) < len(after) == 60
    assert {path: after[path] for path in stamps} == stamps, "no page was read twice"


def page_records(workspace: Path) -> dict[Path, int]:
    """Page records with the time they were written."""
    return {path: path.stat().st_mtime_ns for path in (workspace / "pages").glob("*/*/*/0*.json")}


def test_an_empty_inbox_is_an_ordinary_night(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "in").mkdir()
    ended = night(environment, tmp_path / "in", tmp_path / "ws")
    assert ended["type"] == "COMPLETED"
    assert ended["message"] == "Nothing to do: the sources hold no document"


def test_a_night_that_finds_only_what_cannot_be_read_tells_of_it(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/empty.pdf").touch()
    assert night(environment, tmp_path / "in", tmp_path / "ws")["type"] == "COMPLETED"
    assert counts(tmp_path / "ws") == {"documents": 1, "failed": 1}
