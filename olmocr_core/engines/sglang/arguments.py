"""From GPUs and a model to the command line of SGLang. Pure; docs/gpu.md shows the results for common cards."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from olmocr_core.domain.errors import UsageError
from olmocr_core.engines.sglang.gpus import Gpu
from olmocr_core.engines.sglang.model import ModelFacts

Value = str | int | float | bool | None | Sequence[str | int | float]

CONTEXT = 16_384
# What a finished page takes in the KV cache: 1,656 image tokens, the prompt, about 1,000 tokens of answer.
PAGE_TOKENS = 3_000
_MOST_RUNNING = 512
_ALIASES = {
    "--model": "--model-path",
    "--tp": "--tp-size",
    "--tensor-parallel-size": "--tp-size",
    "--dp": "--dp-size",
    "--data-parallel-size": "--dp-size",
}
# Set elsewhere in the settings: one value must not have two sources.
_NOT_HERE = {
    "--model-path": "the setting model",
    "--served-model-name": "the setting model",
    "--port": "the setting for the server's port",
}


class Arguments(NamedTuple):
    """``values`` for the command line, ``notes`` for people, ``max_running`` pages at once on all replicas (0: unknown)."""

    values: tuple[str, ...]
    notes: tuple[str, ...]
    max_running: int


class _Shape(NamedTuple):
    tp: int
    dp: int
    fraction: float
    running: int


def build_arguments(
    gpus: Sequence[Gpu],
    model: ModelFacts,
    overrides: Mapping[str, Value] | None = None,
    accepted_flags: Collection[str] | None = None,
    *,
    served_name: str = "olmocr",
    port: int = 30000,
) -> Arguments:
    """The best arguments for ``model`` on ``gpus``.

    ``overrides`` replace ours by name (``mem_fraction_static`` or ``--mem-fraction-static``): True is a bare flag, False and
    None remove ours, a sequence becomes several values, and other names are passed on. ``accepted_flags`` are those of the
    installed SGLang (None: all): ours that it lacks are left out with a note. Raises UsageError for an override that it
    lacks, for a model that does not fit, and for no GPU without ``device=cpu``.
    """
    wanted = _normalise(overrides or {})
    ours: dict[str, Value] = {
        "--model-path": model.path,
        "--served-model-name": served_name,
        "--host": "127.0.0.1",
        "--port": port,
        "--context-length": min(CONTEXT, model.max_context or CONTEXT),
        "--enable-metrics": True,
        "--enable-cache-report": True,
        "--log-level-http": "warning",
    }
    notes: list[str] = []
    running = 0
    if str(wanted.get("--device", "cuda")) != "cpu":
        shape = _shape(gpus, model, wanted, notes)
        running = (int(_number(wanted, "--max-running-requests")) or shape.running) * shape.dp
        ours |= _for_gpus(gpus, shape)
    values = _spell(ours, wanted, accepted_flags, notes)
    return Arguments(values, tuple(notes), running)


def find_context_length(overrides: Mapping[str, Value]) -> int:
    """The context of the launched server in tokens, unless its model has less."""
    return int(_number(_normalise(overrides), "--context-length")) or CONTEXT


def _for_gpus(gpus: Sequence[Gpu], shape: _Shape) -> dict[str, Value]:
    memory = min(gpu.memory_mb for gpu in gpus)
    capability = min(gpu.compute_capability for gpu in gpus)
    ours: dict[str, Value] = {
        "--mem-fraction-static": shape.fraction,
        # Larger chunks use the card better but need memory beside the cache.
        "--chunked-prefill-size": 2048 if memory < 20_000 else 4096 if memory < 40_000 else 8192,
        # Per replica.
        "--max-running-requests": shape.running,
    }
    if capability < (8, 0):
        ours["--dtype"] = "half"
    if capability < (7, 5):
        ours |= {"--attention-backend": "triton", "--sampling-backend": "pytorch"}
    if shape.tp > 1:
        ours["--tp-size"] = shape.tp
    if shape.dp > 1:
        ours["--dp-size"] = shape.dp
    return ours


def _shape(gpus: Sequence[Gpu], model: ModelFacts, wanted: Mapping[str, Value], notes: list[str]) -> _Shape:
    if not gpus:
        raise UsageError("there is no GPU to launch SGLang on: read with --server URL or --engine cpu")
    memory = min(gpu.memory_mb for gpu in gpus)
    if memory != max(gpu.memory_mb for gpu in gpus):
        notes.append(
            f"the GPUs differ: arguments are made for the smallest, {memory} MiB (CUDA_VISIBLE_DEVICES chooses)"
        )
    if model.quantization and min(gpu.compute_capability for gpu in gpus) < (8, 0):
        notes.append(
            f"{model.quantization} weights need compute capability 8.0: choose the 16-bit weights if SGLang refuses these"
        )
    fraction = _number(wanted, "--mem-fraction-static") or _fraction(memory)
    room = memory * fraction
    kv_bytes = model.kv_bytes / (2 if str(wanted.get("--kv-cache-dtype", "")).startswith("fp8") else 1)
    context = _number(wanted, "--context-length") or min(CONTEXT, model.max_context or CONTEXT)
    one_page = context * kv_bytes / 2**20
    tp = int(_number(wanted, "--tp-size")) or _smallest_tp(len(gpus), model, room, one_page)
    if not tp:
        raise UsageError(
            f"model {model.name} needs {model.weights_mb + one_page:.0f} MiB for weights and one page; {len(gpus)} GPU(s) with "
            f"{room:.0f} MiB to give are too small: use the FP8 weights, a lower context-length or larger cards"
        )
    dp = int(_number(wanted, "--dp-size")) or len(gpus) // tp
    if dp * tp < len(gpus):
        notes.append(f"{len(gpus) - dp * tp} of {len(gpus)} GPUs stay unused: {dp} replica(s) take {tp} each")
    left = max(0.0, room * tp - model.weights_mb) * 2**20
    return _Shape(tp, dp, fraction, _running(left / (PAGE_TOKENS * kv_bytes)) if kv_bytes else 64)


def _fraction(memory_mb: int) -> float:
    """The share of a card for weights and cache. Activations, the vision tower and CUDA graphs take the rest."""
    return 0.75 if memory_mb < 20_000 else 0.80 if memory_mb < 40_000 else 0.85


def _smallest_tp(gpus: int, model: ModelFacts, room_mb: float, one_page_mb: float) -> int:
    """The fewest cards that hold the model, since replicas are faster than a split model. 0 when all are too small."""
    fits = (
        tp
        for tp in (1, 2, 4, 8)
        if tp <= gpus and model.heads % tp == 0 and room_mb * tp > model.weights_mb + one_page_mb
    )
    return next(fits, 0)


def _running(pages: float) -> int:
    """The pages at once, rounded down to a multiple of 8 from 8 on."""
    whole = max(1, min(_MOST_RUNNING, int(pages)))
    return whole - whole % 8 if whole >= 8 else whole


def _normalise(overrides: Mapping[str, Value]) -> dict[str, Value]:
    wanted = {}
    for name, value in overrides.items():
        flag = "--" + name.lstrip("-").replace("_", "-")
        flag = _ALIASES.get(flag, flag)
        if flag in _NOT_HERE:
            raise UsageError(f"SGLang's {flag} is decided by {_NOT_HERE[flag]}, not by an argument")
        wanted[flag] = value
    return wanted


def _spell(
    ours: Mapping[str, Value], wanted: Mapping[str, Value], accepted: Collection[str] | None, notes: list[str]
) -> tuple[str, ...]:
    values: list[str] = []
    for flag, value in {**ours, **wanted}.items():
        if value is None or value is False:
            continue
        if accepted is not None and flag not in accepted:
            if flag in wanted:
                raise UsageError(f"the installed SGLang has no argument {flag}{_alike(flag, accepted)}")
            notes.append(f"the installed SGLang has no {flag}: left out")
            continue
        values += [flag] if value is True else [flag, *_words(value)]
    return tuple(values)


def _words(value: Value) -> list[str]:
    return [str(value)] if isinstance(value, (str, int, float)) or value is None else [str(item) for item in value]


def _alike(flag: str, accepted: Collection[str]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(flag, sorted(accepted), n=3, cutoff=0.6)
    return f"; it has {', '.join(found)}" if found else ""


def _number(wanted: Mapping[str, Value], flag: str) -> float:
    value = wanted.get(flag)
    if value is None or value is False:
        return 0.0
    try:
        return float(str(value))
    except ValueError as error:
        raise UsageError(f"SGLang's {flag} is a number, not {value!r}") from error
