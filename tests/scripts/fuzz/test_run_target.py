"""A session counts inputs, repeats pieces of some, and keeps each kind of finding once."""

from __future__ import annotations

from pathlib import Path

from scripts.fuzz.run_target import TILE_EVERY, Session, run_at_random
from scripts.fuzz.target import TILED, Target


def test_every_256th_input_is_also_repeated(tmp_path: Path) -> None:
    sizes: list[int] = []
    session = Session(Target("x", lambda data: sizes.append(len(data)), ()), tmp_path)
    for _ in range(2 * TILE_EVERY):
        session.feed(b"abc")
    assert sizes.count(TILED) == 2
    assert session.inputs == 2 * TILE_EVERY


def test_each_kind_of_finding_is_kept_once(tmp_path: Path) -> None:
    def run(data: bytes) -> None:
        if data:
            raise KeyError("1")
        raise ValueError("2")

    session = Session(Target("x", run, (b"a", b"", b"a", b"")), tmp_path)
    for data in session.target.seeds:
        session.feed(data)
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [b"a", b""]


def test_inputs_at_random_start_with_the_seeds(tmp_path: Path) -> None:
    seen: list[bytes] = []
    run_at_random(Session(Target("x", seen.append, (b"one", b"two")), tmp_path), 0.05, seed=1)
    assert seen[:2] == [b"one", b"two"]
    assert len(seen) > 10
