"""What a batch is: documents in an order, each a job of its own or the reason why it is none."""

from __future__ import annotations

from olmocr_core.domain.identity import value_digest
from olmocr_core.domain.models import ErrorInfo, Frozen

_ID_LENGTH = 32


class BatchItem(Frozen):
    """A document of a batch under the name that it has there: ``job`` is the id of its job, ``error`` says why it has none."""

    filename: str
    job: str | None = None
    error: ErrorInfo | None = None


class Batch(Frozen):
    """A batch as it is stored. ``created``: seconds since 1970."""

    id: str
    created: float
    items: tuple[BatchItem, ...]

    @property
    def jobs(self) -> tuple[str, ...]:
        """The ids of its jobs, each once."""
        return tuple(dict.fromkeys(item.job for item in self.items if item.job))


def batch_id(items: tuple[BatchItem, ...]) -> str:
    """The id of a batch, from what it holds: the same documents with the same options and names are the same batch."""
    return value_digest([item.model_dump(mode="json") for item in items])[:_ID_LENGTH]
