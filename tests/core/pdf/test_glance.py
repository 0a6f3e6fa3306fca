from pathlib import Path

import pytest

from olmocr_core.models import PageRef
from olmocr_core.pdf.glance import compare_with_layer
from olmocr_core.pdf.session import SessionSettings, WorkerSession
from olmocr_core.settings import Settings


@pytest.fixture
def session() -> WorkerSession:
    settings = Settings()
    return WorkerSession(SessionSettings(settings.limits, settings.render, settings.cpu, settings.routing, ()))


def first_page(path: Path, kind: str = "pdf") -> PageRef:
    stat = path.stat()
    return PageRef.model_validate(
        {
            "doc_id": "0" * 64,
            "kind": kind,
            "location": str(path),
            "size_bytes": stat.st_size,
            "mtime_ns": stat.st_mtime_ns,
            "page_number": 1,
        }
    )


def test_a_reading_is_held_against_a_layer_that_can_be_trusted(session: WorkerSession, samples: Path) -> None:
    page = first_page(samples / "code_and_formula.pdf")
    nothing = compare_with_layer(session, page, "")
    something = compare_with_layer(session, page, "JavaScript Code Example Lorem ipsum dolor sit amet")
    assert nothing["layer_character_recall"] == 0
    assert 0 < float(something["layer_character_recall"] or 0) < 1
    assert set(something) == {"layer_character_recall", "layer_number_recall"}


@pytest.mark.parametrize(
    ("name", "kind"), [("scan_rotated_90.pdf", "pdf"), ("blank.pdf", "pdf"), ("phototest.tif", "image")]
)
def test_without_such_a_layer_there_is_nothing_to_hold_against(
    session: WorkerSession, samples: Path, name: str, kind: str
) -> None:
    assert compare_with_layer(session, first_page(samples / name, kind), "any text") == {}
