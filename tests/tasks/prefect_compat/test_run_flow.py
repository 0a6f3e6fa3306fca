"""A process whose reader is gone goes on; one that is not helped does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[3]
# As a flow run does: rich on standard error, more than a pipe holds, and a trace that it came to its end.
TALKER = """
import os, sys
from pathlib import Path
from rich.console import Console
assert sys.argv[1:] == ["mark"], sys.argv
sys.stdin.readline()
for _ in range(20):
    Console(file=sys.stderr, highlight=False).print("x" * 8000)
    print("y" * 8000, flush=True)
Path(sys.argv[1]).touch()
"""


@pytest.mark.parametrize(
    ("through", "goes_on"), [(["-m", "tasks.prefect_compat.run_flow", "talker"], True), (["-m", "talker"], False)]
)
def test_a_reader_that_goes_away(tmp_path: Path, through: list[str], goes_on: bool) -> None:
    (tmp_path / "talker.py").write_text(TALKER)
    reads, writes = os.pipe()
    environment = {**os.environ, "PYTHONPATH": f"{REPO}{os.pathsep}{tmp_path}"}
    process = subprocess.Popen(
        [sys.executable, *through, "mark"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=writes,
        stderr=writes,
    )
    os.close(writes)
    os.close(reads)
    process.communicate(b"go\n", timeout=60)
    assert (process.returncode == 0, (tmp_path / "mark").exists()) == (goes_on, goes_on)


def test_what_is_said_arrives_while_somebody_reads(tmp_path: Path) -> None:
    (tmp_path / "talker.py").write_text(
        "import sys\nprint('said \\u00e9')\nprint('cried', file=sys.stderr)\nsys.exit(7)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "tasks.prefect_compat.run_flow", "talker"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPO)},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (7, "said é\n".encode(), b"cried\n")
