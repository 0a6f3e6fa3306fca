"""User namespaces: a process has a root folder of nothing but named places, and stands in for one that Landlock restricts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from olmocr_core.sandbox import namespaces
from tests.core.sandbox.restricted import REPO, say_when_restricted

needs_namespaces = pytest.mark.skipif(not namespaces.are_allowed(), reason="no user namespaces for this user")
PROGRAM = """
import encodings.idna
allowed, other = Path(sys.argv[1]), Path(sys.argv[2])
namespaces.restrict([allowed, allowed / "missing", Path("/proc/self")])
tried((allowed / "a").read_text)
tried((allowed / "link").read_text)
tried((allowed / "a").write_text, "x")
tried((allowed / "new").touch)
tried(Path("/new").touch)
tried((other / "a").read_text)
tried((Path("/proc/self/root") / str(other / "a").lstrip("/")).read_text)
tried(os.listdir, "/.old")
tried(socket.create_connection, ("127.0.0.1", int(sys.argv[3])))
print(set(os.listdir(allowed.parent)) == {"allowed"}, os.getuid() == int(sys.argv[4]))
print(*(line.split()[1] for line in open("/proc/self/status") if line.startswith(("CapEff", "CapPrm"))))
"""


@needs_namespaces
def test_named_places_are_readable_and_nothing_else_is_there(tmp_path: Path, unused_tcp_port: int) -> None:
    for name in ("allowed", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text("a")
    (tmp_path / "allowed" / "link").symlink_to("a")
    places = [str(tmp_path / name) for name in ("allowed", "other")]
    said = say_when_restricted(PROGRAM, *places, str(unused_tcp_port), str(os.getuid()))
    fixed, missing = "Read-only file system", "No such file or directory"
    assert said[:8] == ["done", "done", fixed, fixed, fixed, missing, missing, missing]
    assert said[8:] == ["Network is unreachable", "True True", "0000000000000000 0000000000000000"]


@needs_namespaces
def test_a_place_with_a_space_and_a_single_file_can_be_named(tmp_path: Path) -> None:
    for name in ("an a", "b"):
        (tmp_path / name).write_text(name)
    program = (
        "namespaces.restrict([Path(sys.argv[1])])\ntried(open, sys.argv[1])\ntried(open, sys.argv[1], 'w')\n"
        "tried(open, sys.argv[2])"
    )
    said = say_when_restricted(program, str(tmp_path / "an a"), str(tmp_path / "b"))
    assert said == ["done", "Read-only file system", "No such file or directory"]


def test_a_process_that_may_not_keeps_its_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    program = "seccomp.refuse_system_calls()\ntried(namespaces.restrict, [])\ntried(open, sys.argv[1])"
    assert say_when_restricted(program, str(tmp_path / "a")) == ["Operation not permitted", "done"]


@needs_namespaces
def test_workers_are_isolated_on_a_kernel_without_landlock() -> None:
    tests = [
        str(REPO / "tests" / "core" / "sandbox" / f"test_{name}.py") for name in ("isolation", "parent_death_signal")
    ]
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    command = [sys.executable, "-m", "tests.core.sandbox.without_landlock", *pytest_]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=REPO, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) > 8
