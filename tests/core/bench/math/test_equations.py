from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.bench.math.equations import find_delimited_equations, find_equations

PUBLISHED = (r"\\\((.+?)\\\)", r"\\\[(.+?)\\\]", r"\$\$(.+?)\$\$", r"\$(.+?)\$")


def test_each_kind_of_delimiter_after_the_other():
    text = r"$a$ then \( b \), $$c$$ and \[d" + "\n" + r"e\]"
    assert find_delimited_equations(text) == ["b", "d\ne", "c", "a"]
    assert find_delimited_equations(text, ignore_dollars=True) == ["b", "d\ne"]


@given(
    st.lists(st.sampled_from(["$", "$$", r"\(", r"\)", r"\[", r"\]", "\\", "x", " ", "\n"])).map("".join), st.booleans()
)
def test_delimited_equations_are_those_of_the_published_patterns(text, ignore_dollars):
    found, rest = [], text
    for pattern in PUBLISHED[: 2 if ignore_dollars else 4]:
        found += [inner.strip() for inner in re.findall(pattern, rest, re.DOTALL)]
        rest = re.sub(pattern, "", rest, flags=re.DOTALL)
    assert find_delimited_equations(text, ignore_dollars=ignore_dollars) == found


def test_prices_do_not_hide_a_formula():
    text = "It costs $5 today, and $x+1$ is more than $4."
    assert "x+1" in find_equations(text)
    assert "x+1" not in find_delimited_equations(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\begin{equation}a\end{equation}", r"\begin{equation}a\end{equation}"),
        (r"\begin{eqnarray*} a \end{eqnarray*}", r"\begin{align*}a\end{align*}"),
        (r"\begin{displaymath} a \end{displaymath}", "a"),
    ],
)
def test_environments_need_no_delimiters(text, expected):
    assert find_equations(text) == [expected]
    assert find_delimited_equations(text) == []


def test_an_environment_between_dollars_is_left_out_with_them():
    text = r"$$\begin{align}a\end{align}$$ $\begin{align}b\end{align}$ \begin{align}c\end{align}"
    assert find_equations(text, ignore_dollars=True) == [r"\begin{align}c\end{align}"]


def test_equal_equations_occur_once_and_empty_ones_never():
    assert find_equations(r"$a$ \(a\) \( \)") == ["a"]


@pytest.mark.parametrize("opening", [r"\(", r"\[", "$$", "$5 ", r"\begin{align} "])
def test_unclosed_delimiters_take_linear_time(opening):
    start = time.monotonic()
    find_equations(opening * 20_000 + "x")
    assert time.monotonic() - start < 20
