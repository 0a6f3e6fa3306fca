"""Seccomp: the kernel refuses this process and its children the system calls that reach beyond files.

No sockets, no other processes, no namespaces, no kernel interfaces that a parser never needs. Files are Landlock's part;
what it leaves open (owners, modes and times of files) is refused here.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Iterator

from olmocr_core.sandbox.system_calls import check, load_libc, refuse_new_privileges

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _EQUALS, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
# Where struct seccomp_data holds them. Both processors are little-endian.
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Numbers of x86_64 from here on belong to its second interface, x32.
_X32 = 0x40000000
_NEW_NAMESPACES = 0x7E020000
# By name: the numbers on x86_64 and aarch64; None where a processor lacks the call.
_REFUSED: dict[str, tuple[int, int | None]] = {
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "accept4": (288, 242), "bind": (49, 200),
    "listen": (50, 201), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "shmdt": (67, 197), "semget": (64, 190),
    "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "migrate_pages": (256, 238),
    "move_pages": (279, 239), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "truncate": (76, 45), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None),
    "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5),
    "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16), "removexattrat": (466, 466), "file_setattr": (469, 469),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "open_by_handle_at": (304, 265),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "open_tree": (428, 428), "open_tree_attr": (467, 467), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "fanotify_init": (300, 262), "init_module": (175, 105),
    "finit_module": (313, 273), "kexec_load": (246, 104), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
}  # fmt: skip
# The C library falls back to clone, whose flags can be checked.
_CLONE3 = (435, 435)
_CLONE, _SENDTO, _PRLIMIT = (56, 220), (44, 206), (302, 261)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def is_supported() -> bool:
    """Whether the running kernel has filters of system calls and we know its processor's numbers."""
    # Without a program the kernel fails to read it, but only if it knows the mode.
    ctypes.set_errno(0)
    load_libc().prctl(_PR_SET_SECCOMP, _MODE_FILTER, None, 0, 0)
    return ctypes.get_errno() == errno.EFAULT and platform.machine() in _ARCHITECTURES


def refuse_system_calls() -> bool:
    """Install the filter in this process, for good. Return whether there is one for this machine. Raises OSError."""
    if not is_supported():
        return False
    program = b"".join(_compile(platform.machine()))
    packed = _Program(len(program) // 8, program)
    refuse_new_privileges()
    check(load_libc().prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(packed), 0, 0))
    return True


def _compile(machine: str) -> Iterator[bytes]:
    which = list(_ARCHITECTURES).index(machine)
    yield from _unless(_ARCHITECTURE, _EQUALS, _ARCHITECTURES[machine], _REFUSE)
    yield _step(_LOAD, _NUMBER)
    if machine == "x86_64":
        yield _step(_AT_LEAST, _X32, 0, 1)
        yield _step(_RETURN, _REFUSE)
    for numbers in _REFUSED.values():
        yield from _answer(numbers[which], _REFUSE)
    yield from _answer(_CLONE3[which], _UNKNOWN)
    yield from _check_argument(_CLONE[which], 0, _ANY_BIT, _NEW_NAMESPACES)
    # To the pool, which is at the other end, but to no address; and limits of this process only.
    yield from _refuse_unless_zero(_SENDTO[which], 4)
    yield from _refuse_unless_zero(_PRLIMIT[which], 0)
    yield _step(_RETURN, _ALLOW)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _unless(offset: int, test: int, value: int, answer: int) -> Iterator[bytes]:
    yield _step(_LOAD, offset)
    yield _step(test, value, 1, 0)
    yield _step(_RETURN, answer)


def _answer(number: int | None, answer: int) -> Iterator[bytes]:
    if number is not None:
        yield _step(_EQUALS, number, 0, 1)
        yield _step(_RETURN, answer)


def _check_argument(number: int, argument: int, test: int, value: int) -> Iterator[bytes]:
    """Refuse the call if the low half of its argument passes the test, else allow it."""
    yield _step(_EQUALS, number, 0, 4)
    yield _step(_LOAD, _ARGUMENTS + 8 * argument)
    yield _step(test, value, 0, 1)
    yield _step(_RETURN, _REFUSE)
    yield _step(_RETURN, _ALLOW)


def _refuse_unless_zero(number: int, argument: int) -> Iterator[bytes]:
    low = _ARGUMENTS + 8 * argument
    yield _step(_EQUALS, number, 0, 6)
    yield _step(_LOAD, low)
    yield _step(_EQUALS, 0, 0, 3)
    yield _step(_LOAD, low + 4)
    yield _step(_EQUALS, 0, 0, 1)
    yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _REFUSE)
