"""The command line end to end: a real Prefect server, real workers, real documents."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]
Run = Callable[..., subprocess.CompletedProcess[str]]
Simulate = Callable[..., str]


def manifest(workspace: Path) -> dict[str, Any]:
    return json.loads((workspace / "dataset" / "manifest.json").read_text())  # type: ignore[no-any-return]


def report(workspace: Path) -> dict[str, Any]:
    return json.loads((workspace / "reports" / "latest" / "report.json").read_text())  # type: ignore[no-any-return]


def dolma(workspace: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for path in sorted((workspace / "dataset" / "dolma").glob("*.jsonl.gz")):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            record = json.loads(line)
            found[record["id"]] = record
    return found


def make_copies(source: Path, folder: Path, count: int) -> None:
    folder.mkdir()
    for index in range(count):
        (folder / f"{index:04d}.pdf").write_bytes(source.read_bytes() + f"\n% copy {index}\n".encode())


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.stdout and process.stdout.read()
        assert time.monotonic() < deadline, "the run did not get there in time"
        time.sleep(0.02)


def pages_done(workspace: Path) -> int:
    return sum(1 for _ in (workspace / "pages").rglob("*.json"))


def test_documents_become_a_dataset_and_a_second_run_recomputes_nothing(
    run: Run, samples: Path, tmp_path: Path, task_states: Callable[[str], dict[str, list[str]]]
) -> None:
    sources = [samples / name for name in ("code_and_formula.pdf", "blank.pdf", "phototest.tif")]
    first = run("run", *sources, "--workspace", tmp_path, "--engine", "cpu")
    assert first.returncode == 0, first.stdout
    counts = manifest(tmp_path)["counts"]
    assert counts["documents"] == 3 == sum(count for name, count in counts.items() if name != "documents")
    assert (counts["kept"], counts["blank"]) == (2, 1)
    assert "quick brown dog" in (tmp_path / "dataset/markdown/phototest.md").read_text()
    assert (tmp_path / "reports/latest/report.html").is_file()
    for record in dolma(tmp_path).values():
        spans = record["attributes"]["pdf_page_numbers"]
        assert "".join(record["text"][start:end] for start, end, _ in spans) == record["text"]
    assert "dataset:" in first.stdout
    assert "report:" in first.stdout

    before = manifest(tmp_path)["files"]
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "pages").rglob("*.json")}
    second = run("run", *sources, "--workspace", tmp_path, "--engine", "cpu")
    assert second.returncode == 0, second.stdout
    assert "3 files: 3 unchanged (1 blank, 2 kept)" in second.stdout
    assert manifest(tmp_path)["files"] == before
    third = run("run", *sources, "--workspace", tmp_path, "--engine", "cpu", "--again", "all")
    assert third.returncode == 0, third.stdout
    assert report(tmp_path)["pages"]["from_cache"] == report(tmp_path)["pages"]["total"] == 4
    assert stamps == {path: path.stat().st_mtime_ns for path in (tmp_path / "pages").rglob("*.json")}
    assert [file["records"] for file in manifest(tmp_path)["files"]] == [file["records"] for file in before]
    run_id = report(tmp_path)["run"]
    deadline = time.monotonic() + 30
    # The server records task runs some moments after they end.
    while not (states := task_states(run_id)).get("page 1 of phototest.tif") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert states["page 1 of phototest.tif"] == ["Cached"]
    assert not any(name.startswith("render") for name in states)


def test_a_cached_slice_whose_page_was_pruned_is_read_again(run: Run, samples: Path, tmp_path: Path) -> None:
    arguments = ("run", samples / "code_and_formula.pdf", "--workspace", tmp_path, "--engine", "instant")
    assert run(*arguments).returncode == 0
    pruned = next((tmp_path / "pages").rglob("000002.json"))
    pruned.unlink()
    assert run(*arguments, "--again", "all").returncode == 0
    assert pruned.is_file()
    assert report(tmp_path)["pages"]["from_cache"] == 1


def test_a_dataset_grows_is_renewed_and_can_be_replaced(run: Run, samples: Path, tmp_path: Path) -> None:
    def texts() -> dict[str, set[str]]:
        return {
            record["text"].split()[-1]: {Path(uri).parent.name for uri in record["metadata"]["sources"]}
            for record in dolma(tmp_path / "out").values()
        }

    page = (samples / "code_and_formula.pdf").read_bytes()
    for name in ("a/one.pdf", "b/two.pdf", "b/same.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(page if "two" not in name else page + b"\n% two\n")
    where = ("--workspace", tmp_path / "out", "--engine", "instant")
    assert run("run", tmp_path / "a", *where).returncode == 0
    dry = run("run", tmp_path / "a", tmp_path / "b", *where, "--dry-run")
    assert dry.returncode == 0, dry.stdout
    assert "3 files: 2 new, 0 changed, 0 to read again, 1 unchanged" in dry.stdout
    assert "2 pages of 1 documents, 0 of them from the cache" in dry.stdout
    assert manifest(tmp_path / "out")["counts"]["documents"] == 1, "a dry run changes nothing"
    assert run("run", tmp_path / "b", *where).returncode == 0
    assert sorted(map(sorted, texts().values())) == [["a", "b"], ["b"]]
    (tmp_path / "b/two.pdf").write_bytes(page + b"\n% renewed\n")
    assert run("run", tmp_path / "b", *where).returncode == 0
    assert manifest(tmp_path / "out")["counts"]["documents"] == 2
    replaced = run("run", tmp_path / "a", *where, "--replace")
    assert replaced.returncode == 0, replaced.stdout
    assert sorted(map(sorted, texts().values())) == [["a"]]


def test_bad_documents_fail_alone_and_the_exit_code_says_so(run: Run, samples: Path, tmp_path: Path) -> None:
    bad = tmp_path / "broken.pdf"
    bad.write_bytes(b"%PDF-1.7\nnothing that is a document")
    done = run("run", bad, samples / "blank.pdf", "--workspace", tmp_path / "out", "--engine", "cpu")
    assert done.returncode == 1, done.stdout
    assert (
        manifest(tmp_path / "out")["counts"] | {"failed": 1, "blank": 1, "documents": 2}
        == manifest(tmp_path / "out")["counts"]
    )
    assert "broken.pdf" in done.stdout
    again = run("run", bad, samples / "blank.pdf", "--workspace", tmp_path / "out", "--engine", "cpu")
    assert again.returncode == 1, "what failed before is not forgotten because nothing has changed"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run",), "SOURCE"),
        (("run", "no-such-file.pdf"), "no-such-file.pdf"),
        (("run", "x.pdf", "--pages-per-task", "none"), "pages-per-task"),
        (("run", "x.pdf", "--set", "render.dpi=3"), "render.dpi"),
        (("run", "x.pdf", "--engine", "server"), "--server"),
    ],
)
def test_a_wrong_command_line_exits_with_2(run: Run, arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    more = ("--workspace", tmp_path) if len(arguments) > 1 else ()
    done = run(*arguments, *more)
    assert done.returncode == 2, done.stdout
    assert said in done.stdout


@pytest.mark.slow
def test_kill_at_any_moment_and_run_again_loses_and_repeats_nothing(
    run: Run, start: Callable[..., subprocess.Popen[str]], samples: Path, tmp_path: Path
) -> None:
    make_copies(samples / "code_and_formula.pdf", tmp_path / "in", 60)
    arguments = (
        "run",
        tmp_path / "in",
        "--engine",
        "instant",
        "--formats",
        "dolma",
        "--pages-per-task",
        4,
        "--workspace",
    )
    assert run(*arguments, tmp_path / "whole").returncode == 0

    broken = tmp_path / "broken"
    finished: dict[Path, int] = {}
    for moment in (1, 40, 90):
        process = start(*arguments, broken)
        wait_until(lambda moment=moment: pages_done(broken) >= moment, process)  # type: ignore[misc]
        process.kill()
        process.wait()
        now = {path: path.stat().st_mtime_ns for path in (broken / "pages").rglob("*.json")}
        assert finished.items() <= now.items(), "a finished page was done again"
        finished = now
    assert 90 <= len(finished) < 120, "every kill came before the end"
    assert run(*arguments, broken).returncode == 0
    after = {path: path.stat().st_mtime_ns for path in (broken / "pages").rglob("*.json")}
    assert finished.items() <= after.items()

    def timeless(records: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return {key: {**record, "added": "", "created": ""} for key, record in records.items()}

    assert timeless(dolma(broken)) == timeless(dolma(tmp_path / "whole"))
    assert manifest(broken)["counts"] == manifest(tmp_path / "whole")["counts"]


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(
    run: Run, start: Callable[..., subprocess.Popen[str]], simulate: Simulate, documents: Path, tmp_path: Path
) -> None:
    # Twelve pages a second at most: nine in ten are left when the signal comes, however busy the machine is.
    server = ("--server", simulate("--slots", 4, "--seconds-per-page", 0.33), "--set", "inference.profile=generic")
    arguments = ("run", documents, *server, "--formats", "markdown", "--workspace", tmp_path / "out")
    process = start(*arguments)
    wait_until(lambda: pages_done(tmp_path / "out") >= 1, process)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "run the same command again" in output
    assert run(*arguments).returncode == 0
    # Pages with the same number have the same answer here, so all documents but one are duplicates.
    assert manifest(tmp_path / "out")["counts"]["documents"] == 12
