"""Workers that write nothing find their modules compiled."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from olmocr_core.sandbox.bytecode import compile_modules, compile_package


def test_a_package_is_compiled_again_where_it_changed(tmp_path: Path) -> None:
    module = tmp_path / "package/module.py"
    for folder in ("package", "package/tests"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "module.py").write_text("value = 1")
    compile_package(tmp_path / "package")
    compiled = Path(importlib.util.cache_from_source(str(module)))
    first = compiled.read_bytes()
    module.write_text("value = 1000")
    os.utime(module, (1, 1))
    compile_package(tmp_path / "package")
    assert compiled.read_bytes() != first
    assert not (tmp_path / "package/tests/__pycache__").exists()


def test_our_own_modules_are_compiled() -> None:
    compile_modules()
    spec = importlib.util.find_spec("olmocr_core.engines.cpu_worker")
    assert spec is not None
    assert spec.cached is not None
    assert Path(spec.cached).is_file()
