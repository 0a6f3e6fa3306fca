"""Stands in for sgl_kernel, whose builds are for GPUs and for CPUs with AMX only. For tests, never for work.

sglang imports it when told to run on a CPU. Of what it holds, serving a Qwen2.5-VL without AMX calls one function;
everything else raises when it is called, so nothing is computed wrongly in silence.
"""

from __future__ import annotations

import torch
from torch import library as operators

__version__ = "0.0.0+standin"

# Model files read these names off torch.ops when they are imported; an absent one silently unregisters the models.
_READ_AT_IMPORT = (
    "fused_qk_gemma_rmsnorm_cpu",
    "fused_qk_gemma_rmsnorm_with_gate_cpu",
    "fused_qkvzba_split_reshape_cat_contiguous_cpu",
    "fused_sigmoid_mul_cpu",
)
_library = operators.Library("sgl_kernel", "FRAGMENT")
for _name in _READ_AT_IMPORT:
    _library.define(f"{_name}(Tensor unused) -> Tensor")


def assign_req_to_token_pool_cpu(pool_indices, req_to_token, starts, ends, cache_locations, _pool_width):
    """Write each request's new cache locations into its row of the table, between its start and its end."""
    lengths = (ends - starts).tolist()
    pieces = torch.split(cache_locations[: sum(lengths)], lengths)
    for row, start, end, piece in zip(pool_indices.tolist(), starts.tolist(), ends.tolist(), pieces, strict=True):
        req_to_token[row, start:end] = piece.to(req_to_token.dtype)


def __getattr__(name: str):
    if name.startswith("__"):
        raise AttributeError(name)

    def unavailable(*_args, **_kwargs):
        raise NotImplementedError(f"sgl_kernel.{name} needs a GPU or a CPU with AMX; this is a stand-in for tests")

    return unavailable
