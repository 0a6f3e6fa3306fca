"""What is known of a flow run that reads documents of the service."""

from __future__ import annotations

from typing import Literal

from olmocr_core.domain.models import Frozen


class FlowRun(Frozen):
    """One flow run, or the next one after it failed. ``id``: that of the only job, or of the batch; ``run_id``: Prefect's.

    ``tries``: flow runs that ended without having read everything. ``closed``: the service goes on by itself.
    """

    id: str
    created: float
    run_id: str = ""
    tries: int = 0
    state: Literal["open", "closed"] = "open"

    @property
    def key(self) -> str:
        """What keeps Prefect from starting it twice."""
        return f"olmocr-serve-{self.id}-{self.created:.3f}-{self.tries}"
