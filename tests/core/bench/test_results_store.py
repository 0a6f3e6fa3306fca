"""Runs that a workspace keeps, the gates they are held against, and what ``bench diff`` makes of paths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.cli.main import main
from olmocr_core.bench.data import read_bench
from olmocr_core.bench.diff_inputs import read_side
from olmocr_core.bench.gates import Gates
from olmocr_core.bench.results_store import (
    FOLDER,
    BenchPages,
    StoredScores,
    checks_digest,
    read_history,
    read_stored_run,
    store_run,
)
from olmocr_core.bench.run import score_candidate
from olmocr_core.bench.stage import diff_with_previous, read_newest_run
from olmocr_core.bench.table import format_stored_scores
from olmocr_core.bench.texts import CandidateTexts, write_texts
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.ports import EngineIdentity
from olmocr_core.storage.paths import AnyPath, ObjectPath

ALPHA, BOTH, NONE = "alpha", "alpha beta", "\u2028"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "pdfs").mkdir(parents=True)
    (folder / "pdfs" / "a.pdf").write_bytes(b"%PDF-1.4")
    lines = [{"pdf": "a.pdf", "page": 1, "id": word, "type": "present", "text": word} for word in ("alpha", "beta")]
    (folder / "words.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def kept(root: AnyPath, data: Path, run: str, text: str, gates: Gates | None = None, name: str = "cpu") -> StoredScores:
    """A run with this text, kept in a workspace."""
    bench = read_bench(data)
    candidate = CandidateTexts(name, {("a.pdf", 1): (text,)})
    result = score_candidate(bench, candidate)
    pages = BenchPages(total=1, model=1)
    scores = StoredScores(
        run=run,
        created=f"2026-11-23T0{len(read_history(root))}:00:00+00:00",
        data="data",
        checks=checks_digest(bench),
        engine=EngineIdentity(name=name, model="m"),
        candidate=result.candidate,
        mean=result.mean,
        interval=result.interval,
        categories=result.categories,
        pages=pages,
        missed=(gates or Gates()).find_missed(result, pages),
    )
    store_run(root, scores, result, candidate)
    return scores


def test_the_history_is_made_of_all_runs_whoever_wrote_it_last(tmp_path: Path, data: Path) -> None:
    first, second = (kept(tmp_path, data, run, text) for run, text in (("r1", ALPHA), ("r2", NONE)))
    path = tmp_path / FOLDER / "history.jsonl"
    path.write_text("an older state of things")
    third = kept(tmp_path, data, "r3", BOTH)
    lines = path.read_bytes().split(b"\n")
    assert (
        [StoredScores.model_validate_json(line) for line in lines if line]
        == [first, second, third]
        == read_history(tmp_path)
    )
    found = read_stored_run(tmp_path / FOLDER / "r2")
    assert (found.scores, found.texts) == (second, {("a.pdf", 1): (NONE,)})
    assert {result.id: result.passed for result in found.results}["alpha"] is False
    assert read_newest_run(tmp_path).scores == third


def test_a_workspace_in_a_store_keeps_its_runs_too(bucket: ObjectPath, data: Path) -> None:
    scores = [kept(bucket / "ws", data, run, text) for run, text in (("r1", ALPHA), ("r2", BOTH))]
    assert read_history(bucket / "ws") == scores
    assert read_newest_run(bucket / "ws").texts == {("a.pdf", 1): (BOTH,)}
    diff = diff_with_previous(bucket / "ws", scores[1])
    assert diff is not None
    assert len(diff.won) == 1


def test_a_run_is_held_against_the_one_before_of_its_candidate_and_checks(tmp_path: Path, data: Path) -> None:
    first = kept(tmp_path, data, "r1", ALPHA)
    kept(tmp_path, data, "r2", NONE, name="other")
    third = kept(tmp_path, data, "r3", BOTH)
    assert diff_with_previous(tmp_path, first) is None
    diff = diff_with_previous(tmp_path, third)
    assert diff is not None
    assert (diff.before, diff.after) == ("cpu r1", "cpu r3")
    assert [flip.check.id for flip in diff.won] == ["beta"]
    (data / "words.jsonl").write_text((data / "words.jsonl").read_text().replace("beta", "gamma"))
    assert diff_with_previous(tmp_path, kept(tmp_path, data, "r4", BOTH)) is None, "other checks"


def test_gates_name_what_does_not_hold(tmp_path: Path, data: Path) -> None:
    gates = Gates(floors={"words": 0.5, "mean": 0.9, "baseline": 1.0}, pages={"total": 1, "fallback": 2})
    scores = kept(tmp_path, data, "r", ALPHA, gates)
    assert scores.missed == ("mean 75.0% < 90.0%", "0 pages fallback, not 2")
    told = format_stored_scores(scores)
    assert "- **mean 75.0% < 90.0%**" in told
    assert "| words | 1 | 2 | 50.0% |" in told


@pytest.mark.parametrize(
    ("gates", "told"), [(Gates(floors={"mean": 60}), "not a rate"), (Gates(pages={"totl": 1}), "totl.*total")]
)
def test_gates_that_cannot_be_meant(gates: Gates, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        gates.check_names()


def test_paths_become_sides(tmp_path: Path, data: Path) -> None:
    kept(tmp_path / "ws", data, "r1", ALPHA)
    kept(tmp_path / "ws", data, "r2", BOTH)
    assert read_side(str(tmp_path / "ws")).texts == {("a.pdf", 1): (BOTH,)}
    one = tmp_path / "ws" / FOLDER / "r1"
    assert read_side(f"old={one}").name == "old"
    assert read_side(str(one)).texts == {("a.pdf", 1): (ALPHA,)}
    assert read_side(str(one / "checks.jsonl")).texts is None
    two = tmp_path / "two.jsonl"
    lines = (one / "checks.jsonl").read_text()
    two.write_text(lines + lines.replace('"cpu"', '"gpu"'))
    assert {result.candidate for result in read_side(f"gpu={two}").results} == {"gpu"}
    with pytest.raises(UsageError, match="results of cpu, gpu: choose one"):
        read_side(str(two))
    with pytest.raises(UsageError, match="no results of tpu"):
        read_side(f"tpu={two}")
    with pytest.raises(UsageError, match="--data DATA_DIR"):
        read_side(str(data))
    with pytest.raises(UsageError, match="neither a file of results nor a folder"):
        read_side(str(tmp_path / "nowhere"))
    two.write_text("{}\n")
    with pytest.raises(UsageError, match=r"two\.jsonl, line 1: "):
        read_side(str(two))


def test_the_command(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept(tmp_path / "a", data, "r", BOTH)
    kept(tmp_path / "b", data, "r", ALPHA)
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


def test_a_benchmark_may_lie_in_a_folder_called_diff(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data.rename(tmp_path / "diff")
    write_texts(tmp_path / "texts", CandidateTexts("t", {("a.pdf", 1): (BOTH,)}))
    monkeypatch.chdir(tmp_path)
    assert main(["bench", "./diff", "--candidate", "texts"]) == 0
    assert "100.0%" in capsys.readouterr().out
