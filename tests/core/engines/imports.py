"""What modules of the project import, lazily or not, by their source."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import olmocr_core

# Loads texts that other packages carry, by name.
LOADS_BY_NAME = "olmocr_core.reading.prompts"
ROOT = Path(olmocr_core.__file__).parent.parent


def source_of(module: str) -> Path | None:
    place = ROOT.joinpath(*module.split("."))
    return next((path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()), None)


def imported_names(module: str) -> set[str]:
    """All dotted names that a module may import when it runs: ``from a import b`` may mean ``a`` and ``a.b``."""
    path = source_of(module)
    assert path is not None, module
    found: set[str] = set()
    for node in _without_type_checking(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import, which this cannot follow"
            found.update((str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)))
        elif isinstance(node, ast.Attribute) and node.attr == "import_module" and module != LOADS_BY_NAME:
            raise AssertionError(f"{module} imports by a name that this cannot follow")
    return found


def closure(*modules: str, stop: Callable[[str], bool] = lambda module: False) -> set[str]:
    """Modules of the project that these import, and those import, and so on; themselves included.

    The imports of a module are not followed where ``stop`` says so.
    """
    seen: set[str] = set()
    todo = list(modules)
    while todo:
        module = todo.pop()
        if module not in seen:
            seen.add(module)
            imported = () if stop(module) else imported_names(module)
            todo += [name for name in imported if name.startswith("olmocr_core") and source_of(name)]
    return seen


def _without_type_checking(tree: ast.AST) -> Iterator[ast.AST]:
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        todo += ast.iter_child_nodes(node)
