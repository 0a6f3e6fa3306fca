"""An SGLang that other machines launch: who it will be, for processes that plan, draw and publish but never ask it.

A night's parent and its rendering run where no GPU is. What they need of the engine is its identity, since that is part of
every page key; it follows from the settings when these pin the model down.
"""

from __future__ import annotations

from dataclasses import dataclass

from olmocr_core.domain.errors import RunError, UsageError
from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.domain.models import Completion
from olmocr_core.domain.ports import EngineIdentity, PageRequest
from olmocr_core.domain.settings import Inference
from olmocr_core.engines.identity import served_identity
from olmocr_core.engines.sglang.arguments import context_length
from olmocr_core.engines.sglang.process import SglangConfig, is_folder
from olmocr_core.reading.model_profiles import choose_profile


@dataclass(frozen=True, slots=True)
class RemoteSglang:
    """The engine in name only: asking it for a page is a RunError."""

    identity: EngineIdentity
    profile: ModelProfile
    concurrency: int = 1

    async def transcribe(self, request: PageRequest) -> Completion:
        """Raise RunError: no model runs here."""
        where = f"page {request.page.page_number} of {request.page.location}"
        raise RunError(f"{where} has to be read where SGLang runs: this process only plans and publishes")

    async def aclose(self) -> None:
        """Nothing runs here."""


def remote_sglang(config: SglangConfig, inference: Inference) -> RemoteSglang:
    """Who the SGLang of ``config`` will be once it is launched. Raises UsageError when that cannot be told."""
    if not config.revision and not is_folder(config.model):
        raise UsageError(
            f"model {config.model} is dispatched to GPU workers: name its commit or tag (sglang.revision), so that all of them "
            "read with the same weights, or give the folder where every worker has it"
        )
    profile = choose_profile(inference.profile, (config.model, config.served_name), inference.profiles)
    context = min(profile.context, context_length(config.arguments))
    identity = served_identity(
        "sglang", config.served_name, config.revision, profile, context=context, constrained=inference.constrained
    )
    return RemoteSglang(identity, profile)
