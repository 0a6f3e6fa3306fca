"""User namespaces: where the kernel lacks Landlock, a process gets a root folder of its own that holds only named places.

They are bound into an empty file system, read-only; no network reaches the process. Some systems forbid it to ordinary
users, and containers do.
"""

from __future__ import annotations

import ctypes
import functools
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from olmocr_core.sandbox.parent_death_signal import die_with_parent
from olmocr_core.sandbox.system_calls import check, load_libc, refuse_new_privileges

_NEW_USER, _NEW_FILES, _NEW_NETWORK, _NEW_IPC = 0x10000000, 0x00020000, 0x40000000, 0x08000000
_READ_ONLY, _NO_SET_ID, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 0x1, 0x2, 0x20, 0x1000, 0x4000, 0x40000
# A remount has to repeat what forbids set-user-id programs, devices and programs: a user may not drop these.
_KEPT = 0b1111
_DETACH = 2
_CAPABILITIES_VERSION = 0x20080522
_OLD = Path("/.old")
# Any folder serves: what lies in it is found under the old root.
_STAGE = "/usr"


@functools.cache
def are_allowed() -> bool:
    """Whether a new process of this user can restrict itself. Asks one."""
    command = [sys.executable, "-P", "-m", "olmocr_core.sandbox.namespaces"]
    return subprocess.run(command, stderr=subprocess.DEVNULL, cwd="/", check=False).returncode == 0


def restrict(readable: Iterable[Path]) -> None:
    """Let this process see what lies in ``readable`` and nothing else, for good. It may have no second thread.

    Raises OSError before anything has changed where it is not allowed: a child tries first, because half of it would leave
    a process without its files.
    """
    places = {place: place.resolve() for place in readable if place.exists()}
    tried = os.fork()
    if tried == 0:
        try:
            _restrict(places)
        except OSError as error:
            os._exit(error.errno or 1)
        os._exit(0)
    if code := os.waitstatus_to_exitcode(os.waitpid(tried, 0)[1]):
        raise OSError(abs(code), os.strerror(abs(code)))
    _restrict(places)


def _restrict(places: dict[Path, Path]) -> None:
    _enter_namespaces()
    _enter_empty_root()
    for place, real in sorted(places.items()):
        _bind(Path(f"{_OLD}{real}"), place)
    for mounted in list(_list_mounts()):
        if mounted != Path("/") and not mounted.is_relative_to(_OLD):
            _make_read_only(mounted)
    check(load_libc().umount2(os.fsencode(_OLD), _DETACH))
    _OLD.rmdir()
    _make_read_only(Path("/"))
    _give_up_capabilities()
    die_with_parent()


def _enter_namespaces() -> None:
    user, group = os.geteuid(), os.getegid()
    check(load_libc().unshare(_NEW_USER | _NEW_FILES | _NEW_NETWORK | _NEW_IPC))
    # The same user as before, and no other.
    for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path(f"/proc/self/{name}").write_text(line, "ascii")


def _enter_empty_root() -> None:
    _mount(None, "/", None, _RECURSIVE | _PRIVATE)
    _mount("tmpfs", _STAGE, "tmpfs", _NO_SET_ID)
    os.chdir(_STAGE)
    Path(_OLD.name).mkdir()
    check(load_libc().pivot_root(b".", os.fsencode(_OLD.name)))
    os.chdir("/")


def _bind(source: Path, place: Path) -> None:
    """Show ``source`` at ``place``, unless a folder around it is shown already."""
    if place.exists():
        return
    if source.is_dir():
        place.mkdir(parents=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    _mount(str(source), str(place), None, _BIND | _RECURSIVE)


def _list_mounts() -> Iterator[Path]:
    for line in Path(f"{_OLD}/proc/self/mountinfo").read_bytes().splitlines():
        # Spaces and the like are octal numbers.
        name = re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), line.split()[4])
        yield Path(os.fsdecode(name))


def _make_read_only(mounted: Path) -> None:
    _mount(None, str(mounted), None, _REMOUNT | _BIND | _READ_ONLY | (os.statvfs(mounted).f_flag & _KEPT))


def _give_up_capabilities() -> None:
    refuse_new_privileges()
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    check(load_libc().capset(header, (ctypes.c_uint32 * 6)()))


def _mount(source: str | None, place: str, kind: str | None, flags: int) -> None:
    words = [None if word is None else os.fsencode(word) for word in (source, place, kind)]
    check(load_libc().mount(*words, ctypes.c_ulong(flags), None))


if __name__ == "__main__":
    restrict([])
