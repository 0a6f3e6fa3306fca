"""What a worker process keeps between calls: settings, the file it has open, models loaded once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

from olmocr_core.domain.settings import Cpu, Limits, Render, Routing


class Closeable(Protocol):
    """Something that holds a file open."""

    def close(self) -> None:
        """Let go of the file."""


_Opened = TypeVar("_Opened", bound=Closeable)


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
    _open: tuple[object, Closeable] | None = None

    def open_file(self, key: object, opener: Callable[[], _Opened]) -> _Opened:
        """The file with this key, open; the last one stays open, so that the next page does not open it again."""
        if self._open and self._open[0] == key:
            return cast(_Opened, self._open[1])
        self.close()
        opened = opener()
        self._open = (key, opened)
        return opened

    def load_once(self, name: str, make: Callable[[], Any]) -> Any:
        """The value of ``memo[name]``, made at the first call: for models that take long to load."""
        if name not in self.memo:
            self.memo[name] = make()
        return self.memo[name]

    def close(self) -> None:
        """Close the open file, if any."""
        if self._open:
            self._open[1].close()
            self._open = None
