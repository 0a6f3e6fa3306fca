"""What a worker process keeps between calls: settings, the document it has open, models loaded once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from olmocr_core.models import Document, PageRef
from olmocr_core.settings import Cpu, Limits, Render, Routing

if TYPE_CHECKING:
    from olmocr_core.pdf.open import OpenPdf


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """The settings that reach a worker. Passwords are tried after the empty one and shown nowhere."""

    limits: Limits = field(default_factory=Limits)
    render: Render = field(default_factory=Render)
    cpu: Cpu = field(default_factory=Cpu)
    routing: Routing = field(default_factory=Routing)
    passwords: tuple[str, ...] = field(default=(), repr=False)


@dataclass(slots=True)
class WorkerSession:
    """The first argument of every op. One process, one call at a time: nothing here needs a lock."""

    settings: SessionSettings
    memo: dict[str, Any] = field(default_factory=dict)
    _open: tuple[tuple[str, int, int], OpenPdf] | None = None

    def pdf(self, ref: Document | PageRef) -> OpenPdf:
        """The PDF behind ``ref``, open; the last one stays open, so consecutive pages do not open it again.

        Raises UnreadableDocument, EncryptedDocument or DocumentChanged.
        """
        from olmocr_core.pdf.open import check_unchanged, open_pdf

        check_unchanged(ref, self.settings.limits)
        key = (ref.location, ref.size_bytes, ref.mtime_ns)
        if self._open and self._open[0] == key:
            return self._open[1]
        self.close()
        opened = open_pdf(ref, self.settings.passwords)
        self._open = (key, opened)
        return opened

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """The value of ``memo[name]``, made at the first call: for models that take long to load."""
        if name not in self.memo:
            self.memo[name] = make()
        return self.memo[name]

    def close(self) -> None:
        """Close the open document, if any."""
        if self._open:
            self._open[1].close()
            self._open = None
