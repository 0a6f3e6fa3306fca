"""The registry of engines, and the example of docs/extending.md exactly as it is printed there."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from flows.cli.main import parse
from olmocr_core import process_pdf_file
from olmocr_core.domain.errors import RunError, UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.settings import Settings
from olmocr_core.engines import (
    AUTO,
    ENGINES,
    EngineName,
    check_engine_name,
    find_installed_engines,
    list_engine_names,
    load_engine_module,
)
from olmocr_core.storage.runs import Workspace
from olmocr_core.wiring import check_engine, open_runtime, resolve_engine_name
from tests.conftest import REPO

# Writes the size of the image that it gets, as a program that reads pages would write their text.
PROGRAM = "import sys; print('An image of', 'many' if len(sys.stdin.buffer.read()) > 9 else 'no', 'bytes.')"
COMMAND = f'{sys.executable} -c "{PROGRAM}"'


def blocks(language: str) -> list[str]:
    page = (REPO / "docs" / "extending.md").read_text("utf-8")
    section = page.split("## An engine\n")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def install(folder: Path, name: str, points: dict[str, str], module: str) -> None:
    """A distribution as pip leaves it: a module, and its metadata with entry points."""
    (folder / f"{name.replace('-', '_')}.py").write_text(module, "utf-8")
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    lines = ["[olmocr_flows.engines]", *(f"{key} = {value}" for key, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines), "utf-8")


@pytest.fixture
def site_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path for distributions, which this process forgets afterwards."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    find_installed_engines.cache_clear()
    yield folder
    find_installed_engines.cache_clear()
    for name in set(sys.modules) - before:
        if (sys.modules[name].__dict__.get("__file__") or "").startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def example(site_packages: Path) -> None:
    (module,) = blocks("python")
    (project,) = map(tomllib.loads, blocks("toml"))
    points = project["project"]["entry-points"]["olmocr_flows.engines"]
    install(site_packages, project["project"]["name"], points, module)
    assert distribution("ocr-command").version == "1.0"


@pytest.mark.usefixtures("example")
def test_the_documented_engine_reads_pages(samples: Path, tmp_path: Path) -> None:
    settings = load_settings({"engine": "command", "model": COMMAND, "orchestration": {"workers": 1}}, environ={})
    check_engine(settings)
    record = process_pdf_file(samples / "code_and_formula.pdf", settings=settings, workspace=tmp_path / "workspace")
    assert record.status == "kept"
    assert record.text.splitlines() == ["An image of many bytes."] * record.page_count
    assert {page.engine for page in record.pages} == {f"command:{COMMAND}"}


@pytest.mark.usefixtures("example")
async def test_the_documented_engine_opens_and_is_offered_everywhere(tmp_path: Path) -> None:
    settings = Settings(engine="command", model="true")
    async with open_runtime(settings, Workspace(tmp_path)) as runtime:
        assert (runtime.engine.identity.name, runtime.engine.device, runtime.serving) == ("command", "cpu", None)
    assert list_engine_names()[-1] == "command"
    assert parse(["run", "x.pdf", "--engine", "command"]).engine == "command"
    assert TypeAdapter(EngineName).json_schema()["enum"][-1] == "command"
    with pytest.raises(UsageError, match="needs a program"):
        resolve_engine_name(Settings(engine="command"))


@pytest.mark.usefixtures("example")
def test_a_program_that_fails_costs_its_pages_and_one_that_is_missing_ends_the_run(samples: Path) -> None:
    options = {"engine": "command", "orchestration": {"workers": 1}}
    record = process_pdf_file(
        samples / "code_and_formula.pdf", settings=load_settings({**options, "model": "false"}, environ={})
    )
    assert {page.status for page in record.pages} == {"fallback"}
    assert all(page.error is not None and "exit status 1" in page.error.message for page in record.pages)
    with pytest.raises(RunError, match="no-such-program cannot be run"):
        process_pdf_file(
            samples / "code_and_formula.pdf",
            settings=load_settings({**options, "model": "no-such-program"}, environ={}),
        )


def test_the_documented_line_is_one_of_the_registry() -> None:
    (diff,) = blocks("diff")
    source = (REPO / "olmocr_core" / "engines" / "__init__.py").read_text("utf-8")
    kept = [line[1:] for line in diff.splitlines() if not line.startswith("+")]
    assert "\n".join(kept) in source


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_of_ours_has_a_module_that_opens_it(name: str) -> None:
    assert callable(load_engine_module(name).open_engine)


def test_the_names_are_ours_and_auto() -> None:
    assert list_engine_names()[: len(ENGINES) + 1] == (AUTO, *ENGINES)
    assert check_engine_name(AUTO) == AUTO


def test_an_unknown_engine_is_an_error_that_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="no engine 'gpt'; engines: auto, cpu, sglang, server, replay, instant"):
        resolve_engine_name(Settings(engine="gpt"))
    with pytest.raises(ValidationError, match="no engine 'gpt'"):
        TypeAdapter(EngineName).validate_python("gpt")
    with pytest.raises(SystemExit) as ended:
        parse(["run", "x.pdf", "--engine", "gpt"])
    assert ended.value.code == 2
    assert "no engine 'gpt'" in capsys.readouterr().err


def test_an_entry_point_cannot_take_the_name_of_an_engine_of_ours(site_packages: Path) -> None:
    install(site_packages, "thief", {"cpu": "thief", "auto": "thief", "mine": "thief"}, "")
    assert set(find_installed_engines()) == {"mine"}
    assert load_engine_module("cpu").__name__ == "olmocr_core.engines.cpu"  # type: ignore[attr-defined]


def test_an_engine_that_cannot_be_imported_is_named(site_packages: Path) -> None:
    install(site_packages, "broken", {"broken": "broken"}, "import no_such_library\n")
    with pytest.raises(
        UsageError, match=r"engine 'broken': its entry point broken cannot be loaded: .*no_such_library"
    ):
        load_engine_module("broken")
