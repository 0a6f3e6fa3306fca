"""The environment of a worker: hostile bytes are parsed there, so it gets no keys, no tokens, and no home."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from olmocr_core.domain.settings import IsolationMode

# Where programs and shared libraries lie.
_KEPT = {"PATH", "LD_LIBRARY_PATH", "PYTHONHOME"}
_KEPT_WITHOUT_ISOLATION = _KEPT | {"HOME", "LANG", "LANGUAGE", "TMPDIR", "TZ", "VIRTUAL_ENV"}
_PREFIXES_WITHOUT_ISOLATION = ("LC_", "FONTCONFIG_", "XDG_", "PYTHON", "COV_")
_ISOLATED = {"HOME": "/dev/null", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
# Two workers on two cores must not become sixteen threads; glibc arenas cost address space per thread.
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}


def build_environment(mode: IsolationMode) -> dict[str, str]:
    """The variables of a worker: of this process's own only what Python and programs need to start."""
    if mode == "off":
        kept = {name: value for name, value in os.environ.items() if _is_kept_without_isolation(name)}
    else:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ} | _ISOLATED
    home = str(Path(__file__).parents[2])
    paths = [home, *(str(Path(place).absolute()) for place in filter(None, sys.path))]
    return kept | _ONE_THREAD | {"PYTHONPATH": os.pathsep.join(paths)}


def _is_kept_without_isolation(name: str) -> bool:
    return name in _KEPT_WITHOUT_ISOLATION or name.startswith(_PREFIXES_WITHOUT_ISOLATION)
