from __future__ import annotations

import json

import pandas as pd
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.models import Source
from olmocr_core.domain.settings import Publish
from olmocr_core.publish.tables import DOCUMENTS, PAGES, document_row, page_rows, table_writers
from tests.core.publish.records import context, one_of_each, page, publish, record


def tables(tmp_path, records, **settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    publish(records, context(tmp_path), Publish(formats=("parquet",), **settings))
    folder = tmp_path / "dataset" / "parquet"
    return pd.read_parquet(folder / "documents"), pd.read_parquet(folder / "pages")


def test_every_document_is_a_row_and_only_kept_and_partial_ones_have_their_text(tmp_path):
    documents, pages = tables(tmp_path, one_of_each())
    assert list(documents["status"]) == ["kept", "partial", "blank", "held_back", "failed", "duplicate"]
    assert documents["text"].notna().tolist() == [True, True, False, False, False, False]
    assert list(documents["reasons"].iloc[3]) == ["too short"]
    assert documents["created"].iloc[0] == "2024-01-31"
    assert documents["fallback_pages"].tolist() == [0, 1, 0, 0, 0, 0]
    assert documents["duplicate_of"].iloc[5] == "d" * 64
    assert len(pages) == 8
    assert pages["text"].dropna().tolist() == ["# Title\nHello.", "Second page", "First", "raw"]
    assert pages["error_code"].dropna().tolist() == ["page_timeout"]


def test_each_page_carries_its_text_and_its_place_in_the_document(tmp_path):
    documents, pages = tables(tmp_path, [record("a.pdf", "one", "", "drei ä𐀀", "four")])
    text = documents["text"].iloc[0]
    assert pages["text"].tolist() == ["one", "", "drei ä𐀀", "four"]
    assert pages["page_number"].tolist() == [1, 2, 3, 4]
    cut = [text[start:end] for start, end in zip(pages["start"], pages["end"], strict=True)]
    assert "".join(cut) == text
    assert [piece.removesuffix("\n") for piece in cut] == pages["text"].tolist()


def test_main_signals_are_columns_and_all_are_json(tmp_path):
    signals = {
        "characters": 12,
        "language": "de",
        "ink": 0.25,
        "layer_trusted": True,
        "language_confidence": float("nan"),
    }
    _, pages = tables(tmp_path, [record("a.pdf", "x", pages=(page(1, signals=signals),))])
    row = pages.iloc[0]
    assert (row["characters"], row["language"], row["ink"]) == (12, "de", 0.25)
    assert json.loads(row["signals"]) == signals | {"language_confidence": None}


def test_a_signal_of_another_type_than_its_column_does_not_stop_publishing():
    row = document_row(record("a.pdf", "x", signals={"characters": "many", "language": 7}))
    assert row["characters"] is None
    assert row["language"] is None
    assert json.loads(row["signals"]) == {"characters": "many", "language": 7}


def test_tables_without_rows_still_have_their_columns(tmp_path):
    documents, pages = (
        pq.read_table(tmp_path / file.path) for writer in table_writers(tmp_path, Publish()) for file in writer.finish()
    )
    assert documents.schema.names == DOCUMENTS.names
    assert pages.schema.names == PAGES.names
    assert documents.num_rows == pages.num_rows == 0


def test_part_files_rotate_and_schemas_are_those_promised(tmp_path):
    documents, pages = tables(tmp_path, [record(f"{n}.pdf", "x", "y") for n in range(5)], documents_per_file=2)
    assert (len(documents), len(pages)) == (5, 10)
    for folder, schema in (("documents", DOCUMENTS), ("pages", PAGES)):
        parts = sorted((tmp_path / "dataset" / "parquet" / folder).iterdir())
        assert len(parts) == 3
        assert all(pq.read_schema(part).equals(schema) for part in parts)


@given(text=st.text(st.characters(codec=None)), name=st.text(st.characters(codec=None)))
def test_whatever_is_said_makes_rows_that_arrow_takes(text, name):
    import pyarrow as pa

    from olmocr_core.publish.sanitize import scrub

    said = record("a.pdf", text, sources=(Source(uri=name, name=name),), reasons=(text,), metadata={name: text})
    said = said.model_copy(update={"pages": (page(1, notes=(text,), signals={name: text}),)})
    table = pa.Table.from_pylist([scrub(document_row(said))], schema=DOCUMENTS)
    assert len(table["text"][0].as_py()) == len(text)
    assert pa.Table.from_pylist([scrub(row) for row in page_rows(said)], schema=PAGES).num_rows == 1
