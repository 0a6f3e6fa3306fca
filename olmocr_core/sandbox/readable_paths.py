"""What an isolated worker may read besides its documents: Python, installed packages, libraries, fonts, our own code."""

from __future__ import annotations

import importlib.abc
import importlib.util
import shutil
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

# Programs that workers start.
PROGRAMS = ("pdftoppm", "pdfinfo", "tesseract")
_SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/nix/store", "/gnu/store",
    "/etc/ld.so.cache", "/etc/fonts", "/var/cache/fontconfig", "/var/lib/ghostscript", "/etc/localtime",
    "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom",
    "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu",
)  # fmt: skip
_PACKAGE_FOLDERS = ("site-packages", "dist-packages", "lib-dynload")
_BESIDE_PROGRAMS = ("bin", "lib", "lib64", "share/poppler", "share/tessdata", "share/fonts", "etc/fonts")


def list_readable_paths(packages: Mapping[str, str]) -> tuple[Path, ...]:
    """Every place by name. ``packages`` are the folders of packages, and files of modules, outside of Python's own."""
    places = [Path(place) for place in _SYSTEM]
    places += map(Path, packages.values())
    places += map(Path, _list_python_places())
    places += _list_program_places()
    return tuple(dict.fromkeys(places))


def _list_python_places() -> Iterator[str]:
    yield from (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    # Not the whole prefix, which may be somebody's home. Beside the standard library lie libpython and what it needs.
    yield from (f"{prefix}/lib" for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix) if prefix != sys.prefix)
    yield from (place for place in sys.path if place.endswith(".zip") or _holds_packages(Path(place)))


def _holds_packages(place: Path) -> bool:
    """Whether packages were installed into a folder; never the user's home, nor what lies around it."""
    if place.name in _PACKAGE_FOLDERS:
        return True
    return any(place.glob("*.dist-info")) and not Path.home().is_relative_to(place.absolute())


def _list_program_places() -> Iterator[Path]:
    for program in PROGRAMS:
        found = shutil.which(program)
        if found:
            real = Path(found).resolve()
            yield real
            if not real.is_relative_to("/usr"):
                yield from (real.parents[1] / name for name in _BESIDE_PROGRAMS)


def list_loaded_packages() -> dict[str, str]:
    """Top-level packages and modules that this process has loaded from outside of Python's own folders, and their places."""
    known = tuple(f"{place}/" for place in (*_list_python_places(), "/usr"))
    loaded = ((name, _locate(module)) for name, module in sorted(sys.modules.items()) if "." not in name)
    return {name: place for name, place in loaded if place and not place.startswith(known) and name != "__main__"}


def _locate(module: ModuleType | None) -> str | None:
    folders = list(getattr(module, "__path__", None) or ())
    place = folders[0] if folders else getattr(module, "__file__", None)
    return str(Path(place).resolve()) if isinstance(place, str) and place.startswith("/") else None


class LoadedPackages(importlib.abc.MetaPathFinder):
    """Finds these top-level packages without listing the folders around them, which an isolated worker may not read."""

    def __init__(self, packages: Mapping[str, str]):
        self._packages = packages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a package or module by its place."""
        place = self._packages.get(fullname)
        if place is None or path is not None:
            return None
        if place.endswith(".py"):
            return importlib.util.spec_from_file_location(fullname, place)
        first = Path(place) / "__init__.py"
        if first.is_file():
            return importlib.util.spec_from_file_location(fullname, first, submodule_search_locations=[place])
        namespace = ModuleSpec(fullname, None, is_package=True)
        namespace.submodule_search_locations = [place]
        return namespace
