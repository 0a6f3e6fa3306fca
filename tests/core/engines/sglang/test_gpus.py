from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.engines.sglang.gpus import Gpu, list_gpus, parse_gpus

TORCH = """
import os
class _Card:
    def __init__(self, name, total_memory, major, minor):
        self.name, self.total_memory, self.major, self.minor = name, total_memory, major, minor
_ALL = [_Card("NVIDIA L40S", 45589 << 20, 8, 9), _Card("Tesla T4", 14914 << 20, 7, 5)]
_chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
_seen = _ALL if _chosen is None else [_ALL[int(i)] for i in _chosen.split(",") if i]
print("a library that talks")
class cuda:
    is_available = staticmethod(lambda: bool(_seen))
    device_count = staticmethod(lambda: len(_seen))
    get_device_properties = staticmethod(lambda i: _seen[i])
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "torch.py").write_text(TORCH)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CUDA_")}
    return {**kept, "PYTHONPATH": str(tmp_path)}


def test_torch_lists_the_gpus(environ: dict[str, str]) -> None:
    assert list_gpus(sys.executable, environ) == (
        Gpu(0, "NVIDIA L40S", 45_589, (8, 9)),
        Gpu(1, "Tesla T4", 14_914, (7, 5)),
    )


def test_cuda_variables_are_passed_on(environ: dict[str, str]) -> None:
    assert list_gpus(sys.executable, {**environ, "CUDA_VISIBLE_DEVICES": "1"}) == (Gpu(0, "Tesla T4", 14_914, (7, 5)),)


def test_no_gpu(environ: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"no GPU .*\(CUDA_VISIBLE_DEVICES is ''\).*--server URL.*--engine cpu"):
        list_gpus(sys.executable, {**environ, "CUDA_VISIBLE_DEVICES": ""})


def test_no_torch(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\")")
    with pytest.raises(UsageError, match=r"olmocr-flows\[gpu\]"):
        list_gpus(sys.executable, {**os.environ, "PYTHONPATH": str(tmp_path)})


def test_a_driver_that_fails(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise RuntimeError('CUDA driver initialization failed')")
    with pytest.raises(UsageError, match=r"CUDA driver initialization failed.*nvidia-smi"):
        list_gpus(sys.executable, {**os.environ, "PYTHONPATH": str(tmp_path)})


def test_a_missing_interpreter() -> None:
    with pytest.raises(UsageError, match="/no/such/python cannot be run"):
        list_gpus("/no/such/python", {})


@pytest.mark.parametrize("output", ["", "{}", "[[1]]", "nothing", "null"])
def test_output_without_a_list_of_gpus(output: str) -> None:
    if output == "{}":
        assert parse_gpus(output) == ()
        return
    with pytest.raises(UsageError, match="no list of GPUs"):
        parse_gpus(output)
