from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pypdfium2.version
import pytest

from olmocr_core.engines import page_code
from olmocr_core.engines.cpu import CPU_CODE, CPU_LIBRARIES
from olmocr_core.engines.page_code import DRAWING_CODE, PAGE_CODE, PAGE_LIBRARIES, drawing_digest, find_library_versions
from olmocr_core.engines.replay import REPLAY_CODE
from tests.core.engines.imports import closure, imported_names, source_of

# What workers run for a page beside reading it.
OPS = ("olmocr_core.pdf.render", "olmocr_core.pdf.read_text_layer")
ENGINES = {
    "cpu": (CPU_CODE, (*OPS, "olmocr_core.engines.cpu_worker")),
    "page images": (DRAWING_CODE, ("olmocr_core.pdf.render",)),
    "replay": (REPLAY_CODE, (*OPS, "olmocr_core.engines.replay", "olmocr_core.reading.read_page")),
}
# Modules that those import and that cannot change an answer; nor can what they import.
NEUTRAL = {
    "olmocr_core.domain.errors": "error classes",
    "olmocr_core.domain.identity": "hashes; another hash is another key anyway",
    "olmocr_core.domain.json_parsing": "error messages for a broken recording",
    "olmocr_core.domain.ports": "protocols",
    "olmocr_core.domain.recipe": "what it holds is the key",
    "olmocr_core.domain.settings": "values that change answers are in the identity by themselves",
    "olmocr_core.engines.base": "interfaces; the parser is the engine's own",
    "olmocr_core.engines.code_digest": "makes the key",
    "olmocr_core.engines.page_code": "makes the key",
    "olmocr_core.reading.prompts": "a replay asks no model",
    "olmocr_core.recordings.write": "only the name of a folder is read by it",
}
NEUTRAL_PACKAGES = {
    "olmocr_core.sandbox": "runs the code; a page that it ends has failed and is no answer",
    "olmocr_core.storage": "bytes in, the same bytes out",
}
# Libraries that compute what they are told, or whose output is no answer.
EXACT = {
    "numpy": "arithmetic",
    "pdf2image": "runs Poppler",
    "pdfminer": "gives the standard's table of fax codes, and a signal beside a fallback page",
    "pydantic": "types of values",
    "rapidfuzz": "edit distances are defined exactly",
}


def is_covered(module: str, code: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in code)


def is_neutral(module: str) -> bool:
    return module in NEUTRAL or any(is_covered(module, (package,)) for package in NEUTRAL_PACKAGES)


@pytest.mark.parametrize("engine", ENGINES)
def test_all_code_that_makes_an_answer_is_in_the_identity(engine: str) -> None:
    code, entry_points = ENGINES[engine]
    used = closure(*entry_points, stop=is_neutral)
    assert len(used) > 10
    unknown = {module for module in used if not is_covered(module, code) and not is_neutral(module)}
    assert unknown == set(), "list each in the engine's code, or in NEUTRAL if it cannot change an answer"


def test_the_list_of_neutral_modules_names_used_ones() -> None:
    used = closure(*(module for _, entry_points in ENGINES.values() for module in entry_points), stop=is_neutral)
    assert set(NEUTRAL) - used == set()


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_in_the_identity_that_is_not_used(engine: str) -> None:
    code, entry_points = ENGINES[engine]
    used = closure(*entry_points)
    assert [name for name in code if not any(is_covered(module, (name,)) for module in used)] == []
    assert [name for name in code if source_of(name) is None] == []


@pytest.mark.parametrize(
    ("code", "libraries"), [(CPU_CODE, CPU_LIBRARIES), (PAGE_CODE, PAGE_LIBRARIES)], ids=["cpu", "pages"]
)
def test_every_library_that_the_code_uses_is_in_the_identity_or_exact(
    code: tuple[str, ...], libraries: dict[str, tuple[str, ...]]
) -> None:
    used = {module for module in closure(*OPS, "olmocr_core.engines.cpu_worker") if is_covered(module, code)}
    tops = {name.partition(".")[0] for module in used for name in imported_names(module)}
    foreign = tops - set(sys.stdlib_module_names) - {"olmocr_core"}
    assert foreign - set(EXACT) == set(libraries)


def test_versions_are_those_of_the_installed_libraries() -> None:
    found = find_library_versions(CPU_LIBRARIES)
    assert found["onnxruntime"] == version("onnxruntime")
    assert found["pdfium"].split(".")[2] == str(pypdfium2.version.PDFIUM_INFO.build)
    assert set(found) == {
        "onnxruntime",
        "opencv-python-headless",
        "pdfium",
        "pillow",
        "py3langid",
        "pypdf",
        "pypdfium2",
    }
    assert find_library_versions({"nowhere": ("no-such-distribution",)}) == {}


def test_page_images_know_the_code_and_the_libraries_that_drew_them(monkeypatch: pytest.MonkeyPatch) -> None:
    before = drawing_digest()
    monkeypatch.setattr(page_code, "DRAWING_CODE", DRAWING_CODE[1:])
    assert drawing_digest() != before
    monkeypatch.undo()
    monkeypatch.setattr(page_code, "PAGE_LIBRARIES", {"pypdf": PAGE_LIBRARIES["pypdf"]})
    assert drawing_digest() != before


def test_asking_for_versions_loads_no_library() -> None:
    code = (
        "import sys\nfrom olmocr_core.engines.cpu import CPU_LIBRARIES\n"
        "from olmocr_core.engines.page_code import find_library_versions\nfind_library_versions(CPU_LIBRARIES)\n"
        "print(*[name for name in (*CPU_LIBRARIES, 'pypdfium2_raw') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
