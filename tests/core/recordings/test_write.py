from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.engines.scripted import ScriptedEngine, answer, in_turn
from olmocr_core.recordings.format import (
    HEADER,
    Recording,
    RecordingHeader,
)
from olmocr_core.recordings.write import RecordingWriter, parse_folder
from tests.core.fakes import recipe
from tests.core.recordings.making import recorded


async def test_a_folder_holds_the_recording_of_one_engine(tmp_path: Path) -> None:
    await recorded(tmp_path, in_turn(answer("one")))
    with pytest.raises(UsageError, match="differs from it in engine"):
        RecordingWriter(tmp_path, recipe(ScriptedEngine(name="other")))
    same = RecordingWriter(tmp_path, recipe(ScriptedEngine()))
    assert same.write_document("a" * 64, []) == 0
    with pytest.raises(UsageError, match="local folder"):
        parse_folder("s3://bucket/x")
    replaying = recipe(ScriptedEngine(name="replay"))
    with pytest.raises(UsageError, match="nothing to record"):
        RecordingWriter(tmp_path / "new", replaying)


def test_the_second_engine_of_a_race_for_a_folder_is_refused(tmp_path: Path) -> None:
    first = RecordingWriter(tmp_path, recipe(ScriptedEngine()))
    twin = RecordingWriter(tmp_path, recipe(ScriptedEngine()))
    other = RecordingWriter(tmp_path, recipe(ScriptedEngine(name="other")))
    first.write_document("a" * 64, [])
    twin.write_document("b" * 64, [])
    with pytest.raises(UsageError, match="differs"):
        other.write_document("c" * 64, [])
    assert Recording(tmp_path).header == RecordingHeader.from_recipe(recipe(ScriptedEngine()))
    assert [path.name for path in tmp_path.rglob("*")] == [HEADER]
