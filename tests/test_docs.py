"""The documentation says what the code does: settings, errors, fields, links and commands."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import olmocr_core
from flows.cli.main import build_parser
from olmocr_core.documents.counts import DocumentCounts, PageCounts
from olmocr_core.domain import errors
from olmocr_core.domain.errors import OlmocrError
from olmocr_core.domain.models import DocumentRecord, PageRecord, PageSpan, PageSummary, Source
from olmocr_core.domain.settings import Settings
from olmocr_core.publish.context import PublishContext
from olmocr_core.publish.dolma import dolma_record
from olmocr_core.publish.manifest import Manifest
from scripts import generate_settings_docs as generator

REPO = Path(__file__).resolve().parent.parent
DOCS = REPO / "docs"
PAGES = sorted(DOCS.glob("*.md"))
WRITTEN = [REPO / "README.md", REPO / "CONTRIBUTING.md", REPO / "CHANGELOG.md", REPO / "RELEASE_PROCESS.md", *PAGES]
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+\.(?:md|png|svg))(?:#[^)]*)?\)")


def read(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def documented(page: str) -> set[str]:
    """Everything that a page sets in code type inside a table."""
    rows = [line for line in page.splitlines() if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def json_examples(page: str) -> list[dict[str, Any]]:
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]


def test_the_settings_page_is_current() -> None:
    assert read("settings.md") == generator.render_page(), "run: python -m scripts.generate_settings_docs"


def test_every_setting_says_what_it_means() -> None:
    silent = [line for line in generator.render_page().splitlines() if line.startswith("| `") and line.endswith("|  |")]
    assert silent == []


def error_classes(root: type[OlmocrError] = OlmocrError) -> list[type[OlmocrError]]:
    children = [kind for kind in root.__subclasses__() if kind.__module__ == errors.__name__]
    return [*children, *(each for child in children for each in error_classes(child))]


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_says_what_it_means_and_what_to_do(kind: type[OlmocrError]) -> None:
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", read("errors.md"), re.DOTALL | re.MULTILINE))
    section = sections[kind.__name__]
    assert f"`{kind('').code}`" in section
    assert re.search(r"What to do: \w+", section)


def test_every_other_code_of_a_reason_says_what_to_do() -> None:
    sources = "".join(path.read_text() for path in (REPO / "olmocr_core").rglob("*.py"))
    codes = set(re.findall(r'\bcode="(\w+)"', sources)) - {kind("").code for kind in error_classes()}
    assert "page_missing" in codes
    other = read("errors.md").partition("## Not an error class")[2]
    assert [code for code in codes if not re.search(rf"`{code}`.*?What to do: \w+", other, re.DOTALL)] == []


def test_no_error_is_described_that_does_not_exist() -> None:
    assert set(re.findall(r"^### (\w+)", read("errors.md"), re.MULTILINE)) == {
        each.__name__ for each in error_classes()
    }


def a_record() -> DocumentRecord:
    page = PageSummary(page_number=1, status="ok", route="ocr", engine="cpu:x", attempts=1)
    return DocumentRecord(
        doc_id="a" * 64,
        sources=(Source(uri="/a.pdf", name="a.pdf"),),
        kind="pdf",
        status="kept",
        text="text",
        spans=(PageSpan(start=0, end=4, page_number=1),),
        pages=(page,),
        page_count=1,
    )


def test_every_field_of_dolma_is_documented() -> None:
    record = dolma_record(
        a_record(), PublishContext(workspace=Path("/w"), run="r", created="2026-11-22T00:00:00+00:00")
    )
    names = {name for name in record if name not in ("metadata", "attributes")}
    names |= {f"{group}.{name}" for group in ("metadata", "attributes") for name in record[group]}
    assert names - documented(read("formats.md")) == set()
    (example,) = [found for found in json_examples(read("formats.md")) if "attributes" in found]
    assert set(example) == set(record)
    assert set(example["metadata"]) == set(record["metadata"])
    assert set(example["attributes"]) == set(record["attributes"])


def test_every_column_of_parquet_is_documented() -> None:
    from olmocr_core.publish.tables import DOCUMENTS, PAGES

    page = read("formats.md")
    documents, pages = (part.split("dataset/parquet/")[0] for part in page.split("dataset/parquet/")[1:3])
    assert set(DOCUMENTS.names) - documented(documents) == set()
    assert set(PAGES.names) - documented(pages) == set()


def test_the_examples_have_the_fields_of_the_formats() -> None:
    examples = json_examples(read("formats.md"))
    manifest = Manifest.model_validate(next(found for found in examples if "files" in found))
    assert manifest.counts.documents == manifest.counts.ended
    assert set(Manifest.model_fields) - documented(read("formats.md")) == set()
    report = next(found for found in examples if "pages_per_second" in found)
    assert set(report["counts"]) == set(DocumentCounts.model_fields)
    assert PageCounts(**report["pages"]).ended == report["pages"]["total"]
    record = next(found for found in examples if "accepted_attempt" in found)
    assert set(record) == set(PageRecord.model_fields)
    PageRecord.model_validate(record)


def test_concepts_tell_every_status_and_route() -> None:
    names = documented(read("concepts.md"))
    for model, field in ((PageRecord, "status"), (PageRecord, "route"), (DocumentRecord, "status")):
        values = model.model_fields[field].annotation.__args__  # type: ignore[union-attr]
        assert set(values) - names == set(), field


def test_every_flag_and_command_is_mentioned_somewhere() -> None:
    text = "\n".join(path.read_text("utf-8") for path in WRITTEN)
    help_text = build_parser().format_help()
    for command in ("run", "server", "doctor"):
        assert command in help_text
        assert f"olmocr-flows {command}" in text
    for flag in ("--workspace", "--formats", "--retry-failed", "--set", "--profile", "--ephemeral", "--password-file"):
        assert f"{flag}" in text


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    targets = [target for target in LINK.findall(path.read_text("utf-8")) if "://" not in target]
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", [*WRITTEN, DOCS / "conf.py"], ids=lambda path: path.name)
def test_no_page_names_a_machine(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.findall(r"(?<![\w.])/(?:home|root|tmp|work|Users)/[\w./-]*", text) == []


def test_every_page_is_in_the_table_of_contents() -> None:
    (toctree,) = re.findall(r"```\{toctree\}\n(.*?)```", read("index.md"), re.DOTALL)
    listed = {line for line in toctree.splitlines() if line and not line.startswith(":")}
    assert listed == {path.stem for path in PAGES} - {"index"}


def api_targets() -> dict[str, Any]:
    """What the reference of the Python API is made from, by its dotted name."""
    names = re.findall(r"^\.\. auto(?:function|class):: (\S+)$", read("api.md"), re.MULTILINE)
    found = {}
    for name in names:
        module, _, item = name.rpartition(".")
        found[name] = getattr(importlib.import_module(module), item)
    return found


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models of the project that a field's type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def test_the_api_page_covers_the_public_names() -> None:
    targets = api_targets()
    assert {f"olmocr_core.{name}" for name in olmocr_core.__all__} <= set(targets)
    assert ".. automodule:: olmocr_core.domain.errors" in read("api.md")


def test_the_api_page_covers_what_its_records_are_made_of() -> None:
    records = [item for item in api_targets().values() if isinstance(item, type) and issubclass(item, BaseModel)]
    parts = {
        part
        for record in records
        if record is not Settings
        for field in record.model_fields.values()
        for part in models_in(field.annotation)
    }
    assert parts - set(records) == set()


def test_the_changelog_knows_the_version() -> None:
    changelog = (REPO / "CHANGELOG.md").read_text("utf-8")
    version = importlib.metadata.version("olmocr-flows")
    assert "## [Unreleased]" in changelog or f"## [{version}]" in changelog


def test_the_documentation_builds_without_warnings(tmp_path: Path) -> None:
    pytest.importorskip("furo", reason="the extra 'docs' is not installed")
    pytest.importorskip("myst_parser", reason="the extra 'docs' is not installed")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", str(DOCS), str(tmp_path / "html")]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "html" / "settings.html").is_file()


def test_the_page_on_reliability_names_tests_that_exist() -> None:
    named = re.findall(r"`(tests/[\w/.]+)`", (DOCS / "reliability.md").read_text("utf-8"))
    assert len(named) > 20
    assert [path for path in named if not (REPO / path).exists()] == []


def test_every_setting_of_the_service_is_documented() -> None:
    from service.settings import ServiceSettings, show_default

    rows = re.findall(
        r"^\| `(OLMOCR_SERVE_\w+)` \| `(--[\w-]+)` \| (.*?) \| (.*) \|$", read("service.md"), re.MULTILINE
    )
    assert rows == [
        (
            f"OLMOCR_SERVE_{name.upper()}",
            f"--{name.replace('_', '-')}",
            f"`{show_default(field.default)}`" if show_default(field.default) else "",
            field.description,
        )
        for name, field in ServiceSettings.model_fields.items()
    ]
