"""The variables of a worker."""

from __future__ import annotations

import os
import sys

import pytest

from olmocr_core.sandbox.worker_environment import build_environment


def test_only_what_starts_python_and_programs_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"PATH": "/bin", "HOME": "/home/me", "LC_ALL": "de", "AWS_SECRET_KEY": "s3cret"})
    monkeypatch.setattr(sys, "path", ["", "relative", "/absolute"])
    monkeypatch.chdir("/")
    isolated = build_environment("auto")
    assert isolated == build_environment("required")
    assert (isolated["PATH"], isolated["HOME"], isolated["LANG"]) == ("/bin", "/dev/null", "C.UTF-8")
    assert isolated["PYTHONPATH"].split(os.pathsep)[1:] == ["/relative", "/absolute"]
    assert "LC_ALL" not in isolated
    plain = build_environment("off")
    assert (plain["HOME"], plain["LC_ALL"]) == ("/home/me", "de")
    assert "AWS_SECRET_KEY" not in isolated | plain
