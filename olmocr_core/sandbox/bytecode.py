"""Compiled modules of what isolated workers load: they cannot write them, and would compile at each start."""

from __future__ import annotations

import compileall
import os
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# What workers load and the main process does not. Some installers compile nothing.
_LIBRARIES = ("numpy", "PIL", "pypdfium2", "pypdfium2_raw", "pypdf", "pdfminer", "cv2", "onnxruntime", "py3langid")
_TESTS = re.compile(r"/tests?/")


@cache
def compile_modules() -> None:
    """Compile our own modules that changed, and libraries that were never compiled, once in a process; 12 ms if all are."""
    compile_package(Path(__file__).parents[1])
    for library in _LIBRARIES:
        spec = find_spec(library)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            if not (Path(folder) / "__pycache__").exists():
                compile_package(Path(folder))


def compile_package(folder: Path) -> None:
    """Compile the modules in a folder that changed; none where nothing can be written."""
    if os.access(folder, os.W_OK):
        compileall.compile_dir(folder, quiet=2, rx=_TESTS)
