"""Generate docs/settings.md from the settings model."""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import FiniteFloat
from pydantic.fields import FieldInfo

from olmocr_core.domain.load_settings import ENV_PREFIX
from olmocr_core.domain.output_formats import FORMATS
from olmocr_core.domain.settings import Group, Settings
from olmocr_core.engines import AUTO, ENGINES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
INTRODUCTION = """# Settings

<!-- Made by scripts/generate_settings_docs.py from olmocr_core/domain/settings.py; do not edit. -->

All settings have defaults. Four places can change them; later ones win:

1. a profile: a TOML file, named by `--profile FILE` or by the variable `OLMOCR_PROFILE`;
2. the environment: `OLMOCR_` and the key in capitals, with two underscores between group and name;
3. flags of `olmocr-flows run`, among them `--set KEY=VALUE` for any key;
4. parameters of the flow `convert`: `engine`, `pages_per_task`, and `options` for all others.

An unknown key is an error that names the key and where it stands, and so is a value out of range. A list may be text
with commas: `OLMOCR_PUBLISH__FORMATS=dolma,markdown`.

The same change in all four:

```toml
# profile.toml
[render]
encoding = "png"
```

```sh
OLMOCR_RENDER__ENCODING=png olmocr-flows run scans/
olmocr-flows run scans/ --set render.encoding=png
```

```json
{"sources": ["scans/"], "options": {"render": {"encoding": "png"}}}
```

Settings that change an answer are part of the recipe of a page: the engine and its settings, the group `render`, the
attempts and temperatures of `ladder`, and for the `cpu` engine the groups `cpu` and `routing`. Pages that were read with
other values are read again. All other settings may change from run to run without reading a page twice.

`OLMOCR_HOME` is not a setting of a run: it names the folder for the database and log of the local Prefect server.
`OLMOCR_SERVE_*` are the settings of the [HTTP service](service.md).
"""


def render_page() -> str:
    """Render the page as Markdown."""
    groups = [(name, field) for name, field in Settings.model_fields.items() if _group(field)]
    plain = {name: field for name, field in Settings.model_fields.items() if not _group(field)}
    parts = [INTRODUCTION, "\n".join(["## General", "", *_table("", plain)])]
    parts += ["\n".join(_section(name, field)) for name, field in groups]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _section(name: str, field: FieldInfo) -> Iterator[str]:
    group = _group(field)
    assert group is not None
    yield f"## {name}"
    yield ""
    yield (group.__doc__ or "").strip().splitlines()[0]
    yield ""
    inner = {key: value for key, value in group.model_fields.items() if _group(value)}
    yield from _table(f"{name}.", {key: value for key, value in group.model_fields.items() if key not in inner})
    for key, value in inner.items():
        nested = _group(value)
        assert nested is not None
        yield from ("", f"{value.description}:", "", *_table(f"{name}.{key}.", dict(nested.model_fields)))


def _table(prefix: str, fields: dict[str, FieldInfo]) -> Iterator[str]:
    yield "| key | default | values | meaning |"
    yield "| --- | --- | --- | --- |"
    for name, field in fields.items():
        values = NAMED_ELSEWHERE.get(f"{prefix}{name}", _values)(field)
        cells = (f"`{prefix}{name}`", _default(field.get_default()), values, field.description or "")
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _engines(_field: FieldInfo) -> str:
    return f"{', '.join(f'`{name}`' for name in (AUTO, *ENGINES))}, or [one of another package](extending.md)"


def _formats(_field: FieldInfo) -> str:
    return f"list of {', '.join(f'`{name}`' for name in FORMATS)}"


# The values of these settings are registries, which other packages may add to.
NAMED_ELSEWHERE: Mapping[str, Callable[[FieldInfo], str]] = {"engine": _engines, "publish.formats": _formats}


def _group(field: FieldInfo) -> type[Group] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Group) else None


def _default(value: Any) -> str:
    if value is None or value in ((), {}):
        return "none"
    if isinstance(value, tuple):
        return f"`{','.join(map(str, value))}`"
    return f"`{str(value).lower() if isinstance(value, bool) else _escaped(value)}`"


def _escaped(value: Any) -> str:
    text = repr(value)[1:-1] if isinstance(value, str) else str(value)
    return text if text.isprintable() else repr(value)


def _values(field: FieldInfo) -> str:
    limits = [_limit(rule) for rule in field.metadata]
    return ", ".join([_kind(field.annotation), *filter(None, limits)])


def _kind(kind: Any) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return ", ".join(f"`{_escaped(value)}`" for value in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_kind(each) for each in arguments if each is not type(None))
    if origin is tuple:
        return f"list of {_kind(arguments[0])}"
    if origin is dict:
        return "numbers by name" if arguments[1] == FiniteFloat else "tables by name"
    return {int: "whole number", float: "number", bool: "true or false", str: "text"}[kind]


def _limit(rule: Any) -> str:
    words = (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than"))
    return next((f"{text} {getattr(rule, name):g}" for name, text in words if hasattr(rule, name)), "")


def main() -> int:
    """Write the page; with ``--check`` only check whether it is current."""
    if "--check" in sys.argv[1:]:
        return 0 if PAGE.read_text("utf-8") == render_page() else 1
    PAGE.write_text(render_page(), "utf-8")
    print(f"wrote {PAGE}; keys in the environment begin with {ENV_PREFIX}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
