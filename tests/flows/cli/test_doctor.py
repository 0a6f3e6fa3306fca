"""What ``olmocr-flows doctor`` finds on this machine."""

from __future__ import annotations

import pytest

from flows.cli.doctor import examine
from flows.cli.main import main
from olmocr_core.sandbox.isolation import describe_isolation


def test_doctor_says_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok      Python") for line in lines)
    assert any(line.startswith("ok      OCR weights") for line in lines)
    complete, said = describe_isolation()
    assert f"{'ok     ' if complete else 'missing'} Workers that read PDFs: {said}" in lines


def test_what_is_missing_comes_with_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    missing = {finding.name: finding.detail for finding in examine() if not finding.found}
    assert missing["Poppler, the second renderer"].endswith("apt-get install poppler-utils")
    assert not any(finding.needed for finding in examine() if finding.name in missing)
