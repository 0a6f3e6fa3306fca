"""What an isolated worker may read besides its documents."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import olmocr_core
from olmocr_core.sandbox.readable_paths import LoadedPackages, list_loaded_packages, list_readable_paths

REPO = Path(olmocr_core.__file__).parents[1]


def covers(places: tuple[Path, ...], path: Path) -> bool:
    return any(path.resolve().is_relative_to(place.resolve()) for place in places)


def test_code_and_libraries_are_readable_and_the_folders_around_them_are_not() -> None:
    places = list_readable_paths(list_loaded_packages())
    for module in (os, np, olmocr_core):
        assert covers(places, Path(str(module.__file__)))
    for path in (Path.home(), Path.cwd(), REPO, Path("/etc/passwd"), Path("/tmp"), Path(f"/proc/{os.getppid()}")):
        assert not covers(places, path), path


def test_a_program_outside_of_the_system_brings_its_libraries_but_not_its_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/pdftoppm"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    places = list_readable_paths({})
    assert covers(places, program)
    assert covers(places, tmp_path / "lib/libpoppler.so")
    assert not covers(places, tmp_path / "diary.txt")


def test_a_folder_of_packages_is_readable_by_whatever_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home/libraries/one-1.0.dist-info").mkdir(parents=True)
    (tmp_path / "home/two-1.0.dist-info").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "home/libraries"), str(tmp_path / "home")])
    places = list_readable_paths({})
    assert covers(places, tmp_path / "home/libraries/one.py")
    assert not covers(places, tmp_path / "home/diary.txt")


def test_packages_from_elsewhere_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/__init__.py").touch()
    (tmp_path / "single.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("elsewhere", "single"):
        monkeypatch.delitem(sys.modules, name, raising=False)
        __import__(name)
    found = list_loaded_packages()
    assert found["elsewhere"] == str(tmp_path / "elsewhere")
    assert found["single"] == str(tmp_path / "single.py")
    assert found["olmocr_core"] == str(REPO / "olmocr_core")
    assert "numpy" not in found
    assert "os" not in found


def test_packages_are_found_by_their_place(tmp_path: Path) -> None:
    (tmp_path / "whole/inner").mkdir(parents=True)
    (tmp_path / "whole/__init__.py").write_text("value = 1")
    (tmp_path / "single.py").write_text("value = 2")
    names = {"whole": tmp_path / "whole", "inner": tmp_path / "whole/inner", "single": tmp_path / "single.py"}
    finder = LoadedPackages({name: str(place) for name, place in names.items()})
    for name, value in (("whole", 1), ("single", 2)):
        spec = finder.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.value == value
    namespace = finder.find_spec("inner")
    assert namespace is not None
    assert list(namespace.submodule_search_locations or ()) == [str(tmp_path / "whole/inner")]
    assert finder.find_spec("whole", [str(tmp_path)]) is None, "only at the top"
    assert finder.find_spec("unknown") is None
