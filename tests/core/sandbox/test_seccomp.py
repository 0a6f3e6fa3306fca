"""Seccomp: a process makes no system call that reaches beyond files."""

from __future__ import annotations

import platform
import re
from pathlib import Path

import pytest

from olmocr_core.sandbox import seccomp
from tests.core.sandbox.restricted import say_when_restricted

needs_seccomp = pytest.mark.skipif(not seccomp.is_supported(), reason="this kernel has no seccomp")
HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
PROGRAM = """
import ctypes, subprocess, threading
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
print(seccomp.refuse_system_calls())
tried(socket.socket)
tried(os.chmod, sys.argv[1], 0o600)
tried(os.setxattr, sys.argv[1], "user.a", b"")
tried(os.pidfd_open, os.getpid())
new_user, x32 = 0x10000000, 0x40000000
tried(call, int(sys.argv[2]), new_user | 17, None, None, None, None)
tried(call, 435, None, 0)
tried(resource.prlimit, os.getppid(), resource.RLIMIT_CORE)
left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
tried(left.sendto, b"x", sys.argv[1])
print("allowed")
tried(left.send, b"x")
tried(right.recv, 1)
tried(resource.getrlimit, resource.RLIMIT_CORE)
tried(lambda: subprocess.run(["true"], check=True))
said = []
thread = threading.Thread(target=said.append, args=("thread",))
tried(thread.start)
thread.join()
print(*said)
tried(Path(sys.argv[1]).read_text)
"""


@needs_seccomp
def test_calls_beyond_files_are_refused_and_ordinary_work_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    clone = seccomp._CLONE[list(seccomp._ARCHITECTURES).index(platform.machine())]
    said = say_when_restricted(PROGRAM, str(tmp_path / "a"), str(clone))
    refused, allowed = said[1 : said.index("allowed")], said[said.index("allowed") + 1 :]
    assert said[0] == "True"
    no = "Operation not permitted"
    assert refused == [no, no, no, no, no, "Function not implemented", no, no]
    assert sorted(allowed) == ["done"] * 6 + ["thread"]


@needs_seccomp
@pytest.mark.skipif(platform.machine() != "x86_64", reason="x86_64 has two interfaces")
def test_the_second_interface_of_x86_64_is_refused_whole() -> None:
    program = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nseccomp.refuse_system_calls()\n"
        "print(libc.syscall(0x40000000 + 39), os.strerror(ctypes.get_errno()))"
    )
    assert say_when_restricted(program) == ["-1 Operation not permitted"]


@pytest.mark.skipif(not HEADER.is_file(), reason="the kernel's headers are not installed")
def test_the_numbers_are_those_of_the_kernel() -> None:
    found = dict(re.findall(r"#define __NR_(\w+) (\d+)", HEADER.read_text()))
    ours = {name: numbers[0] for name, numbers in seccomp._REFUSED.items()}
    ours |= {"clone": seccomp._CLONE[0], "sendto": seccomp._SENDTO[0], "prlimit64": seccomp._PRLIMIT[0]}
    assert {name for name, number in ours.items() if int(found.get(name, number)) != number} == set()


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_filter_fits_the_kernel(machine: str) -> None:
    program = b"".join(seccomp._compile(machine))
    assert len(program) % 8 == 0
    assert len(program) // 8 < 4096
