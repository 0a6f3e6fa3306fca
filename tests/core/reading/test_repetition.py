import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.reading.repetition import WINDOW, RepetitionDetector, _longest_run, _may_loop, find_repeated_unit


@pytest.mark.parametrize(
    ("unit", "times"),
    [("la ", 400), ("The same sentence again. ", 60), ("<tr><td></td><td></td></tr>\n", 60), ("x" * 199 + "\n", 14)],
)
def test_loops_are_found(unit: str, times: int) -> None:
    found = find_repeated_unit("A page begins well enough. " + unit * times)
    assert found is not None
    assert found in unit * 3


def test_a_loop_cut_in_the_middle_of_its_unit_is_found() -> None:
    assert find_repeated_unit("Start. " + "one two three four " * 80 + "one two th")


def bibliography() -> str:
    names = ["Smith", "Chen", "Müller", "Okafor"]
    return "\n".join(f"[{i}] {names[i % 4]}, J. Journal of Things {i % 7}({i}), {1900 + i}." for i in range(200))


def numbers() -> str:
    rng = random.Random(7)
    return "\n".join(f"{i}\t{rng.randint(0, 9)}.{rng.randint(0, 99):02d}" for i in range(400))


ORDINARY = {
    "bibliography": bibliography(),
    "number column": numbers(),
    "contents with leaders": "\n".join(f"Chapter {i} {'.' * 80} {i * 7}" for i in range(60)),
    "empty form rows": "<table>" + "<tr><td>Name</td><td></td></tr>" * 25 + "</table>",
    "code": "\n".join(f"    if value == {i}:\n        return {i}" for i in range(200)),
    "long rule": "Heading\n" + "-" * 300,
    "white space": "text" + " " * 5000,
}


@pytest.mark.parametrize("text", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_pages_are_left_alone(text: str) -> None:
    assert find_repeated_unit(text) is None


@given(st.text(alphabet="abc \n", max_size=900))
def test_short_texts_are_never_loops(text: str) -> None:
    assert find_repeated_unit(text) is None


@given(st.text(alphabet="abcdef 123", min_size=3, max_size=150).filter(str.strip), st.text(max_size=200))
def test_any_unit_repeated_long_enough_is_found(unit: str, before: str) -> None:
    times = max(31, 1100 // len(unit) + 1)
    assert find_repeated_unit(before + unit * times) is not None


def test_the_stream_is_stopped_soon_after_the_loop_is_certain() -> None:
    detector = RepetitionDetector()
    fed = 0
    for chunk in ["A page. "] * 1 + ["again and again "] * 500:
        fed += len(chunk)
        if detector.feed(chunk):
            break
    assert 1000 <= fed <= 2000


@given(
    st.text(alphabet="ab\n", max_size=60), st.integers(1, 1100), st.integers(1, 40), st.randoms(use_true_random=False)
)
def test_the_cheap_test_has_no_false_negatives(before: str, period: int, times: int, rng: random.Random) -> None:
    unit = "".join(rng.choices("abcdefgh", k=period))
    text = (before + unit * times)[-WINDOW:].rstrip()
    if _longest_run(text[::-1]):
        assert _may_loop(text[::-1])
