"""The command line without Prefect: flags, errors and exit codes."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli.main import _parser, main, settings_from_flags
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.settings import Settings, load_settings

REPO = Path(__file__).resolve().parents[3]


def flags(*arguments: str) -> argparse.Namespace:
    return _parser().parse_args(["run", "a.pdf", *arguments])


def settings(*arguments: str) -> Settings:
    return load_settings(settings_from_flags(flags(*arguments)), environ={})


def test_no_flags_change_no_settings() -> None:
    assert settings() == Settings()
    assert load_settings(settings_from_flags(flags()), environ={"OLMOCR_RETRY_FAILED": "true"}).retry_failed


def test_every_flag_reaches_its_setting() -> None:
    chosen = settings(
        *("--server", "http://gpu:30000/v1", "--model", "m", "--formats", "dolma, markdown", "--workers", "3"),
        *("--pages-per-task", "20", "--password-file", "pw.txt", "--retry-failed"),
    )
    assert (chosen.server, chosen.model, chosen.password_file) == ("http://gpu:30000/v1", "m", "pw.txt")
    assert chosen.publish.formats == ("dolma", "markdown")
    assert (chosen.orchestration.workers, chosen.orchestration.pages_per_task) == (3, 20)
    assert chosen.retry_failed


def test_auto_is_a_size_too() -> None:
    assert settings("--pages-per-task", "auto").orchestration.pages_per_task == "auto"


def test_set_reaches_any_setting() -> None:
    chosen = settings("--set", "render.encoding=png", "--set", "quality.min_chars=200", "--set", "engine=instant")
    assert (chosen.render.encoding, chosen.quality.min_chars, chosen.engine) == ("png", 200, "instant")
    assert settings("--set", "password_file=a=b.txt").password_file == "a=b.txt"


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", ""])
def test_a_size_is_auto_or_a_number_from_one(value: str) -> None:
    with pytest.raises(UsageError, match="pages-per-task"):
        settings(f"--pages-per-task={value}")


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("render.encoding", "write KEY=VALUE"),
        ("=png", "write KEY=VALUE"),
        ("engine.name=cpu", "setting 'engine'"),
        ("server.url=x", "server is not a group"),
    ],
)
def test_set_wants_a_key_and_a_value(assignment: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        settings("--server", "http://x", "--set", assignment)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--set", "rendre.encoding=png"],
        ["--set", "render.encoding=bmp"],
        ["--formats", "dolma,pdf"],
        ["--pages-per-task", "none"],
        ["--engine", "server"],
        ["--profile", "no-such-profile.toml"],
        ["--workspace", "gs://bucket/x"],
    ],
)
def test_what_cannot_work_is_said_before_a_server_starts(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a server was started for a run that cannot work")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("flows.cli.run.ensure_server", never)
    monkeypatch.setenv("OLMOCR_PROFILE", "")
    assert main(["run", "a.pdf", *arguments]) == 2
    assert capsys.readouterr().err.startswith("olmocr-flows: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [[], ["run"], ["walk"], ["run", "a.pdf", "--engine", "gpu"], ["run", "a.pdf", "--workers", "x"], ["server"]],
)
def test_a_wrong_command_line_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_help_comes_without_prefect() -> None:
    code = (
        "import sys\nfrom flows.cli.main import main\n"
        "try:\n    main(['run', '--help'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "assert 'prefect' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "exit codes" in done.stdout


def test_doctor_says_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok      Python") for line in lines)
    assert any(line.startswith("ok      OCR weights") for line in lines)
