from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.engines.code_digest import code_digest, normal_form
from olmocr_core.engines.cpu import CPU_CODE
from olmocr_core.engines.replay import REPLAY_CODE
from tests.core.engines.imports import ROOT

DECLARED = sorted({*CPU_CODE, *REPLAY_CODE})
TRICKY = '''
"""A docstring."""
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from elsewhere import Something
BIG, FLOAT, BYTES, TEXT, NOTHING = 10**20, 1e-3, b"\\xff", "\U0001fae8\u2028\xe9", None
class A(Base, metaclass=Meta):
    field: int = 3
    other: str
def f(a: int, /, b=1, *args: str, c, d=None, **more) -> dict[str, int]:
    "Another docstring."
    x: list[int] = []
    if (n := len(args)) > 1 and not a: pass
    return {**more, "k": [*args], "s": f"a{x!r:>{b}}b" "c" f"{c=}" f"{d:%Y-%m}" "", -1: a[1:, ::2]}
async def g(*items):
    async with items[0] as one, items[1]:
        return [i async for i in one if await i] or (lambda y=2, *z: (yield))
match BIG:
    case {"a": [1, *rest], **others} | A(field=None) if rest: pass
    case _: ...
try: raise A from None
except* (ValueError, OSError) as e: del e
'''
# Made on Python 3.11 and seen on 3.12 and 3.13. It changes with the normal form alone.
TRICKY_DIGEST = "0d1ab6a9aabc5283cf6404f28ce60ec822e5695bf926b960ccea5abcd683a68d"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    code_digest.cache_clear()
    yield tmp_path / "cache" / "olmocr-flows"
    code_digest.cache_clear()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "olmocr_core", folder / "olmocr_core", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def digest(*names: str, root: Path) -> str:
    code_digest.cache_clear()
    return code_digest(*names, root=root)


def a_source(root: Path, name: str) -> Path:
    """The longest file of a declared module or package."""
    place = root.joinpath(*name.split("."))
    found = place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]
    return max(found, key=lambda path: path.stat().st_size)


def with_another_constant(source: str) -> str:
    """A source with one more digit in its last whole number, or one more letter in its last text where it has none."""
    tree, lines = ast.parse(source), source.encode().splitlines(keepends=True)
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    places: dict[type, list[tuple[int, int]]] = {int: [], str: []}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in statements or type(node.value) not in places:
            continue
        line, column = node.lineno - 1, node.col_offset
        if isinstance(node.value, str) and lines[line][column : column + 1] == b'"':
            places[str].append((line, column + 1))
        elif isinstance(node.value, int) and lines[line][column : column + 1] != b"0":
            places[int].append((line, column))
    line, column = max(places[int] or places[str])
    lines[line] = lines[line][:column] + b"1" + lines[line][column:]
    return b"".join(lines).decode()


@pytest.mark.parametrize("name", DECLARED)
def test_a_changed_constant_in_any_declared_package_changes_the_digest(name: str, copy: Path) -> None:
    before = digest(*DECLARED, root=copy)
    path = a_source(copy, name)
    source = path.read_text("utf-8")
    try:
        path.write_text(with_another_constant(source), "utf-8")
        assert digest(*DECLARED, root=copy) != before
    finally:
        path.write_text(source, "utf-8")
    assert digest(*DECLARED, root=copy) == before


class Rewritten(ast.NodeTransformer):
    """Other docstrings, and functions without type hints."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self._described(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._described(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def _described(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        node.body = [ast.Expr(ast.Constant("Said otherwise.")), *node.body]
        return node


def test_files_written_in_another_way_keep_the_digest(tmp_path: Path) -> None:
    """Every declared file, printed anew from its syntax tree: other line breaks, quotes and brackets, no comments."""
    shutil.copytree(ROOT / "olmocr_core", tmp_path / "olmocr_core", ignore=shutil.ignore_patterns("__pycache__"))
    before = digest(*DECLARED, root=tmp_path)
    assert before == digest(*DECLARED, root=ROOT)
    for path in (tmp_path / "olmocr_core").rglob("*.py"):
        tree = ast.fix_missing_locations(Rewritten().visit(ast.parse(path.read_bytes())))
        path.write_text(f"# A comment.\n{ast.unparse(tree)}\n", "utf-8")
    assert digest(*DECLARED, root=tmp_path) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1", "x = 2"),
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = True"),
        ("x = None", "x = 'None'"),
        ("x = (1)", "x = (1,)"),
        ("f(a, b)", "f(a, *b)"),
        ("f(a=b)", "f(b=a)"),
        ("x = f'{a}b'", "x = f'{a}c'"),
        ("x = f'{a}b'", "x = f'a{b}'"),
        ("def f(): return 1", "def f(): return -1"),
        ("def f(a, b): pass", "def f(a, *, b): pass"),
        ("class A:\n x: int = 1", "class A:\n x: float = 1"),
        ("class A:\n x: int", "class A:\n y: int"),
        ("if a:\n b()\nelse:\n c()", "if a:\n c()\nelse:\n b()"),
        ("a = b < c", "a = b <= c"),
        ("x = y[1:]", "x = y[:1]"),
        ("import a", "import b"),
    ],
)
def test_what_changes_the_meaning_changes_the_form(before: str, after: str) -> None:
    assert normal_form(before.encode()) != normal_form(after.encode())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = f(a, b)", "x = f(\n    a,\n    b,\n)  # why"),
        ("x = 'a' 'b'", 'x = "ab"'),
        ("x = 1_000", "x = 1000"),
        ("def f(a: int) -> str:\n 'Says.'\n return a", "def f(a):\n return a"),
        ("def f():\n x: int = 1\n y: str\n return x", "def f():\n x = 1\n return x"),
        ("x = u'a'", "x = 'a'"),
        ("class A:\n 'Says.'", "class A:\n pass"),
        ("if TYPE_CHECKING:\n from a import b\nx = 1", "x = 1"),
        ("x = f'a' f'{b}' 'c'", "x = f'a{b}c'"),
    ],
)
def test_what_keeps_the_meaning_keeps_the_form(before: str, after: str) -> None:
    assert normal_form(before.encode()) == normal_form(after.encode())


def test_the_form_is_the_same_on_every_python() -> None:
    assert bytes_digest(normal_form(TRICKY.encode()).encode()) == TRICKY_DIGEST


def test_a_moved_module_changes_the_digest(copy: Path, tmp_path: Path) -> None:
    shutil.copytree(copy / "olmocr_core" / "layout", tmp_path / "olmocr_core" / "layout")
    before = digest("olmocr_core.layout", root=tmp_path)
    (tmp_path / "olmocr_core" / "layout" / "lines.py").rename(tmp_path / "olmocr_core" / "layout" / "rows.py")
    assert digest("olmocr_core.layout", root=tmp_path) != before


def test_digests_are_cached_and_a_broken_cache_changes_nothing(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest("olmocr_core.layout", root=ROOT)
    (kept,) = own_cache.iterdir()
    digests = json.loads(kept.read_text("utf-8"))
    assert len(digests) == len(list((ROOT / "olmocr_core" / "layout").rglob("*.py")))
    # A file that is known by its bytes is not parsed again.
    kept.write_text(json.dumps(dict.fromkeys(digests, "known")), "utf-8")
    assert digest("olmocr_core.layout", root=ROOT) != before
    kept.write_text("not JSON", "utf-8")
    assert digest("olmocr_core.layout", root=ROOT) == before
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept / "no folder"))
    assert digest("olmocr_core.layout", root=ROOT) == before


def test_a_package_without_sources_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"source code of olmocr_core\.layout is missing"):
        digest("olmocr_core.layout", root=tmp_path)
    with pytest.raises(RunError, match="no module nowhere"):
        code_digest("nowhere.at_all")


def test_a_package_of_others_is_found_where_python_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "their_engine.py").write_text("SIZE = 3\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    before = digest("their_engine", root=tmp_path)
    assert code_digest("their_engine") == before
    (tmp_path / "their_engine.py").write_text("SIZE = 4\n", "utf-8")
    assert digest("their_engine", root=tmp_path) != before
