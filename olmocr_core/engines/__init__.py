"""Engines: what turns a page image into a transcription. A new engine is a module and a line in ``ENGINES``.

Other packages add engines by an entry point in the group ``olmocr_flows.engines`` (docs/extending.md). Engine modules are
imported when they are used: this list is light.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import AfterValidator

from olmocr_core.domain.errors import UsageError

if TYPE_CHECKING:
    from olmocr_core.engines.base import EngineModule

ENGINES: Mapping[str, str] = {
    "cpu": "olmocr_core.engines.cpu",
    "sglang": "olmocr_core.engines.sglang.engine",
    "server": "olmocr_core.engines.server",
    "replay": "olmocr_core.engines.replay",
    "instant": "olmocr_core.engines.scripted",
}
AUTO = "auto"
ENTRY_POINT_GROUP = "olmocr_flows.engines"


def list_engine_names() -> tuple[str, ...]:
    """What the setting ``engine`` may be: ``auto``, our engines, and those of other packages that are installed."""
    return (AUTO, *ENGINES, *sorted(find_installed_engines()))


def check_engine_name(name: str) -> str:
    """The name. Raises UsageError for one that no engine has."""
    if name != AUTO and name not in ENGINES and name not in find_installed_engines():
        raise UsageError(f"there is no engine {name!r}; engines: {', '.join(list_engine_names())}")
    return name


def load_engine_module(name: str) -> EngineModule:
    """The module of an engine. Raises UsageError for an unknown name and for a module that cannot be imported."""
    check_engine_name(name)
    if name in ENGINES:
        return cast("EngineModule", import_module(ENGINES[name]))
    point = find_installed_engines()[name]
    try:
        return cast("EngineModule", point.load())
    except (ImportError, AttributeError) as error:
        raise UsageError(f"engine {name!r}: its entry point {point.value} cannot be loaded: {error}") from error


@cache
def find_installed_engines() -> dict[str, EntryPoint]:
    """The entry points of engines in other packages, by name; looked up once, in 13 ms."""
    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP) if point.name not in (AUTO, *ENGINES)}


def _validate(name: str) -> str:
    try:
        return check_engine_name(name)
    except UsageError as error:
        raise ValueError(str(error)) from error


class _Choices:
    """Lists the engines in a JSON schema, so that forms offer them; looked up when the schema is made."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        return {**handler(core_schema), "enum": list(list_engine_names())}


EngineName = Annotated[str, AfterValidator(_validate), _Choices]
"""The type of a parameter that names an engine: validated, with the names as choices in its JSON schema."""
