from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.main import main
from olmocr_core.bench.texts import CandidateTexts, write_texts
from tests.core.bench.examples import BOTH, write_benchmark, write_words


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_benchmark(tmp_path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_words(tmp_path / "data")


def test_the_command(folder, capsys):
    write_texts(
        folder / "mine", CandidateTexts("mine", {("a.pdf", 1): ("alpha beta <script>",), ("sub/b.pdf", 1): ("-",)})
    )
    command = ["bench", str(folder), "--candidate", str(folder / "mine"), "--results", str(folder / "r")]
    assert main([*command, "--floor", "one=1.0", "--report", str(folder / "r.html")]) == 0
    assert "| mine | 50.0% | 100.0% | 0.0% | 50.0% |" in capsys.readouterr().out
    assert "<script>" not in (folder / "r.html").read_text()
    assert len((folder / "r").read_text().splitlines()) == 5
    assert main([*command, "--floor", "two=0.1"]) == 1
    assert main([*command, "--floor", "two=much"]) == 2
    assert main(["bench", str(folder), "--candidate", str(folder / "nowhere")]) == 2


def test_a_benchmark_may_lie_in_a_folder_called_diff(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data.rename(tmp_path / "diff")
    write_texts(tmp_path / "texts", CandidateTexts("t", {("a.pdf", 1): (BOTH,)}))
    monkeypatch.chdir(tmp_path)
    assert main(["bench", "./diff", "--candidate", "texts"]) == 0
    assert "100.0%" in capsys.readouterr().out
