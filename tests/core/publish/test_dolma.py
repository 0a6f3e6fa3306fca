from __future__ import annotations

import gzip
import json

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.documents.assembly import split_pages
from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import PageSpan
from olmocr_core.domain.settings import Publish
from olmocr_core.publish import read_manifest
from olmocr_core.publish.dolma import creation_date, dolma_record
from olmocr_core.publish.sanitize import to_json
from tests.core.publish.records import context, one_of_each, page, publish, record


def test_the_record_is_the_one_that_upstreams_readers_know(tmp_path):
    kept, partial = one_of_each()[:2]
    made = dolma_record(kept, context(tmp_path))
    assert list(made) == ["id", "text", "source", "added", "created", "metadata", "attributes"]
    assert made["text"] == "# Title\nHello.\nSecond page"
    assert (made["source"], made["added"], made["created"]) == ("olmocr-flows", "2026-11-22", "2024-01-31")
    assert made["attributes"] == {
        "pdf_page_numbers": [[0, 15, 1], [15, 26, 2]],
        "primary_language": ["en", "en"],
        "is_rotation_valid": [True, True],
        "rotation_correction": [0, 0],
        "is_table": [False, False],
        "is_diagram": [False, False],
    }
    made = dolma_record(partial, context(tmp_path))
    assert made["created"] == "2026-11-22"
    expected = {
        "Source-File": "/data/partial.png",
        "olmocr-version": "0.1.0",
        "pdf-total-pages": 2,
        "total-input-tokens": 5,
        "total-output-tokens": 7,
        "total-fallback-pages": 1,
        "sha256": partial.doc_id,
        "status": "partial",
        "sources": ["/data/partial.png"],
        "engines": ["cpu:tiny"],
        "page-statuses": ["ok", "fallback"],
        "page-routes": ["ocr", "fallback"],
        "page-attempts": [1, 8],
    }
    assert {key: made["metadata"][key] for key in expected} == expected
    assert made["metadata"]["reasons"] == ("1 fallback page",)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"CreationDate": "D:20240131120000+02'00'"}, "2024-01-31"),
        ({"/CreationDate": "D:20240131"}, "2024-01-31"),
        ({"creation_date": "2024-01-31T12:00:00Z"}, "2024-01-31"),
        ({"created": "2024-01-31"}, "2024-01-31"),
        ({"CreationDate": "D:20241331"}, None),
        ({"CreationDate": "D:00000000"}, None),
        ({"CreationDate": "yesterday"}, None),
        ({"ModDate": "D:20240131"}, None),
        ({}, None),
    ],
)
def test_a_document_says_when_it_was_made(metadata, expected):
    assert creation_date(metadata) == expected


def test_a_run_without_a_date_is_refused(tmp_path):
    with pytest.raises(RunError, match="ISO date-time"):
        dolma_record(record("a.pdf", "x"), context(tmp_path, created="yesterday"))


@given(st.lists(st.text(max_size=30), min_size=1, max_size=8))
def test_spans_of_a_written_record_give_the_pages_back(tmp_path_factory, texts):
    made = json.loads(to_json(dolma_record(record("a.pdf", *texts), context(tmp_path_factory.getbasetemp()))))
    spans = [
        PageSpan(start=start, end=end, page_number=number)
        for start, end, number in made["attributes"]["pdf_page_numbers"]
    ]
    # Scrubbing replaces one for one, so that positions hold whatever a text held.
    assert list(split_pages(made["text"], spans)) == [text.replace("\0", "\ufffd") for text in texts]
    assert all(len(values) == len(texts) for values in made["attributes"].values())


def test_attributes_follow_the_spans_where_a_page_has_no_summary(tmp_path):
    made = dolma_record(record("a.pdf", "one", "two", pages=(page(2, is_table=True),)), context(tmp_path))
    assert made["attributes"]["primary_language"] == [None, "en"]
    assert made["attributes"]["is_table"] == [False, True]


def test_zstd_is_read_by_its_own_tools(tmp_path):
    publish(one_of_each(), context(tmp_path), Publish(compression="zstd"))
    (path,) = (tmp_path / "dataset" / "dolma").iterdir()
    assert path.name.endswith(".jsonl.zst")
    with zstandard.open(path, "rt") as stream:
        assert len([json.loads(line) for line in stream]) == 2


def test_gzip_says_neither_name_nor_time(tmp_path):
    publish(one_of_each(), context(tmp_path), Publish())
    (path,) = (tmp_path / "dataset" / "dolma").iterdir()
    assert path.read_bytes()[3:8] == bytes(5)
    assert path.name == f"part-00000-{read_manifest(tmp_path / 'dataset').files[0].sha256[:12]}.jsonl.gz"
    assert gzip.decompress(path.read_bytes()).count(b"\n") == 2
