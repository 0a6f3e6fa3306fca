from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.identity import bytes_digest
from olmocr_core.publish.parts import has_text, seal
from tests.core.publish.records import record


def test_a_finished_file_is_named_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "dolma").mkdir()
    for content in (b"one", b"two", b"one"):
        (tmp_path / "dolma/part").write_bytes(content)
        file = seal(tmp_path, tmp_path / "dolma/part", "dolma/part-00007-{digest}.gz", 2)
        digest = bytes_digest(content)
        assert file.path == f"dolma/part-00007-{digest[:12]}.gz"
        assert (file.records, file.bytes, file.sha256) == (2, 3, digest)
        assert (tmp_path / file.path).read_bytes() == content
    assert len(list((tmp_path / "dolma").iterdir())) == 2, "equal content is the same file"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("kept", True),
        ("partial", True),
        ("blank", False),
        ("held_back", False),
        ("failed", False),
        ("duplicate", False),
    ],
)
def test_only_kept_and_partial_documents_are_published_with_their_text(status: str, expected: bool) -> None:
    assert has_text(record("a.pdf", "text", status=status)) is expected
