"""A full disk: one sentence with the path and what to do, wherever something is written."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from olmocr_core.domain.errors import DiskFull

_WHY = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of this user is used up",
    errno.EFBIG: "the file would be larger than the file system or the limit of this process (ulimit -f) allows",
}


@contextlib.contextmanager
def explain_full_disk(place: object) -> Iterator[None]:
    """Translate the OSError of a full disk inside the block to DiskFull; ``place`` is what is written."""
    try:
        yield
    except OSError as error:
        if full := full_disk(error, place):
            raise full from error
        raise


def full_disk(error: OSError, place: object = None) -> DiskFull | None:
    """The error for people if a disk is full, else None. Without ``place`` it names the file of ``error``, if that is known."""
    why = _WHY.get(error.errno or 0)
    if why is None:
        return None
    what = place or error.filename or "a file"
    return DiskFull(f"{what} cannot be written: {why}; make room there and run again, finished pages are kept")
