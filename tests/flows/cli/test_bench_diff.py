from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.main import main
from olmocr_core.bench.texts import CandidateTexts, write_texts
from tests.core.bench.examples import ALPHA, BOTH, store_example, write_words


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_words(tmp_path / "data")


def test_the_command(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store_example(tmp_path / "a", data, "r", BOTH)
    store_example(tmp_path / "b", data, "r", ALPHA)
    command = ["bench", "diff", str(tmp_path / "a"), str(tmp_path / "b")]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "## Passed before, fail now (1)" in told
    assert "- alpha beta\n+ alpha" in told
    assert main([*command, "--fail-on-regression"]) == 1
    assert main(["bench", "diff", command[3], command[2], "--fail-on-regression"]) == 0
    assert main(["bench", "diff", command[2], str(data)]) == 2


def test_texts_are_scored_when_the_checks_are_named(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in (("one", ALPHA), ("two", BOTH)):
        write_texts(tmp_path / name, CandidateTexts(name, {("a.pdf", 1): (text,)}))
    sides = [f"{name}={tmp_path / name}" for name in ("one", "two")]
    assert main(["bench", "diff", *sides, "--data", str(data), "--fail-on-regression"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("# `one` → `two`\n\nMean 75.0% → 100.0%: **+25.0 points**")
    assert main(["bench", "diff", *sides[::-1], "--data", str(data), "--fail-on-regression"]) == 1
