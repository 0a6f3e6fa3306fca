"""docs/architecture.md names functions that exist, and layers as the import contracts have them."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent
PAGE = (REPO / "docs" / "architecture.md").read_text("utf-8")
FUNCTION = re.compile(r"`([\w/]+\.py):([\w.]+)`")
ROW = re.compile(r"^\| `([\w.]+)` \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
CONTRACTS = {
    contract["name"]: contract
    for contract in tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
}
OUTER = CONTRACTS["what starts processes: the command line over deployments over the local server"]
CORE = CONTRACTS["the layers of the core"]


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


@cache
def definitions(path: str) -> set[str]:
    """Functions and classes of a module, and methods as ``Class.method``."""
    found: set[str] = set()
    for node in ast.parse((REPO / path).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = (one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
            found.update(f"{node.name}.{one.name}" for one in inner)
    return found


@pytest.mark.parametrize(("path", "name"), sorted(set(FUNCTION.findall(PAGE))))
def test_every_named_function_exists(path: str, name: str) -> None:
    assert (REPO / path).is_file(), f"docs/architecture.md names {path}"
    assert name in definitions(path), f"docs/architecture.md names {name} in {path}"


@pytest.mark.parametrize("walk", ["One PDF", "One page", "One night"])
def test_every_hop_of_a_walk_names_its_function(walk: str) -> None:
    rows = [line for line in section(walk).splitlines() if line.startswith("| ")][2:]
    assert len(rows) >= 10
    assert [row for row in rows if not FUNCTION.match(row.removeprefix("| "))] == []


def test_every_file_that_is_named_is_named_with_its_function_or_stands_in_the_table_of_libraries() -> None:
    walks = PAGE.split("\n## Libraries that were tried\n")[0]
    assert set(re.findall(r"`([\w/]+\.py)[^`]*`", walks)) == {path for path, _ in FUNCTION.findall(walks)}


def layers(contract: dict[str, list[str]]) -> list[list[str]]:
    return [layer.split(" | ") for layer in contract["layers"]]


def allowed(order: list[list[str]]) -> dict[str, str]:
    """What the column ``may import`` says, by package, when the layers stand in this order."""
    texts: dict[str, str] = {}
    for layer, *below in (order[place:] for place in range(len(order))):
        names = ", ".join(f"`{name}`" for name in below[0]) if below else ""
        texts |= dict.fromkeys(layer, f"{names} and below" if len(below) > 1 else names or "nothing")
    return texts


def rows_under(heading: str) -> dict[str, str]:
    table = section("Layers").split(f"| {heading} |")[1].split("\n\n")[0]
    return dict(ROW.findall(table))


def test_the_table_of_the_core_is_the_contract() -> None:
    rows = rows_under("package of the core")
    assert rows == allowed(layers(CORE))
    assert list(rows) == [name for layer in layers(CORE) for name in layer]


def test_the_table_of_the_outer_packages_is_the_contracts() -> None:
    flows = CONTRACTS["flows -> tasks -> olmocr_core"]
    expected = allowed(layers(OUTER)) | {"olmocr_core": "nothing above", "service": "`olmocr_core`"}
    assert rows_under("package") == expected | {"flows": allowed(layers(flows))["flows"]}


def test_the_drawing_of_the_core_is_the_contract() -> None:
    drawing = section("Layers").split("```text\n")[2].split("```")[0]
    drawn = [[name.strip() for name in line.strip("|").split("|")] for line in drawing.splitlines() if line[0] == "|"]
    assert drawn == layers(CORE)


def test_the_drawing_of_the_outer_packages_has_them_from_top_to_bottom() -> None:
    drawing = section("Layers").split("```text\n")[1].split("```")[0]
    drawn = re.findall(r"^\| ([\w.]+) {2,}", drawing, re.MULTILINE)
    assert [name for name in drawn if name not in ("flows", "workspace")] == [name for (name,) in layers(OUTER)]
    assert drawn.index("flows") == drawn.index("tasks") - 1


def test_every_package_of_the_core_has_a_row() -> None:
    packages = {path.parent.name for path in (REPO / "olmocr_core").glob("*/__init__.py")} | {"wiring"}
    assert set(rows_under("package of the core")) == packages
