"""A digest of source code that changes with what the code does, not with how it is written.

Engines put it into their identity: after an update, pages that older code read are read again. Comments, docstrings, type
hints of functions and layout do not count. The normal form is our own and equal on Python 3.11 to 3.13; ``ast.dump`` is not.

Parsing the 11,000 lines behind the cpu engine takes 0.31 s. A file's digest is therefore kept in the user's cache under the
digest of its bytes, which leaves 5 ms. The cache saves time and nothing else: without it the digest is the same.
"""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.identity import bytes_digest, file_digest, value_digest

# Fields that differ between Python versions or say nothing about what the code does.
_IGNORED = frozenset({"ctx", "kind", "type_comment", "type_params", "annotation", "returns", "simple"})
_MOST_CACHED = 2000


@cache
def code_digest(*names: str, root: Path | None = None) -> str:
    """The digest of modules and of packages with all that is in them, named in full: ``olmocr_core.pdf``.

    ``root`` is the folder that holds the top package (default: where Python finds it). Raises RunError without sources.
    """
    files = dict(sorted(each for name in names for each in _sources(name, root)))
    return value_digest(list(_digests(files).items()))


def normal_form(source: bytes) -> str:
    """What is digested of one file. Raises SyntaxError."""
    words: list[str] = []
    _append(ast.parse(source), words)
    return " ".join(words)


def _sources(name: str, root: Path | None) -> Iterator[tuple[str, Path]]:
    """The files of a module or package, each with its place below the root."""
    top = name.partition(".")[0]
    root = root or _root_of(top)
    place = root.joinpath(*name.split("."))
    module = place.with_name(f"{place.name}.py")
    found = sorted(place.rglob("*.py")) if place.is_dir() else [module] if module.is_file() else []
    if not found:
        raise RunError(f"the source code of {name} is missing in {root}: an engine's identity is made of it")
    for path in found:
        yield path.relative_to(root).as_posix(), path


def _root_of(top: str) -> Path:
    spec = find_spec(top)
    place = spec and (next(iter(spec.submodule_search_locations or ()), None) or spec.origin)
    if not place:
        raise RunError(f"there is no module {top}")
    return Path(place).parent


def _digests(files: Mapping[str, Path]) -> dict[str, str]:
    """The digest of each file's normal form."""
    known_in = _cache_file()
    known = _read_cache(known_in)
    raw = {name: file_digest(path) for name, path in files.items()}
    new = {raw[name]: _digest(path) for name, path in files.items() if raw[name] not in known}
    if new:
        _write_cache(known_in, (known if len(known) < _MOST_CACHED else {}) | new)
    known |= new
    return {name: known[raw[name]] for name in files}


def _digest(path: Path) -> str:
    try:
        return bytes_digest(normal_form(path.read_bytes()).encode())
    except SyntaxError as error:
        raise RunError(f"{path} cannot be parsed: {error}") from error


def _cache_file() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "olmocr-flows"
    # Another normal form makes other digests: they have a file of their own.
    return folder / f"code-{file_digest(Path(__file__))[:16]}.json"


def _read_cache(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_cache(path: Path, digests: Mapping[str, str]) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(digests), "utf-8")
        partial.replace(path)
    except OSError:
        # A home that cannot be written to costs the time for parsing at every start, no more.
        return


def _append(node: object, words: list[str]) -> None:
    if isinstance(node, ast.AST):
        words.append(f"({type(node).__name__}")
        for name in node._fields:
            value = getattr(node, name, None)
            if name in _IGNORED or value is None or value == []:
                continue
            words.append(name)
            _append(_cleaned(node, value) if isinstance(value, list) else value, words)
        words.append(")")
    elif isinstance(node, list):
        words.append("[")
        for each in node:
            _append(each, words)
        words.append("]")
    else:
        # Not repr: what is printable depends on Python's Unicode tables.
        words.append(ascii(node))


def _cleaned(owner: ast.AST, nodes: Sequence[ast.AST | None]) -> list[object]:
    """A list of statements, or of other nodes, without those that do nothing."""
    if isinstance(owner, ast.JoinedStr):
        return list(_joined(owner.values))
    if isinstance(owner, ast.ClassDef):
        # In a class a type hint makes a field: pydantic converts by it.
        return [_with_hint(node) for node in nodes if not _does_nothing(node)]
    return [_as_assignment(node) for node in nodes if not _does_nothing(node) and not _is_bare_hint(node)]


def _does_nothing(node: ast.AST | None) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    only_for_types = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.Pass) or only_for_types


def _is_bare_hint(node: ast.AST | None) -> bool:
    return isinstance(node, ast.AnnAssign) and node.value is None


def _as_assignment(node: ast.AST | None) -> object:
    if isinstance(node, ast.AnnAssign) and node.value:
        return ast.Assign(targets=[node.target], value=node.value)
    return node


def _with_hint(node: ast.AST | None) -> object:
    return [node, node.annotation] if isinstance(node, ast.AnnAssign) else node


def _joined(parts: Sequence[ast.expr]) -> Iterator[ast.expr]:
    """The parts of an f-string, with neighbouring texts as one: Python versions cut them differently."""
    text = ""
    for part in parts:
        if isinstance(part, ast.Constant):
            text += str(part.value)
            continue
        if text:
            yield ast.Constant(text)
        text = ""
        yield part
    if text:
        yield ast.Constant(text)
