"""Contract: Prefect reads a stored result through the ``loads`` of the serializer that the result names."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from prefect.results import ResultRecord, ResultRecordMetadata
from prefect.serializers import JSONSerializer, Serializer

from olmocr_core.domain.errors import RunError
from tasks.prefect_compat import apply_to_flow_run


@pytest.fixture
def patched() -> None:
    """A process that runs flows."""
    apply_to_flow_run()


def stored(asked: dict[str, str]) -> bytes:
    """A result that asks to be read in a certain way, as it lies in the results folder."""
    blob = b"1" if asked["type"] == "json" else Serializer(type=asked["type"]).dumps(1)
    return json.dumps({"metadata": {"serializer": asked, "storage_key": "k"}, "result": blob.decode()}).encode()


@pytest.mark.parametrize(
    "asked",
    [
        {"type": "pickle"},
        {"type": "compressed/pickle"},
        {"type": "json", "jsonlib": "pickle"},
        {"type": "json", "object_decoder": "builtins.print"},
    ],
)
def test_other_results_are_refused(patched: None, asked: dict[str, str]) -> None:
    with pytest.raises(RunError, match="could run a program"):
        ResultRecord.deserialize(stored(asked))


def test_plain_json_is_read(patched: None) -> None:
    record = ResultRecord(
        result={"pages": 3}, metadata=ResultRecordMetadata(storage_key="k", serializer=JSONSerializer())
    )
    assert ResultRecord.deserialize(record.serialize()).result == {"pages": 3}


def test_prefect_itself_would_run_a_pickle() -> None:
    # When this fails, Prefect refuses pickles by itself: is tasks/prefect_compat/result_serialization.py still needed?
    code = "import sys\nfrom prefect.results import ResultRecord as R\nprint(R.deserialize(sys.stdin.buffer.read()).result)"
    done = subprocess.run(
        [sys.executable, "-c", code], input=stored({"type": "pickle"}), capture_output=True, check=True
    )
    assert done.stdout.split() == [b"1"]
