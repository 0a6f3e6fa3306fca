from __future__ import annotations

import pytest

from olmocr_core.bench.data import read_bench
from olmocr_core.domain.errors import UsageError
from tests.core.bench.examples import present, write_checks


def test_each_file_is_a_category_and_each_pdf_has_a_baseline_check(folder):
    data = read_bench(folder)
    assert {name: len(checks) for name, checks in data.categories.items()} == {"one": 2, "two": 1, "baseline": 2}
    assert set(read_bench(folder, skip_baseline=True).categories) == {"one", "two"}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"type": "smell"}, "smell"),
        ({"max_difs": 2}, "max_difs"),
        ({"max_diffs": -1}, "max_diffs"),
        ({"text": "  "}, "empty"),
        ({"pdf": "z.pdf"}, "z.pdf is not under pdfs/"),
        ({"page": 0}, "page"),
    ],
)
def test_an_invalid_check_is_named_with_its_line(folder, fault, told):
    write_checks(folder / "one.jsonl", present(1, "alpha"), present(2, "beta") | fault)
    with pytest.raises(UsageError, match=r"one\.jsonl, line 2: ") as raised:
        read_bench(folder)
    assert told in str(raised.value)


def test_other_errors_of_a_folder(folder):
    (folder / "one.jsonl").write_text("{oops", encoding="utf-8")
    with pytest.raises(UsageError, match="line 1"):
        read_bench(folder)
    write_checks(folder / "one.jsonl", present(1, "alpha"), present(1, "beta"))
    with pytest.raises(UsageError, match="twice"):
        read_bench(folder)
    with pytest.raises(UsageError, match="contains no"):
        read_bench(folder / "pdfs")


@pytest.mark.parametrize("fault", [{"type": "smell"}, {"max_difs": 2}])
def test_invalid_checks_are_reported_in_compat_mode_too(folder, fault):
    write_checks(folder / "one.jsonl", present(1, "alpha") | fault)
    with pytest.raises(UsageError, match=r"one\.jsonl, line 1: "):
        read_bench(folder, compat=True)
