"""One parser under fuzzing: what runs, what it starts from, which errors it may raise, and how long an input may take."""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Seconds of CPU: linear in the input's size, so that quadratic work on TILED bytes does not fit in.
BASE_SECONDS = 2.0
SECONDS_PER_BYTE = 40e-6
TILED = 64_000
_REPO = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Target:
    """A parser: ``run`` takes the bytes of an input and asserts what must hold; only ``expected`` errors may leave it."""

    name: str
    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    expected: tuple[type[Exception], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """An input that broke a target. ``place`` is the innermost line of this project: equal ones are one bug."""

    error: str
    place: str
    data: bytes


class TooSlow(BaseException):
    """The input took more CPU than its size allows. No parser catches it."""


def check(target: Target, data: bytes, slowness: float = 1.0) -> Finding | None:
    """Run one input within its budget, times ``slowness`` under instrumentation; return what went wrong."""
    budget = slowness * (BASE_SECONDS + SECONDS_PER_BYTE * len(data))
    start = time.thread_time()
    try:
        with _limited(budget):
            target.run(data)
    except target.expected:
        pass
    except (Exception, TooSlow) as error:  # noqa: BLE001
        return Finding(f"{type(error).__name__}: {str(error)[:200]}", _place(error), data)
    seconds = time.thread_time() - start
    if seconds > budget:
        return Finding(f"TooSlow: {seconds:.1f} s of CPU, {budget:.1f} s allowed", target.name, data)
    return None


def tile(data: bytes, start: int = 0, end: int | None = None, size: int = TILED) -> bytes:
    """Repeat the piece of an input from ``start`` to ``end`` until it is ``size`` long: work that is not linear shows."""
    piece = data[start:end]
    return (data[:start] + piece * (size // max(1, len(piece)) + 1))[:size]


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        raise TooSlow(f"more than {seconds:.1f} s of CPU")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_REPO / "olmocr_core")]
    last = (ours or list(frames))[-1]
    return f"{Path(last.filename).name}:{last.lineno} {last.name}"
