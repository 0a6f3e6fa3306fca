"""A workspace swept: what goes, what stays, what stops it."""

from __future__ import annotations

import gzip
import json
import os
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from olmocr_core.documents.retention import DAY, RetentionRules
from olmocr_core.domain.errors import RunError
from olmocr_core.stages.gc import Removed, maintain
from olmocr_core.storage.paths import ObjectPath
from tests.s3 import Gateway

NOW = 2_000_000_000.0
PUBLISHED, IN_RUN, IN_LEDGER, FORGOTTEN = (letter * 64 for letter in "abcd")
RULES = RetentionRules()


def put(path: Path, data: bytes = b"{}", days: float = 1000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (NOW - days * DAY, NOW - days * DAY))
    return path


def page(root: Path, doc_id: str, kind: str = "pages", days: float = 1000) -> Path:
    suffix = {"pages": ".json", "images": ".jpg"}[kind]
    return put(root / kind / doc_id[:2] / doc_id / "recipe" / f"000001{suffix}", days=days)


def publish(root: Path, files: dict[str, bytes], run: str = "published") -> None:
    listed = [{"path": path, "records": 1, "bytes": len(data), "sha256": "0"} for path, data in files.items()]
    for path, data in files.items():
        put(root / "dataset" / path, data)
    counts = dict.fromkeys(("documents", "kept", "partial", "blank", "held_back", "failed", "duplicate"), 0)
    body = {"version": 1, "run": run, "created": "2026", "counts": counts, "files": listed}
    put(root / "dataset" / "manifest.json", json.dumps(body).encode())


def parquet(*doc_ids: str) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"doc_id": list(doc_ids), "text": ["x"] * len(doc_ids)}), sink)
    return bytes(sink.getvalue())


def run_of(root: Path, run: str, doc_id: str, days: float, finished: bool) -> Path:
    folder = root / "runs" / run
    put(folder / "run.json", days=days)
    put(folder / "found" / "00000.jsonl", json.dumps({"doc_id": doc_id}).encode() + b"\n", days)
    put(folder / "inspected" / "00000.jsonl", json.dumps({"document": {"doc_id": doc_id}}).encode() + b"\n", days)
    if finished:
        put(folder / "judged.jsonl", b"", days)
    return folder


def sweep(root: Path, rules: RetentionRules = RULES, dry_run: bool = False) -> Removed:
    return maintain(str(root), rules, dry_run, clock=lambda: NOW)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with a published dataset, a run that goes on, a ledger, and all that is a thousand days old."""
    publish(tmp_path, {"parquet/documents/part-0.parquet": parquet(PUBLISHED)})
    run_of(tmp_path, "20330501-000000-aaaa", IN_RUN, days=2, finished=False)
    put(tmp_path / "ledger" / "part-0.parquet", parquet(IN_LEDGER))
    for doc_id in (PUBLISHED, IN_RUN, IN_LEDGER, FORGOTTEN):
        page(tmp_path, doc_id)
        page(tmp_path, doc_id, "images")
    return tmp_path


def left(root: Path, kind: str) -> set[str]:
    return {path.parts[-3] for path in (root / kind).rglob("000001.*")}


def test_only_pages_that_nothing_names_go(root: Path) -> None:
    removed = sweep(root)
    assert left(root, "pages") == {PUBLISHED, IN_RUN, IN_LEDGER}
    assert left(root, "images") == {IN_RUN}
    assert removed.files == {"page": 1, "image": 3}
    assert removed.documents_named == 3
    assert not (root / "pages" / FORGOTTEN[:2] / FORGOTTEN).exists()


def test_a_dry_run_counts_the_same_and_removes_nothing(root: Path) -> None:
    run_of(root, "20200101-000000-bbbb", FORGOTTEN, days=900, finished=False)
    before = sorted(root.rglob("*"))
    tried = sweep(root, dry_run=True)
    assert sorted(root.rglob("*")) == before
    assert tried.files == sweep(root).files
    assert tried.files["page"] == 1


def test_twice_removes_nothing_more(root: Path) -> None:
    sweep(root)
    assert sweep(root).files == {}


def test_an_old_run_goes_and_no_longer_names_its_pages(root: Path) -> None:
    old = run_of(root, "20200101-000000-bbbb", FORGOTTEN, days=29, finished=True)
    sweep(root)
    assert old.exists()
    assert FORGOTTEN in left(root, "pages")
    for path in old.rglob("*.json*"):
        os.utime(path, (NOW - 31 * DAY,) * 2)
    sweep(root)
    assert not old.exists()
    assert FORGOTTEN not in left(root, "pages")


def test_the_run_that_is_published_stays(root: Path) -> None:
    published = run_of(root, "published", PUBLISHED, days=900, finished=True)
    sweep(root)
    assert published.exists()


def test_half_written_files_go_after_a_day(root: Path) -> None:
    old = put(root / "inputs" / ".incoming-00aa.tmp", days=1.1)
    young = put(root / "inputs" / ".incoming-00bb.tmp", days=0.5)
    half_page = put(root / "pages" / "aa" / PUBLISHED / "recipe" / ".000002.json.00ff.tmp", days=2)
    sweep(root)
    assert (old.exists(), young.exists(), half_page.exists()) == (False, True, False)


def test_archive_members_go_with_their_documents(root: Path) -> None:
    forgotten = put(root / "inputs" / FORGOTTEN[:2] / FORGOTTEN)
    named = put(root / "inputs" / IN_LEDGER[:2] / IN_LEDGER)
    sweep(root)
    assert (forgotten.exists(), named.exists()) == (False, True)


def test_old_reports_go_but_the_newest(root: Path) -> None:
    for run in ("20200101-000000-aaaa", "20200102-000000-bbbb"):
        put(root / "reports" / run / "report.html")
    (root / "reports" / "latest").symlink_to("20200102-000000-bbbb")
    sweep(root)
    assert sorted(path.name for path in (root / "reports").iterdir()) == ["20200102-000000-bbbb", "latest"]
    assert (root / "reports" / "latest" / "report.html").exists()


def test_files_that_nobody_knows_stay(root: Path) -> None:
    strange = [put(root / "pages" / "README"), put(root / "images" / "zz" / "notes" / "x.jpg"), put(root / "mine.txt")]
    sweep(root)
    assert all(path.exists() for path in strange)


def test_dolma_tells_the_documents_too(root: Path) -> None:
    line = json.dumps({"id": FORGOTTEN, "text": "x"}).encode() + b"\n"
    publish(root, {"dolma/part-0.jsonl.gz": gzip.compress(line)})
    sweep(root)
    assert left(root, "pages") == {FORGOTTEN, IN_RUN, IN_LEDGER}


def test_a_dataset_that_tells_no_documents_keeps_every_page(root: Path) -> None:
    publish(root, {"markdown/a.md": b"text"})
    removed = sweep(root)
    assert left(root, "pages") == {PUBLISHED, IN_RUN, IN_LEDGER, FORGOTTEN}
    assert "no page was removed" in removed.notes[0]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("dataset/parquet/documents/part-0.parquet", b"not parquet"),
        ("dataset/manifest.json", b"{"),
        ("runs/20330501-000000-aaaa/found/00000.jsonl", b'{"doc_id": 7}\n'),
        ("runs/20330501-000000-aaaa/found/00000.jsonl", b"{"),
        ("ledger/part-0.parquet", b"PAR1"),
    ],
)
def test_a_list_that_cannot_be_read_stops_it_with_every_page_there(root: Path, path: str, data: bytes) -> None:
    put(root / path, data, days=2)
    with pytest.raises(RunError, match=Path(path).name):
        sweep(root)
    assert len(left(root, "pages")) == 4


def test_a_published_file_that_is_missing_stops_it(root: Path) -> None:
    (root / "dataset/parquet/documents/part-0.parquet").unlink()
    with pytest.raises(RunError, match=r"part-0\.parquet"):
        sweep(root)
    assert len(left(root, "pages")) == 4


def test_an_empty_workspace_is_nothing_to_sweep(tmp_path: Path) -> None:
    assert sweep(tmp_path / "none").files == {}


def test_a_ledger_may_be_one_file(root: Path) -> None:
    (root / "ledger" / "part-0.parquet").rename(root / "ledger.parquet")
    sweep(root)
    assert IN_LEDGER in left(root, "pages")


def test_a_workspace_in_a_store_is_swept_by_the_same_rules(
    root: Path, bucket: ObjectPath, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLMOCR_STORAGE__WORKSPACE__ENDPOINT_URL", gateway.url)
    for path in root.rglob("*"):
        if path.is_file():
            bucket.store.write(bucket.bucket, f"ws/{path.relative_to(root)}", path.read_bytes())
    # A store says itself when something was written: what is old is as old as this test.
    rules = RetentionRules(image_days=30, page_days=180, run_days=400)
    then = time.time() + 200 * DAY
    tried = maintain(f"s3://{bucket.bucket}/ws", rules, True, clock=lambda: then)
    assert {"POST", "DELETE"}.isdisjoint(gateway.methods())
    removed = maintain(f"s3://{bucket.bucket}/ws", rules, False, clock=lambda: then)
    assert removed.files == tried.files == {"page": 1, "image": 3}
    assert [method for method in gateway.methods() if method in ("POST", "DELETE")] == ["POST"] * 2, "one for each kind"
    pages = {path.key.split("/")[3] for path in bucket.rglob("000001.json")}
    assert pages == {PUBLISHED, IN_RUN, IN_LEDGER}
