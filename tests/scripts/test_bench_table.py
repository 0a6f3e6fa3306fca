"""The benchmark table of all tools: stored texts, reported facts, and the page."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from olmocr_core.bench.data import BenchData, read_bench
from olmocr_core.bench.result import BenchResult, CategoryScore
from olmocr_core.bench.texts import read_texts
from scripts import bench_table
from scripts.other_tools.results_table import BEGIN, END, Row, format_results, replace_between
from scripts.other_tools.text_store import find_texts_folder, measure_seconds_per_page, read_all
from scripts.other_tools.tools import Package, Pages, extract_pages, list_tools

READER = Path(bench_table.__file__).parent / "other_tools" / "read_pdf.py"


@dataclass
class Scripted:
    """A tool with given answers that records its calls."""

    answers: dict[str, Pages]
    name: str = "scripted"
    licence: str = "MIT"
    about: str = "scripted"
    asked: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    def prepare(self) -> str:
        return ""

    def version(self) -> str:
        return "1.0 beta/2"

    def read(self, pdf: Path, matters: Sequence[int]) -> Pages:
        self.asked.append((pdf.name, tuple(matters)))
        return self.answers[pdf.name]


@pytest.fixture
def data(tmp_path: Path) -> BenchData:
    (tmp_path / "bench" / "pdfs").mkdir(parents=True)
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / "bench" / "pdfs" / name).write_bytes(b"%PDF")
    checks = [{"pdf": "a.pdf", "page": 2, "id": "1", "type": "present", "text": "two"}]
    (tmp_path / "bench" / "kind.jsonl").write_text("\n".join(map(json.dumps, checks)))
    return read_bench(tmp_path / "bench")


def test_texts_are_stored_at_once_and_not_read_again(data: BenchData, tmp_path: Path) -> None:
    tool = Scripted({"a.pdf": Pages(("one", "two"), 3.0, 1.0)})
    folder = find_texts_folder(tool, tmp_path)
    assert folder.name == "scripted-1.0-beta-2"
    folder.mkdir()
    with pytest.raises(KeyError):
        read_all(tool, data, folder, lambda _: None)
    tool.answers["b.pdf"] = Pages((), 1.0, 1.0, "broken")
    read_all(tool, data, folder, lambda _: None)
    assert tool.asked == [("a.pdf", (1, 2)), ("b.pdf", (1,)), ("b.pdf", (1,))]
    assert read_texts(folder, data.pdfs).texts == {("a.pdf", 1): ("one",), ("a.pdf", 2): ("two",), ("b.pdf", 1): ("",)}
    # Three pages: a document without text counts as one.
    assert measure_seconds_per_page(folder) == (pytest.approx(4 / 3), pytest.approx(2 / 3), 1)


def scores(name: str, **rates: tuple[int, int]) -> dict[str, object]:
    categories = {
        key: CategoryScore(passed=passed, judged=all_, total=max(all_, 1)) for key, (passed, all_) in rates.items()
    }
    judged = [score.rate for score in categories.values() if score.judged]
    mean = sum(judged) / len(judged)
    result = BenchResult(candidate=name, categories=categories, mean=mean, interval=(mean - 0.05, mean + 0.05))
    return result.model_dump(mode="json")


def rows(*names: str) -> dict[str, Row]:
    return {name: Row(name, "MIT", "defaults", 2.0, 1.0) for name in names}


def test_the_table_has_the_best_first_and_says_where_ours_is_behind() -> None:
    made = [scores("other", old=(9, 10), new=(10, 100)), scores("ours", old=(8, 10), new=(90, 100))]
    text = format_results(made, rows("ours", "other"), {"third": "needs java"})
    assert "| checks that hold (checks) | new (100) | old (10) | mean |" in text
    assert text.index("| ours | **90.0%** | 80.0% | **85.0% ± 5.0** | 2.00 | 1.00 |") < text.index(
        "| other | 10.0% | **90.0%** |"
    )
    assert "Ahead of ours: other in old by 10.0%, less than the interval." in text
    assert "Left out: third (needs java)." in text


def test_being_behind_by_more_than_the_interval_is_reported() -> None:
    made = [scores("ours", new=(10, 100)), scores("other", new=(90, 100))]
    assert "other in new by 80.0%, more than the interval" in format_results(made, rows("ours", "other"), {})


def test_leading_every_category_and_missing_verdicts_are_reported() -> None:
    text = format_results([scores("ours", new=(10, 100), math=(0, 0))], rows("ours"), {})
    assert "Ours is behind no other tool in any category." in text
    assert "| ours | no verdict | **10.0%** |" in text
    assert "1 checks have no verdict" in text


def test_only_what_is_between_the_markers_is_replaced() -> None:
    page = f"before {BEGIN} old {END} after"
    once = replace_between(page, "new")
    assert once == f"before {BEGIN}\n\nnew\n\n{END} after"
    assert replace_between(once, "new") == once


def test_a_reader_says_pages_and_seconds_in_its_own_process() -> None:
    pdf = Path(__file__).parents[1] / "data" / "equations.pdf"
    done = subprocess.run([sys.executable, READER, "pypdfium2", pdf, "1"], capture_output=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["count"] == len(answer["pages"]) == 1
    assert "the paragraph goes on about" in answer["pages"][0]
    assert answer["seconds"]["wall"] > 0


def test_a_slow_tool_gets_only_the_needed_pages(tmp_path: Path) -> None:
    pdf = Path(__file__).parents[1] / "data" / "equations.pdf"
    assert extract_pages(pdf, (1,), tmp_path / "all.pdf") is None
    double = pdfium.PdfDocument(pdf)
    double.import_pages(double)
    double.save(tmp_path / "double.pdf")
    made = extract_pages(tmp_path / "double.pdf", (2,), tmp_path / "cut.pdf")
    assert made is not None
    assert len(pdfium.PdfDocument(made)) == 1


def test_a_tool_whose_programs_are_missing_is_left_out(tmp_path: Path) -> None:
    package = Package("x", "MIT", "", tmp_path, programs=("no-such-program",))
    assert package.prepare() == "needs no-such-program"
    assert not (tmp_path / "x").exists()


def test_every_tool_has_a_name_of_its_own_and_a_licence(tmp_path: Path) -> None:
    tools = list_tools(tmp_path)
    assert len({tool.name for tool in tools}) == len(tools)
    assert all(tool.licence for tool in tools)


def test_invalid_checks_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_table.main([str(tmp_path / "nothing"), "--work", str(tmp_path)]) == 2
    assert "nothing" in capsys.readouterr().err
