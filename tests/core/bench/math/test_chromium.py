"""The real browser; skipped if there is none."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from olmocr_core.bench.math.chromium import BrowserFault, Chromium

LEAVE_BEHIND = """
import os, signal, sys
from olmocr_core.bench.math.chromium import Chromium
browser = Chromium(sys.argv[1])
print(browser._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def group(leader: int) -> list[int]:
    """The running processes of a group."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, number = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(number) == leader and state != "Z":
            members.append(int(stat.parent.name))
    return members


def test_scripts_run_and_promises_are_awaited(chromium):
    assert chromium.run("1 + 1", 10) == 2
    assert chromium.run("new Promise(done => setTimeout(() => done(['é', null]), 1))", 10) == ["é", None]
    assert len(chromium.run("'x'.repeat(3000000)", 10)) == 3_000_000


def test_a_process_with_many_open_files_can_have_a_browser(program):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2048:
        pytest.skip(f"this machine allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    taken = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        browser = Chromium(program)
        assert browser.run("1 + 1", 10) == 2
        browser.close()
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_failing_script_is_reported_and_the_browser_survives(chromium):
    with pytest.raises(BrowserFault, match="the page's script failed"):
        chromium.run("nothing.here", 10)
    with pytest.raises(BrowserFault, match="was refused"):
        chromium.call("No.suchThing", {}, 10)
    assert chromium.run("'still here'", 10) == "still here"


def test_an_endless_script_times_out(chromium):
    with pytest.raises(BrowserFault, match="does not answer in time"):
        chromium.run("while (true) {}", 0.5)


def test_a_page_that_crashes_is_noticed_at_once(chromium):
    with pytest.raises(BrowserFault, match="its page crashed"):
        chromium.call("Page.crash", {}, 120, chromium._session)


def test_a_browser_that_dies_is_noticed_at_once(chromium):
    os.kill(chromium._process.pid, signal.SIGKILL)
    with pytest.raises(BrowserFault, match="it has ended"):
        chromium.run("1", 120)


def test_closing_ends_all_processes(program):
    browser = Chromium(program)
    profile = Path(browser._profile.name)
    assert len(group(browser._process.pid)) > 1
    browser.close()
    browser.close()
    assert group(browser._process.pid) == []
    assert not profile.exists()


def test_the_browser_ends_with_a_killed_process(program):
    killed = subprocess.run([sys.executable, "-c", LEAVE_BEHIND, program], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    leader = int(killed.stdout)
    for member in group(leader):
        # It ends when its pipes are closed: wait for that process.
        try:
            handle = os.pidfd_open(member)
        except ProcessLookupError:
            continue
        with os.fdopen(handle):
            assert _ended(handle)
    assert group(leader) == []


def _ended(handle: int) -> bool:
    import select

    return bool(select.select([handle], [], [], 30)[0])


def test_a_program_that_is_no_browser_is_reported_with_its_output(tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho libfoo is missing >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(BrowserFault, match=r"does not start: it has ended; its output: libfoo is missing"):
        Chromium(str(broken))
    with pytest.raises(BrowserFault, match="does not start"):
        Chromium(str(tmp_path / "nothing"))
