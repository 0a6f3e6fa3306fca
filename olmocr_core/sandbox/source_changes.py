"""Whether a file changed in place while a worker read it: checked again after reading, not only before."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from olmocr_core.domain.models import Document, PageRef
from olmocr_core.sandbox.inputs import stat_input


def has_changed(args: Iterable[object], *, failed: bool) -> bool:
    """Whether the file of any document or page in ``args`` differs by now from its description there.

    A file that is gone spoils only a call that ``failed``: what was read of it before is whole.
    """
    return any(_differs(arg, failed) for arg in args if isinstance(arg, Document | PageRef))


def _differs(ref: Document | PageRef, failed: bool) -> bool:
    try:
        found = stat_input(ref.location)
    except OSError:
        return failed
    if _is_another(ref, found):
        return True
    # Deleted or replaced, and still open: what was read of it is whole.
    return failed and found.st_nlink == 0 and not _lies_there(ref)


def _lies_there(ref: Document | PageRef) -> bool:
    # Some file systems count no links.
    try:
        return not _is_another(ref, Path(ref.location).stat())
    except OSError:
        return False


def _is_another(ref: Document | PageRef, found: os.stat_result) -> bool:
    return (found.st_size, found.st_mtime_ns) != (ref.size_bytes, ref.mtime_ns)
