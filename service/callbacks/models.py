"""What a callback is."""

from __future__ import annotations

from typing import Literal

from olmocr_core.domain.models import Frozen

Target = Literal["document", "batch"]
CallbackState = Literal["waiting", "sent", "given_up"]


class Callback(Frozen):
    """One callback as it is stored. ``target_id``: the job or batch; times in seconds since 1970; ``answer``: the last one."""

    id: str
    target: Target
    target_id: str
    url: str
    created: float
    state: CallbackState = "waiting"
    tries: int = 0
    not_before: float = 0.0
    answer: str = ""
