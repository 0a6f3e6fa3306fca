from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.engines.sglang.installed import inspect_sglang

STUB = Path(__file__).parent / "stub"


def install(site: Path, version: str) -> dict[str, str]:
    info = site / f"sglang-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: sglang\nVersion: {version}\n")
    return {**os.environ, "PYTHONPATH": f"{STUB}:{site}"}


def test_flags_are_read_once_a_version(tmp_path: Path) -> None:
    environ = install(tmp_path / "one", "0.5.1")
    found = inspect_sglang(sys.executable, tmp_path / "cache", environ)
    assert found.version == "0.5.1"
    assert {"--model-path", "--stub-option"} <= found.flags
    kept = tmp_path / "cache" / "sglang-0.5.1-flags.json"
    kept.write_text('["--from-the-cache"]')
    assert inspect_sglang(sys.executable, tmp_path / "cache", environ).flags == {"--from-the-cache"}
    newer = install(tmp_path / "two", "0.5.2")
    assert "--stub-option" in inspect_sglang(sys.executable, tmp_path / "cache", newer).flags
    kept.write_text("[broken")
    assert "--stub-option" in inspect_sglang(sys.executable, tmp_path / "cache", environ).flags


def test_a_read_only_cache_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environ = install(tmp_path / "one", "0.5.1")
    assert "--stub-option" in inspect_sglang(sys.executable, tmp_path / "file" / "cache", environ).flags


def test_no_sglang(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no working sglang .*olmocr-flows\[gpu\]"):
        inspect_sglang(sys.executable, tmp_path, {**os.environ, "PYTHONPATH": ""})
