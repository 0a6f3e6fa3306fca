import csv
import json
from pathlib import Path

import pytest


@pytest.fixture
def small_corpus(tmp_path: Path) -> Path:
    for folder in ("pdfs", "images", "tests", "gt"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pdfs" / "a.pdf").write_bytes(b"a")
    (tmp_path / "images" / "b.png").write_bytes(b"b")
    columns = ["file", "pages", "tags", "must_appear", "must_not_appear", "ground_truth", "gt_kind"]
    rows = [
        ["pdfs/a.pdf", "2", "tables born-digital", "one || two", "three", "gt/a.md", "human"],
        ["pdfs/gone.pdf", "1", "scan", "four", "", "", ""],
    ]
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    (tmp_path / "gt" / "a.md").write_text("one two words")
    (tmp_path / "gt" / "b.json").write_text('{"total": "86.00"}')
    test = {"pdf": "a.pdf", "page": 1, "id": "t1", "type": "table", "cell": "x", "left": "y", "case_sensitive": None}
    (tmp_path / "tests" / "t.jsonl").write_text(json.dumps(test) + "\n\n")
    return tmp_path
