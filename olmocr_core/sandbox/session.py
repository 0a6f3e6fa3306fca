"""What a worker process keeps between calls: settings, the open file, and models that were loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

from olmocr_core.domain.settings import Cpu, Limits, Render, Routing


class Closeable(Protocol):
    """Something that holds a file open."""

    def close(self) -> None:
        """Close the file."""


_Opened = TypeVar("_Opened", bound=Closeable)


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """The settings that a worker receives. Passwords are tried after the empty one and never shown."""

    limits: Limits = field(default_factory=Limits)
    render: Render = field(default_factory=Render)
    cpu: Cpu = field(default_factory=Cpu)
    routing: Routing = field(default_factory=Routing)
    passwords: tuple[str, ...] = field(default=(), repr=False)


@dataclass(slots=True)
class WorkerSession:
    """The first argument of every operation. A worker runs one call at a time, so nothing here needs a lock."""

    settings: SessionSettings
    memo: dict[str, Any] = field(default_factory=dict)
    _open: tuple[object, Closeable] | None = None

    def open_file(self, key: object, opener: Callable[[], _Opened]) -> _Opened:
        """Return the open file with this key. The last file stays open, so that its next page need not open it again."""
        if self._open and self._open[0] == key:
            return cast(_Opened, self._open[1])
        self.close()
        opened = opener()
        self._open = (key, opened)
        return opened

    def load_once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return ``memo[name]``, created by the first call: for models that are slow to load."""
        if name not in self.memo:
            self.memo[name] = make()
        return self.memo[name]

    def close(self) -> None:
        """Close the open file, if any."""
        if self._open:
            self._open[1].close()
            self._open = None
