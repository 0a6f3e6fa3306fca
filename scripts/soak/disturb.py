"""Kills in turn what a site stands on, and starts it again as its supervisor would."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from tests.integration.processes import variables
from tests.integration.site import Site


@dataclass
class Killer:
    """``kill`` ends the next one of the kinds that there are; ``kills`` counts them, ``runs`` has the flow runs of the soak."""

    site: Site
    restart_model: Callable[[], None]
    runs: dict[str, str]
    kills: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        kinds: dict[str, Callable[[], bool]] = {
            "model server": self._model,
            "shard": self._shard,
            "Prefect server": self._server,
            "flow": self._flow,
            "cpu worker": lambda: self._worker("cpu", with_children=False),
            "PDF worker": self._pdf_worker,
            "gpu machine": lambda: self._worker("gpu", with_children=True),
        }
        self._kinds = len(kinds)
        self._turn = itertools.cycle(kinds.items())

    def kill(self) -> str:
        """``kill -9``; returns what was killed. A kind of which nothing runs is passed over."""
        name = next(name for name, end in itertools.islice(self._turn, self._kinds) if end())
        self.kills[name] += 1
        return name

    def heal(self) -> None:
        """Start whatever does not run."""
        if not self.site.crew.alive("server"):
            self.site.start_server(wait=False)
        for pool in ("cpu", "gpu"):
            if not self.site.crew.alive(pool):
                self.site.start_worker(pool)

    def _model(self) -> bool:
        self.site.crew.kill("model")
        self.restart_model()
        return True

    def _server(self) -> bool:
        self.site.crew.kill("server")
        self.site.start_server(wait=False)
        return True

    def _flow(self) -> bool:
        return self._end_one(of_runs=True)

    def _shard(self) -> bool:
        return self._end_one(of_runs=False)

    def _end_one(self, *, of_runs: bool) -> bool:
        """End a flow run that the soak has started itself, or one that a night has started: no server is asked for it."""
        known = set(self.runs.values())
        for process in self.site.crew.marked("prefect.engine"):
            if (variables(process).get("PREFECT__FLOW_RUN_ID") in known) is of_runs:
                with contextlib.suppress(psutil.Error):
                    process.kill()
                return True
        return False

    def _pdf_worker(self) -> bool:
        for process in self.site.crew.marked("olmocr_core.sandbox"):
            with contextlib.suppress(psutil.Error):
                process.kill()
                return True
        return False

    def _worker(self, pool: str, *, with_children: bool) -> bool:
        self.site.crew.kill(pool, with_children=with_children)
        self.site.start_worker(pool)
        return True
