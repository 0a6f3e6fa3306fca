"""Publishing to an object store: old or new, whole, wherever it dies; nothing goes up twice."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from olmocr_core.domain.errors import RunError, StoreRefused
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.domain.settings import Publish, Store
from olmocr_core.publish import read_manifest, verify
from olmocr_core.publish.manifest import Manifest
from olmocr_core.publish.publish_run import FinishedRun, publish_run
from olmocr_core.publish.remote import resolve_names
from olmocr_core.storage.objects import ObjectStore
from olmocr_core.storage.paths import ObjectPath
from tests.core.publish.records import context, finished, one_of_each, prepared, publish, record
from tests.s3 import Fault, Gateway

PLAIN = Publish(formats=("dolma", "markdown"))
OLD = [record("a.pdf", "old"), record("gone.pdf", "gone"), record("same.pdf", "same")]
NEW = [record("a.pdf", "new"), record("b.pdf", "more"), record("same.pdf", "same")]
CHANGES = ("put_object", "delete_object", "upload_part", "create_multipart_upload", "complete_multipart_upload")


class Killed(BaseException):
    """The end of a process: nothing catches it."""


class MortalStore(ObjectStore):
    """A store whose process is killed before its change number ``lives``; the dead ask nothing of a store."""

    def __init__(self, settings: Store, lives: int) -> None:
        super().__init__(settings)
        self.lives = lives
        self.dead = False

    def _run(self, method, arguments, work):  # type: ignore[no-untyped-def]
        self.lives -= method in CHANGES
        self.dead = self.dead or self.lives < 0
        if self.dead:
            raise Killed
        return super()._run(method, arguments, work)


def dataset_of(workspace: ObjectPath) -> dict[str, str]:
    """What a reader finds that follows the manifest: name of each file (without digests) and its text."""
    dataset = workspace / "dataset"
    assert verify(dataset) == []
    found = {}
    for file in read_manifest(dataset).files:
        data = (dataset / file.path).read_bytes()
        if file.path.endswith(".gz"):
            found["dolma"] = "|".join(json.loads(line)["text"] for line in gzip.decompress(data).splitlines())
        else:
            found[file.path.split(".")[0] + ".md"] = data.decode()
    return found


OLD_DATASET = {"dolma": "old|gone|same", "markdown/a.md": "old", "markdown/gone.md": "gone", "markdown/same.md": "same"}
NEW_DATASET = {"dolma": "new|more|same", "markdown/a.md": "new", "markdown/b.md": "more", "markdown/same.md": "same"}


def names_below(place: ObjectPath) -> set[str]:
    return {path.relative_to(place) for path in place.rglob("*")}


def test_all_formats_are_published_whole(bucket: ObjectPath) -> None:
    manifest = publish(one_of_each(), context(bucket / "ws"), Publish())
    dataset = bucket / "ws" / "dataset"
    assert verify(dataset) == []
    assert read_manifest(dataset) == manifest
    assert names_below(dataset) == {"manifest.json", *(file.path for file in manifest.files)}


def test_publishing_twice_uploads_nothing_but_its_lock(bucket: ObjectPath, gateway: Gateway) -> None:
    for number, records in enumerate((OLD, NEW)):
        run = finished(records, context(bucket / "ws", run=f"run-{number}"), PLAIN)
        publish_run(run)
        first = read_manifest(bucket / "ws" / "dataset")
        gateway.requests.clear()
        publish_run(run)
        assert read_manifest(bucket / "ws" / "dataset") == first
        changes = [path for method, path in gateway.requests if method in ("PUT", "POST", "DELETE")]
        assert changes
        assert all(".lock" in path for path in changes)


@pytest.mark.slow
def test_killed_before_any_change_a_reader_finds_old_or_new(bucket: ObjectPath) -> None:
    seen = []
    mortal = MortalStore(bucket.store.settings, 0)
    for lives in range(50):
        workspace = bucket / f"{lives:02d}"
        publish(OLD, context(workspace), PLAIN)
        finished(NEW, context(workspace, run="new"), PLAIN)
        mortal.lives, mortal.dead = lives, False
        try:
            publish_run(prepared(context(ObjectPath(mortal, workspace.bucket, workspace.key), run="new"), PLAIN))
            survived = True
        except Killed:
            survived = False
        found = dataset_of(workspace)
        assert found in (OLD_DATASET, NEW_DATASET)
        seen.append(found == NEW_DATASET)
        # What the dead left is cleared by whoever publishes next; its lock would be waited out.
        (workspace / "dataset" / ".lock").unlink()
        manifest = publish(NEW, context(workspace), PLAIN)
        assert dataset_of(workspace) == NEW_DATASET
        left = names_below(workspace / "dataset") - {"manifest.json"}
        assert left == {file.path for file in manifest.files}
        if survived:
            break
    assert seen == sorted(seen), "once it is the new one it stays"
    assert len(seen) > 6
    assert not seen[0]
    assert seen[-1]


def test_an_upload_that_fails_leaves_the_old_dataset(bucket: ObjectPath, gateway: Gateway) -> None:
    publish(OLD, context(bucket), PLAIN)
    denied = [Fault(cut_after=10_000_000)] * 7 + [Fault(403, "AccessDenied")] * 30
    gateway.faults += denied
    with pytest.raises(StoreRefused, match="does not allow"):
        publish(NEW, context(bucket), PLAIN)
    gateway.faults.clear()
    assert dataset_of(bucket) == OLD_DATASET


def test_a_publisher_that_lost_its_lock_publishes_nothing(bucket: ObjectPath) -> None:
    publish(OLD, context(bucket), PLAIN)

    class Robbed(FinishedRun):
        def records(self) -> Iterator[DocumentRecord]:
            yield from super().records()
            (bucket / "dataset" / ".lock").write_text('{"token": "other"}')

    run = finished(NEW, context(bucket, run="run-2"), PLAIN)
    with pytest.raises(RunError, match="was lost to another process"):
        publish_run(Robbed(run.folder, run.ledger, run.context, run.settings))
    assert dataset_of(bucket) == OLD_DATASET


def test_large_parts_go_up_in_pieces(bucket: ObjectPath, gateway: Gateway) -> None:
    store = ObjectStore(bucket.store.settings.model_copy(update={"part_mb": 5}))
    noise = [record(f"{number}.pdf", os.urandom(3 << 20).hex()) for number in range(2)]
    publish(noise, context(ObjectPath(store, bucket.bucket)), Publish(formats=("dolma",)))
    assert verify(bucket / "dataset") == []
    assert any("partNumber=2" in path for _, path in gateway.requests)


def manifest_of(tmp_path: Path, texts: dict[str, str]) -> Manifest:
    return publish([record(name, text) for name, text in texts.items()], context(tmp_path), PLAIN)


def test_a_changed_text_takes_a_name_of_its_own_and_then_the_plain_one_again(tmp_path: Path) -> None:
    old = None
    seen = []
    for text in ("one", "two", "two", "three", "three", "two"):
        old, staged = resolve_names(manifest_of(tmp_path, {"a.pdf": text}), old)
        (name,) = (file.path for file in old.files if file.path.endswith(".md"))
        assert staged[name] == "markdown/a.md"
        seen.append("plain" if name == "markdown/a.md" else "digest")
    assert seen == ["plain", "digest", "digest", "plain", "plain", "digest"]
