from __future__ import annotations

import pytest

from olmocr_core.bench.math.chromium import find_chromium
from olmocr_core.bench.math.katex import find_cache_folder, find_katex
from olmocr_core.bench.run import find_equation_checker
from olmocr_core.domain.errors import UsageError


def test_a_missing_chromium_is_reported_with_the_install_command():
    with pytest.raises(UsageError, match=r"there is no Chromium on this machine; run `make setup-bench`"):
        find_chromium(lambda name: None)
    assert find_chromium(lambda name: "/bin/chrome" if name == "google-chrome" else None) == "/bin/chrome"


def test_katex_is_searched_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert find_cache_folder() == tmp_path / "olmocr-flows"
    with pytest.raises(UsageError, match=r"katex\.min\.js does not exist; run `make setup-bench`"):
        find_katex()


def test_another_release_is_refused(files):
    with pytest.raises(UsageError, match=r"katex\.min\.js is not from KaTeX 0\.16"):
        find_katex(files.folder)


def test_without_a_renderer_a_math_check_has_no_verdict_with_the_reason(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    verdict = find_equation_checker().check("x", "$x$")
    assert verdict.passed is None
    assert "make setup-bench" in verdict.explanation


def test_fonts_are_embedded_in_the_page(katex):
    page = katex.build_page()
    assert page.count("url(data:font/woff2;base64,") >= 20
    assert "url(fonts/" not in page


def test_fonts_are_not_needed_in_compat_mode(katex, tmp_path):
    for name in ("katex.min.js", "katex.min.css"):
        (tmp_path / name).write_bytes((katex.folder / name).read_bytes())
    with pytest.raises(UsageError, match="has no fonts"):
        find_katex(tmp_path)
    assert find_katex(tmp_path, with_fonts=False).with_fonts is False
