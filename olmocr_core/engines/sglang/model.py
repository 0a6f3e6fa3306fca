"""The files of the model: found or downloaded before the server starts, checked, and read for their needs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.json_parsing import load_json

_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json")
_MOST_JSON_BYTES = 100_000_000
_POINTER = b"version https://git-lfs"
_DOWNLOAD = """
import sys
from huggingface_hub import snapshot_download
print(snapshot_download(sys.argv[1], revision=sys.argv[2] or None, ignore_patterns=["*.pth", "*.bin", "*.gguf", "original/*"]))
"""


class ModelFacts(NamedTuple):
    """What a model needs of a GPU. Weights in MiB; ``kv_bytes`` per token of context in 16 bits, over all layers."""

    name: str
    path: str
    weights_mb: int
    kv_bytes: int
    heads: int
    max_context: int
    quantization: str = ""


def find_model(
    name: str, *, revision: str = "", python: str = sys.executable, environ: Mapping[str, str] | None = None
) -> Path:
    """The folder of the model ``name``: a local folder, or the download of a model on the hub.

    The download runs in the environment of ``python`` with its variables (HF_HOME, HF_TOKEN, HF_HUB_OFFLINE) and skips
    files that are there. Raises UsageError when there is no such model, the hub cannot be reached, or files are missing.
    """
    folder = Path(name).expanduser()
    if not (folder.exists() or name.startswith(("/", ".", "~")) or name.count("/") != 1):
        folder = _download(name, revision, python, dict(os.environ if environ is None else environ))
    problems = find_problems(folder)
    if problems:
        raise UsageError(f"model {name}: {'; '.join(problems)}")
    return folder


def find_problems(folder: Path) -> tuple[str, ...]:
    """The problems that keep the model in a folder from being served; empty when it is complete."""
    if not folder.is_dir():
        return (f"there is no folder {folder}",)
    problems = []
    if not (folder / "config.json").is_file():
        problems.append(f"{folder} holds no config.json, so it is no model")
    if not any((folder / file).is_file() for file in _TOKENIZERS):
        problems.append("it has no tokenizer (tokenizer.json)")
    if not any((folder / file).is_file() for file in ("preprocessor_config.json", "processor_config.json")):
        problems.append("it has no preprocessor_config.json, so it takes no images")
    return (*problems, *_missing_weights(folder))


def read_facts(folder: Path, name: str = "") -> ModelFacts:
    """The needs of a model, from its config and the size of its files. Raises UsageError when the config is no JSON."""
    try:
        config: dict[str, Any] = load_json((folder / "config.json").read_bytes(), _MOST_JSON_BYTES)
    except (OSError, ValueError) as error:
        raise UsageError(f"model {name or folder}: config.json: {error}") from error
    text = {**config, **config.get("text_config", {})}
    heads = int(text.get("num_attention_heads") or 1)
    kv_heads = int(text.get("num_key_value_heads") or heads)
    width = int(text.get("head_dim") or int(text.get("hidden_size") or 0) // heads)
    size = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    return ModelFacts(
        name=name or folder.name,
        path=str(folder),
        weights_mb=size >> 20,
        kv_bytes=2 * 2 * int(text.get("num_hidden_layers") or 0) * kv_heads * width,
        heads=heads,
        max_context=int(text.get("max_position_embeddings") or 0),
        quantization=str(config.get("quantization_config", {}).get("quant_method", "")),
    )


def _missing_weights(folder: Path) -> list[str]:
    index = folder / "model.safetensors.index.json"
    try:
        names = (
            sorted(set(load_json(index.read_bytes(), _MOST_JSON_BYTES)["weight_map"].values()))
            if index.is_file()
            else []
        )
    except (ValueError, KeyError, AttributeError) as error:
        return [f"{index.name} cannot be read: {error}"]
    paths = [folder / name for name in names] or sorted(folder.glob("*.safetensors"))
    if not paths:
        return ["it has no weights (*.safetensors)"]
    broken = {path.name: _what_is_wrong(path) for path in paths}
    return [f"{name} {problem}" for name, problem in broken.items() if problem]


def _what_is_wrong(path: Path) -> str:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
            header = b"" if start == _POINTER[:8] else file.read(min(int.from_bytes(start, "little"), _MOST_JSON_BYTES))
    except OSError:
        return "is missing"
    if start == _POINTER[:8]:
        return "is a Git LFS pointer, not the file itself: run git lfs pull"
    try:
        tensors = load_json(header, _MOST_JSON_BYTES)
        end = max((value["data_offsets"][1] for key, value in tensors.items() if key != "__metadata__"), default=0)
    except (ValueError, KeyError, TypeError, AttributeError):
        return "is no safetensors file or is cut short"
    return (
        ""
        if size == 8 + len(header) + end
        else f"has {size} bytes instead of {8 + len(header) + end}: download it again"
    )


def _download(name: str, revision: str, python: str, environment: dict[str, str]) -> Path:
    try:
        answer = subprocess.run(
            [python, "-c", _DOWNLOAD, name, revision], env=environment, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise UsageError(f"model {name}: {python} cannot be run: {error}") from error
    if answer.returncode == 0:
        return Path(answer.stdout.strip().splitlines()[-1])
    raise UsageError(f"model {name}: {_why_not(answer.stderr, python)}")


def _why_not(stderr: str, python: str) -> str:
    last = stderr.strip().splitlines()[-1][:300] if stderr.strip() else "no message"
    reasons = (
        ("No module named", f"it is no local folder, and {python} has no huggingface_hub to download it with"),
        ("GatedRepo", "its page wants you to accept its terms: do so, then set HF_TOKEN"),
        ("RepositoryNotFound", "it is neither a local folder nor a model on the hub (a private one needs HF_TOKEN)"),
        ("RevisionNotFound", "the hub has no such revision of it"),
        (
            "LocalEntryNotFound",
            "it is not on this machine and the hub cannot be reached: give the folder that holds it",
        ),
        ("OfflineModeIsEnabled", "it is not on this machine and HF_HUB_OFFLINE forbids the download"),
        ("ConnectError", "the hub cannot be reached: give the folder that holds it"),
        ("ConnectionError", "the hub cannot be reached: give the folder that holds it"),
        ("No space left", "the disk is full: free some space or move HF_HOME"),
    )
    return next((f"{text} ({last})" for mark, text in reasons if mark in stderr), last)
