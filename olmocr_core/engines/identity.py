"""The identity of a served model, computed alike by a process that asks the server and by one that only plans."""

from __future__ import annotations

from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.domain.ports import EngineIdentity


def make_served_identity(
    name: str, model: str, revision: str, profile: ModelProfile, *, context: int, constrained: bool
) -> EngineIdentity:
    """The identity from model, prompt and decoding. ``name`` is the engine's, ``context`` is in tokens."""
    decoding = {
        "answer": profile.answer,
        "constrained": str(constrained),
        "context": str(context),
        "max_tokens": str(profile.max_tokens),
        "profile": profile.name,
        "rotation": profile.rotation,
    }
    return EngineIdentity(
        name=name,
        model=model,
        revision=revision,
        prompt_id=profile.effective_prompt_id,
        decoding=tuple(sorted(decoding.items())),
    )
