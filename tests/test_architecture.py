"""What keeps the house in order: sizes, docstrings, and who may load what."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent
PACKAGES = ("olmocr_core", "service", "flows", "tasks", "deployments", "infra")
MOST_FILE_LINES = 350
MOST_FUNCTION_LINES = 50
MOST_FLOW_LINES = 60
HEAVY = ("prefect", "cv2", "pandas", "pyarrow", "onnxruntime", "rapidocr", "pypdfium2", "pdfminer", "numpy")


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (REPO / package).rglob("*.py"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def is_flow(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "flow"
        for decorator in function.decorator_list
    )


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_there_is_something_to_measure() -> None:
    assert len(modules()) > 50
    assert any(is_flow(function) for path in modules() for function in functions(path))


def test_files_are_short() -> None:
    sizes = {str(path.relative_to(REPO)): len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert {path: size for path, size in sizes.items() if size > MOST_FILE_LINES} == {}


def test_functions_are_short() -> None:
    too_long = [
        f"{path.relative_to(REPO)}:{function.lineno} {function.name} has {lines_of(function)} lines"
        for path in modules()
        for function in functions(path)
        if not is_flow(function) and lines_of(function) > MOST_FUNCTION_LINES
    ]
    assert too_long == []


def test_flows_are_tables_of_contents() -> None:
    for path in modules():
        for function in filter(is_flow, functions(path)):
            assert lines_of(function) <= MOST_FLOW_LINES, f"{path.name}: {function.name}"
            loops = [
                node for node in ast.walk(function) if isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.Try)
            ]
            assert loops == [], f"{path.name}: {function.name} loops or catches at line {loops[0].lineno}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_says_what_it_is_for(package: str) -> None:
    silent = [
        str(path.relative_to(REPO))
        for path in (REPO / package).rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def loaded_by(statement: str, names: tuple[str, ...]) -> list[str]:
    """Which of ``names`` a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*[name for name in {names!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    "module", ["olmocr_core", "flows.cli.main", "olmocr_core.domain.settings", "olmocr_core.domain.errors"]
)
def test_light_modules_load_nothing_heavy(module: str) -> None:
    assert loaded_by(f"import {module}", HEAVY) == []


def test_the_core_runs_a_document_without_the_orchestrator() -> None:
    everything = (
        "import importlib, pkgutil, olmocr_core\n"
        "for found in pkgutil.walk_packages(olmocr_core.__path__, 'olmocr_core.'):\n"
        "    importlib.import_module(found.name)"
    )
    assert loaded_by(everything, ("prefect", "fastapi", "flows", "tasks", "service")) == []


def test_the_main_process_of_a_run_needs_no_model_runtime() -> None:
    # Workers load these; the process that talks to Prefect never parses a page.
    assert loaded_by("import olmocr_core.wiring", ("cv2", "onnxruntime", "pypdfium2", "rapidocr", "pdfminer")) == []


def test_the_service_needs_no_orchestrator() -> None:
    assert loaded_by("import service.app", ("prefect", "docket", "flows", "tasks")) == []


def test_the_help_of_the_service_loads_nothing_heavy() -> None:
    assert loaded_by("import service.main", (*HEAVY, "fastapi", "uvicorn", "sqlalchemy")) == []


def test_the_client_of_the_service_needs_no_server() -> None:
    server = ("fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "pydantic", "prometheus_client")
    assert loaded_by("import service.client", (*HEAVY, *server)) == []


def test_one_module_hashes() -> None:
    hashing = [
        str(path.relative_to(REPO))
        for path in modules()
        if any(
            isinstance(node, ast.Import) and any(alias.name == "hashlib" for alias in node.names)
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
        )
    ]
    assert hashing == ["olmocr_core/domain/identity.py"]


def imported(path: Path) -> Iterator[str]:
    """What a file imports: modules, and names of modules."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_private(name: str) -> bool:
    """Whether a name lies in the insides of Prefect or docket: a private module or name, or the code of the server."""
    parts = name.split(".")
    inside = any(part.startswith("_") for part in parts) or parts[:2] in (["prefect", "server"], ["prefect", "cli"])
    return parts[0] == "docket" or (parts[0] == "prefect" and inside)


def test_private_parts_of_prefect_are_used_in_one_package() -> None:
    using = {
        str(path.relative_to(REPO).parent)
        for path in modules()
        if any(map(is_private, imported(path))) or "PREFECT__" in path.read_text("utf-8")
    }
    assert using == {"tasks/prefect_compat"}


# The other packages of the core join when each of their modules has a file of tests.
MIRRORED = (
    "bench",
    "documents",
    "domain",
    "layout",
    "ledger",
    "ocr",
    "pdf",
    "publish",
    "reading",
    "report",
    "sandbox",
    "sources",
    "stages",
    "storage",
)


@pytest.mark.parametrize("package", MIRRORED)
def test_a_file_of_tests_is_named_after_each_module_of_over_40_lines(package: str) -> None:
    core = REPO / "olmocr_core"
    paths = [path for path in (core / package).rglob("*.py") if path.name != "__init__.py"]
    long = [path.relative_to(core) for path in paths if len(path.read_text("utf-8").splitlines()) > 40]
    assert long
    missing = [str(path) for path in long if not (REPO / "tests/core" / path.parent / f"test_{path.name}").is_file()]
    assert missing == []


@pytest.mark.parametrize("package", ["service", "flows", "tasks", "deployments", "infra", "scripts/release"])
def test_a_file_of_tests_is_named_after_each_longer_module_outside_of_the_core(package: str) -> None:
    paths = [path for path in (REPO / package).rglob("*.py") if len(path.read_text("utf-8").splitlines()) > 40]
    assert paths
    names = {"__init__.py": "test_package.py"}
    tests = [
        REPO / "tests" / path.relative_to(REPO).parent / names.get(path.name, f"test_{path.name}") for path in paths
    ]
    assert [str(test.relative_to(REPO)) for test in tests if not test.is_file()] == []
