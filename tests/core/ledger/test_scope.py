from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.ledger.scope import Scope


@pytest.mark.parametrize(
    ("spec", "inside", "outside"),
    [
        ("/in", ["/in/a.pdf", "/in/b/c.pdf"], ["/inside/a.pdf", "/in/.hidden/a.pdf", "/in/.a.pdf", "/a.pdf"]),
        ("/in/", ["/in/a.pdf"], ["/other/a.pdf", "s3://in/a.pdf"]),
        ("/in/a.pdf", ["/in/a.pdf"], ["/in/b.pdf", "/in/a.pdf.pdf"]),
        ("/in/*.pdf", ["/in/a.pdf"], ["/in/b/a.pdf", "/in/a.png", "/in/.a.pdf"]),
        ("/in/2*", ["/in/2024", "/in/2024/deep/a.pdf"], ["/in/1999/2.pdf"]),
        ("/in/**/*.pdf", ["/in/a.pdf", "/in/b/c/a.pdf"], ["/in/a.png"]),
        ("/", ["/in/a.pdf"], ["s3://bucket/a.pdf"]),
        ("s3://bucket/in/", ["s3://bucket/in/a.pdf", "s3://bucket/in/b/c.pdf"], ["s3://bucket/inside/a.pdf"]),
        ("s3://bucket/in", ["s3://bucket/in", "s3://bucket/in/a.pdf"], ["s3://other/in/a.pdf", "s3://bucket/in/.x/a"]),
        ("s3://bucket", ["s3://bucket/a.pdf"], ["s3://bucket2/a.pdf"]),
        ("s3://bucket/in/*", ["s3://bucket/in/a.pdf"], ["s3://bucket/in/b/c.pdf"]),
        ("s3://bucket/**/*.pdf", ["s3://bucket/a.pdf", "s3://bucket/b/c.pdf"], ["s3://bucket/a.png"]),
        ("/in/[ab].pdf", ["/in/a.pdf"], ["/in/c.pdf", "/in/[ab].pdf"]),
    ],
)  # fmt: skip
def test_a_source_covers_what_its_listing_would_name(spec: str, inside: list[str], outside: list[str]) -> None:
    scope = Scope([spec])
    assert [uri for uri in inside if not scope.covers(uri)] == []
    assert [uri for uri in outside if scope.covers(uri)] == []


def test_a_name_that_looks_like_a_glob_is_a_name_where_there_is_such_a_file(tmp_path: Path) -> None:
    (tmp_path / "[ab]").mkdir()
    scope = Scope([str(tmp_path / "[ab]")])
    assert scope.covers(f"{tmp_path}/[ab]/x.pdf")
    assert not scope.covers(f"{tmp_path}/a/x.pdf")


def test_what_could_not_be_looked_into_is_not_covered() -> None:
    scope = Scope(["/in"], ["/in/locked"])
    assert scope.covers("/in/a.pdf")
    assert not scope.covers("/in/locked/deep/a.pdf")
