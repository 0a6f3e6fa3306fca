"""A whole run with its sources and its workspace in an object store, stage by stage, without an orchestrator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from olmocr_core import process_pdf_file
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.engines.scripted import ScriptedEngine
from olmocr_core.ledger.diff import Again
from olmocr_core.publish import read_manifest, verify
from olmocr_core.stages.begin_run import begin_run
from olmocr_core.storage.objects import get_store
from olmocr_core.storage.paths import ObjectPath, as_path
from tests.core.stages.walking import walk
from tests.s3 import Fault, Gateway


@pytest.fixture
def stored(bucket: ObjectPath, gateway: Gateway, samples: Path, machine: None) -> ObjectPath:
    """A bucket with two documents, reached as the environment says."""
    for name in ("code_and_formula.pdf", "blank.pdf"):
        (bucket / "in" / name).upload(samples / name)
    gateway.requests.clear()
    return as_path(str(bucket), load_settings().storage.workspace)  # type: ignore[return-value]


@pytest.fixture
def machine(gateway: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A machine whose environment says how the stores are reached."""
    for group in ("SOURCE", "WORKSPACE"):
        monkeypatch.setenv(f"OLMOCR_STORAGE__{group}__ENDPOINT_URL", gateway.url)
    monkeypatch.setenv("OLMOCR_STORAGE__SCRATCH", str(tmp_path / "scratch"))
    yield
    get_store.cache_clear()


async def run(stored: ObjectPath, run: str = "r", again: Again = "none", **settings: Any) -> Any:
    sources: Any = [f"{stored}in/"]
    workspace: Any = f"{stored}ws"
    return await walk(sources, workspace, settings, run=run, again=again)


async def test_a_bucket_becomes_a_dataset_and_a_report(stored: ObjectPath, tmp_path: Path) -> None:
    done = await run(stored)
    assert (done.found.documents, done.found.problems, done.plan.pages) == (2, 0, 3)
    assert (done.counts.documents.kept, done.counts.documents.blank) == (1, 1)
    dataset = stored / "ws" / "dataset"
    assert verify(dataset) == []
    assert read_manifest(dataset).counts.documents == 2  # type: ignore[union-attr]
    assert done.summary.report == f"{stored}ws/reports/r/report.html"
    page = (stored / "ws/reports/latest/report.html").read_text()
    assert page.count("data:image/jpeg;base64,") >= 2, "the report stands alone, wherever it is downloaded to"
    assert 'src="s3://' not in page
    assert [path.name for path in tmp_path.iterdir()] == ["scratch"], "nothing else is kept on this machine"


async def test_a_second_machine_takes_up_what_the_first_has_done(
    stored: ObjectPath, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await run(stored, "first")
    monkeypatch.setenv("OLMOCR_STORAGE__SCRATCH", str(tmp_path / "another"))
    again = await run(stored, "second", "all")
    assert again.plan.from_cache == again.plan.pages == 3
    assert again.counts.documents.kept == 1


@pytest.mark.slow
async def test_a_store_that_throttles_costs_time_only(stored: ObjectPath, gateway: Gateway) -> None:
    gateway.faults += [Fault()] * 3
    done = await run(stored)
    assert (done.counts.documents.kept, done.counts.documents.blank) == (1, 1)
    assert gateway.faults == []


def test_how_the_workspace_is_reached_is_the_machines_affair(machine: None) -> None:
    with pytest.raises(UsageError, match=r"a run cannot set it.*profile file"):
        begin_run(["a.pdf"], "s3://some-bucket/ws", [{"storage": {"workspace": {"endpoint_url": "http://other"}}}])


def test_no_secret_can_stand_in_the_settings() -> None:
    for bad in ({"endpoint_url": "http://key:secret@minio:9000"}, {"secret": "x"}, {"key": "x"}):
        with pytest.raises(UsageError, match="storage"):
            load_settings({"storage": {"source": bad}}, environ={})


def test_one_document_from_a_bucket(stored: ObjectPath) -> None:
    record = process_pdf_file(f"{stored}in/code_and_formula.pdf", engine=ScriptedEngine())
    assert (record.status, record.page_count) == ("kept", 2)
    assert record.sources[0].uri == f"{stored}in/code_and_formula.pdf"
