"""The command line without Prefect: help, errors and exit codes."""

from __future__ import annotations

import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from flows.cli.main import main

REPO = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run"],
        ["walk"],
        ["run", "a.pdf", "--engine", "gpu"],
        ["run", "a.pdf", "--workers", "x"],
        ["server"],
        ["worker"],
        ["worker", "tpu"],
    ],
)
def test_a_wrong_command_line_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_a_full_disk_is_one_sentence_also_where_nobody_expects_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write_to(path: str) -> None:
        with Path(path).open("wb", buffering=0) as stream:
            stream.write(b"x")

    monkeypatch.setattr("flows.cli.main.parse", lambda argv: Namespace(command=lambda arguments: write_to("/dev/full")))
    assert main([]) == 1
    assert capsys.readouterr().err == (
        "olmocr-flows: a file cannot be written: the disk is full; make room there and run again, finished pages are kept\n"
    )
    monkeypatch.setattr("flows.cli.main.parse", lambda argv: Namespace(command=lambda arguments: write_to("/no/x")))
    with pytest.raises(FileNotFoundError):
        main([])


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["run"], "exit codes"),
        (["bench"], "exit codes"),
        (["bench", "diff"], "exit codes"),
        (["record"], "examples"),
        (["server"], "examples"),
        (["server", "serve"], "--host"),
        (["deploy"], "automations"),
        (["worker"], "--limit"),
        (["doctor"], "usage"),
    ],
    ids=" ".join,
)
def test_help_comes_without_prefect(command: list[str], said: str) -> None:
    code = (
        "import sys\nfrom flows.cli.main import main\n"
        f"try:\n    main([*{command}, '--help'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "assert not {'prefect', 'numpy', 'cv2'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
