"""The identity of an SGLang that other machines launch, for processes that plan, draw and publish without a GPU.

Every page key holds the engine's identity. It follows from settings that name the model exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from olmocr_core.domain.errors import RunError, UsageError
from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.domain.models import Completion
from olmocr_core.domain.ports import EngineIdentity, PageRequest
from olmocr_core.domain.settings import Inference, Settings
from olmocr_core.engines.base import EngineDefaults
from olmocr_core.engines.identity import make_served_identity
from olmocr_core.engines.server_engine import set_image_size
from olmocr_core.engines.sglang.arguments import find_context_length
from olmocr_core.engines.sglang.process import SglangConfig, is_folder
from olmocr_core.reading.model_profiles import choose_profile


@dataclass(frozen=True)
class RemoteSglang(EngineDefaults):
    """An engine that has an identity and reads nothing: ``transcribe`` raises RunError."""

    identity: EngineIdentity
    profile: ModelProfile
    concurrency: int = 1

    @property
    def device(self) -> Literal["cpu", "gpu"]:
        """The GPUs of other machines."""
        return "gpu"

    def adapt_settings(self, settings: Settings) -> Settings:
        """Draw pages in the size that the model was trained on."""
        return set_image_size(settings, self.profile)

    async def transcribe(self, request: PageRequest) -> Completion:
        """Raise RunError: no model runs here."""
        where = f"page {request.page.page_number} of {request.page.location}"
        raise RunError(f"{where} has to be read where SGLang runs: this process only plans and publishes")


def make_remote_sglang(config: SglangConfig, inference: Inference) -> RemoteSglang:
    """The identity that an SGLang launched with ``config`` has. Raises UsageError when settings do not determine it."""
    if not config.revision and not is_folder(config.model):
        raise UsageError(
            f"model {config.model} is dispatched to GPU workers: name its commit or tag (sglang.revision), so that all of them "
            "read with the same weights, or give the folder where every worker has it"
        )
    profile = choose_profile(inference.profile, (config.model, config.served_name), inference.profiles)
    context = min(profile.context, find_context_length(config.arguments))
    identity = make_served_identity(
        "sglang", config.served_name, config.revision, profile, context=context, constrained=inference.constrained
    )
    return RemoteSglang(identity, profile)
