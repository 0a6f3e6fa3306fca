from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.engines.sglang.model import find_model, find_problems, read_facts
from tests.core.engines.sglang.checkpoint import make_checkpoint, weights

HUB = """
import os, sys
def snapshot_download(name, revision=None, ignore_patterns=()):
    {body}
"""


def hub(folder: Path, body: str) -> dict[str, str]:
    (folder / "huggingface_hub.py").write_text(HUB.format(body=body))
    return {**os.environ, "PYTHONPATH": str(folder)}


def test_a_whole_checkpoint(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "m", shards=2, quantization_config={"quant_method": "fp8"})
    assert find_problems(folder) == ()
    assert find_model(str(folder)) == folder
    facts = read_facts(folder, "name")
    assert (facts.name, facts.kv_bytes, facts.heads, facts.max_context, facts.quantization) == (
        "name",
        57_344,
        28,
        128_000,
        "fp8",
    )


def test_needs_are_read_from_text_config_too(tmp_path: Path) -> None:
    text = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 64, "head_dim": 32}
    folder = make_checkpoint(tmp_path / "m", text_config=text, num_key_value_heads=None)
    (folder / "model.safetensors").write_bytes(weights(3 << 20))
    facts = read_facts(folder)
    assert facts.kv_bytes == 2 * 2 * 2 * 4 * 32
    assert (facts.weights_mb, facts.name) == (3, "m")


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        ("config.json", None, "holds no config.json"),
        ("tokenizer.json", None, "no tokenizer"),
        ("preprocessor_config.json", None, "takes no images"),
        ("model-2-of-2.safetensors", None, "model-2-of-2.safetensors is missing"),
        ("model-1-of-2.safetensors", weights()[:-1], "has .* bytes instead of .*: download it again"),
        ("model-1-of-2.safetensors", weights()[:9], "cut short"),
        ("model-1-of-2.safetensors", b"", "cut short"),
        ("model-1-of-2.safetensors", b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        ("model.safetensors.index.json", b"{", "cannot be read"),
    ],
)
def test_what_is_missing_or_broken_is_named(tmp_path: Path, file: str, content: bytes | None, problem: str) -> None:
    folder = make_checkpoint(tmp_path / "m", shards=2)
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    with pytest.raises(UsageError, match=problem):
        find_model(str(folder))


def test_no_weights_at_all(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "m")
    (folder / "model.safetensors").unlink()
    assert find_problems(folder) == ("it has no weights (*.safetensors)",)


@pytest.mark.parametrize("name", ["/no/such/folder", "./nothing", "word", "a/b/c"])
def test_paths_are_never_downloaded(name: str) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        find_model(name, python="/no/such/python")


def test_a_config_that_is_no_json(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "m")
    (folder / "config.json").write_text("{")
    with pytest.raises(UsageError, match=r"config\.json"):
        read_facts(folder)


def test_a_name_is_downloaded_with_its_revision(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "m")
    environ = hub(tmp_path, f"print('noise'); return {str(folder)!r} if (name, revision) == ('a/b', 'r1') else 1/0")
    assert find_model("a/b", revision="r1", python=sys.executable, environ=environ) == folder


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "raise type('RepositoryNotFoundError', (Exception,), {})('404')",
            "neither a local folder nor a model on the hub",
        ),
        ("raise type('LocalEntryNotFoundError', (Exception,), {})('offline')", "the hub cannot be reached"),
        ("raise type('OfflineModeIsEnabled', (Exception,), {})('offline')", "HF_HUB_OFFLINE forbids"),
        ("raise type('GatedRepoError', (Exception,), {})('403')", "HF_TOKEN"),
        ("raise OSError(28, 'No space left on device')", "disk is full"),
        ("raise ValueError('something else')", "ValueError: something else"),
        ("raise ModuleNotFoundError(\"No module named 'requests'\")", "no huggingface_hub"),
    ],
)
def test_a_download_that_fails_says_why(tmp_path: Path, body: str, reason: str) -> None:
    with pytest.raises(UsageError, match=f"model a/b: .*{reason}"):
        find_model("a/b", python=sys.executable, environ=hub(tmp_path, body))
