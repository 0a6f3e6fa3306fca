from __future__ import annotations

from pathlib import Path

import pytest

from service.api_keys import parse_api_key
from service.main import build_parser, main
from service.settings import ServiceSettings


def test_every_setting_has_a_flag_that_says_what_it_is() -> None:
    help_text = " ".join(build_parser().format_help().split())
    for name, field in ServiceSettings.model_fields.items():
        assert f"--{name.replace('_', '-')} VALUE" in help_text
        assert field.description


def test_it_refuses_to_listen_for_everyone_without_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--host", "0.0.0.0"]) == 2
    assert "olmocr-serve: the service listens on 0.0.0.0 only with an API key" in capsys.readouterr().err


def test_a_new_key_is_printed_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--new-key", "n8n", "--role", "read"]) == 0
    line = capsys.readouterr().out.split("OLMOCR_SERVE_API_KEYS=")[1].strip()
    assert parse_api_key(line)[:2] == ("n8n", "read")
    assert main(["--new-key", "no name"]) == 2
    assert "'no name' is no name for a key" in capsys.readouterr().err


def test_what_would_keep_it_from_reading_is_said_before_it_listens(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert main(["--data", str(tmp_path / "file" / "data")]) == 1
    assert "cannot be written" in capsys.readouterr().err
    monkeypatch.setenv("OLMOCR_ENGINE", "cpux")
    assert main(["--data", str(tmp_path / "data")]) == 2
    assert "cpux" in capsys.readouterr().err
