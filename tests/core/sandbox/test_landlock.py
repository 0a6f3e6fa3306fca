"""Landlock: a process opens only what lies in named places."""

from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.sandbox import landlock
from tests.core.sandbox.restricted import say_when_restricted

pytestmark = pytest.mark.skipif(not landlock.find_abi(), reason="this kernel has no Landlock")
PROGRAM = """
allowed, other = Path(sys.argv[1]), Path(sys.argv[2])
print(landlock.restrict([allowed, allowed / "missing"]) == landlock.find_abi())
tried((allowed / "a").read_text)
tried(os.listdir, allowed)
tried((allowed / "a").write_text, "x")
tried((allowed / "new").touch)
tried((other / "a").read_text)
tried(os.listdir, other)
tried(Path("/proc/self/fd/0").resolve().stat)
"""


def test_named_places_are_readable_and_nothing_is_writable(tmp_path: Path) -> None:
    for name in ("allowed", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text("a")
    said = say_when_restricted(PROGRAM, str(tmp_path / "allowed"), str(tmp_path / "other"))
    refused = "Permission denied"
    assert said == ["True", "done", "done", refused, refused, refused, refused, "done"]


def test_a_single_file_can_be_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    program = "landlock.restrict([Path(sys.argv[1])])\ntried(open, sys.argv[1])\ntried(open, sys.argv[2])"
    said = say_when_restricted(program, str(tmp_path / "a"), str(tmp_path / "b"))
    assert said == ["done", "Permission denied"]


def test_a_restricted_process_may_restrict_itself_further(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    program = (
        "landlock.restrict([Path(sys.argv[1])])\nlandlock.restrict([])\ntried(open, sys.argv[1])\n"
        "print(landlock.find_abi() > 0)"
    )
    assert say_when_restricted(program, str(tmp_path / "a")) == ["Permission denied", "True"]
