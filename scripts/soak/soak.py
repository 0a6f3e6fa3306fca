"""The course of a soak: start, disturb, heal, check."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import httpx

from scripts.soak.compare import find_differences
from scripts.soak.disturb import Killer
from scripts.soak.invariants import find_broken
from scripts.soak.meter import Meter, find_growth
from scripts.soak.sources import Sources
from scripts.soak.table import Result
from tests.integration.prefect_api import FINAL
from tests.integration.processes import TooLate, wait_for
from tests.integration.site import Site, open_site

KILL_SECONDS, SAMPLE_SECONDS, CHANGE_SECONDS, FOLDER_SECONDS = 20, 10, 6, 45
HEARTBEAT_SECONDS = 45
WARM_SECONDS = 90
FAULTS = 0.2
NIGHT, ON_DEMAND = "nightly-ingestion/nightly", "convert/on-demand"
# A dead run is noticed after its heart has been silent; then its work has to be done.
RUN_SECONDS, MOST_NIGHTS = 300, 8
NOTHING = "Nothing to do"
MOST_ITEMS = 100


class Soak:
    """One soak in a folder of its own."""

    def __init__(self, folder: Path, minutes: float, seed: int) -> None:
        folder.chmod(0o755)
        (folder / "tmp").mkdir()
        (folder / "on-demand").mkdir()
        self.folder, self.minutes, self.seed = folder, minutes, seed
        self.site: Site = open_site(folder, team=False)
        self.site.crew.environment["TMPDIR"] = str(folder / "tmp")
        chance = random.Random(seed)
        self.sources = Sources(self.site.bucket, folder / "on-demand", chance)
        self.runs: dict[str, str] = {}
        self.killer = Killer(self.site, self._start_model, self.runs)
        self.ends: Counter[str] = Counter()
        self.changes: Counter[str] = Counter()
        self.faults = FAULTS
        # A worker loads code with its first flow runs: what it takes then is no leak.
        self._next = {"sample": time.monotonic() + WARM_SECONDS}

    def run(self) -> Result:
        """All of it. The processes end with it."""
        try:
            return self._run()
        finally:
            self.site.crew.end()
            self.site.api.close()

    def _run(self) -> Result:
        self._start()
        steady = {f"{pool} worker": self.site.crew.members[f"steady-{pool}"].pid for pool in ("cpu", "gpu")}
        meter = Meter(steady, [self.folder / "tmp"])
        started, stop = time.monotonic(), threading.Event()
        follower = threading.Thread(target=self._follow, args=(stop,), daemon=True)
        follower.start()
        while time.monotonic() - started < self.minutes * 60:
            self._tick(meter)
            time.sleep(0.5)
        self._say("healing")
        stop.set()
        self.sources.come_home()
        self.killer.heal()
        follower.join()
        broken = self._heal()
        broken += find_broken(self.sources.journal, self.site.bucket, "ws")
        self._say("making an undisturbed dataset")
        broken += self._compare()
        broken += find_growth(meter.series())
        return self._result(started, meter, broken)

    def _start(self) -> None:
        for _ in range(min(MOST_ITEMS, 12 + 2 * int(self.minutes))):
            self.sources.add()
        self.site.crew.kill("model")
        self._start_model()
        self.site.deploy(heartbeat_seconds=HEARTBEAT_SECONDS)
        for pool in ("cpu", "gpu"):
            self.site.start_worker(pool)
            # The crew's own name of it: no kill finds it.
            self.site.crew.members[f"steady-{pool}"] = self.site.crew.members.pop(pool)
            self.site.start_worker(pool)

    def _start_model(self) -> None:
        command = [sys.executable, "-m", "scripts.soak.model_server", self.site.ports["model"], self.seed]
        self.site.crew.start("model", [*command, self.faults, self.folder / "asked"])

    def _tick(self, meter: Meter) -> None:
        if self._due("sample", SAMPLE_SECONDS):
            meter.sample()
        if self._due("change", CHANGE_SECONDS):
            self.changes[self.sources.change()] += 1
        if self._due("folder", FOLDER_SECONDS):
            self.sources.move_folder()
        if self._due("kill", KILL_SECONDS):
            self._say(f"killed: {self.killer.kill()}")

    def _follow(self, stop: threading.Event) -> None:
        """Start run after run until it is told to stop. Its own thread: a busy server must not hold up what disturbs it."""
        while not stop.wait(2):
            self._go_on(NIGHT, self.sources.inbox)
            self._go_on(ON_DEMAND, str(self.sources.folder))

    def _due(self, name: str, seconds: float) -> bool:
        now = time.monotonic()
        if now < self._next.setdefault(name, now + seconds):
            return False
        self._next[name] = now + seconds
        return True

    def _go_on(self, deployment: str, source: str) -> None:
        """Start the next run of a deployment when the last one has ended."""
        try:
            if run := self.runs.get(deployment):
                found = self.site.api.flow_run(run)
                if found.get("state_type") not in FINAL:
                    return
                self._note(deployment, found)
                del self.runs[deployment]
            self.runs[deployment] = self._begin(deployment, [source], "ws")
        except (httpx.HTTPError, AssertionError):
            return  # The server is away; it is asked again.

    def _note(self, deployment: str, found: dict[str, object]) -> None:
        self.ends[f"{deployment.partition('/')[0]} {str(found['state_type']).lower()}"] += 1
        state = found.get("state")
        self._say(
            f"{deployment}: {state.get('name')}: {str(state.get('message'))[:300]}" if isinstance(state, dict) else ""
        )

    def _begin(self, deployment: str, sources: list[str], workspace: str) -> str:
        found = self.site.api.get(f"/deployments/name/{deployment}")["id"]
        parameters = {"sources": sources, "workspace": self.site.bucket.uri(workspace)}
        body = {"parameters": parameters, "state": {"type": "SCHEDULED", "message": "by the soak"}}
        return str(self.site.api.post(f"/deployments/{found}/create_flow_run", body)["id"])

    def _heal(self) -> list[str]:
        """End the disturbance, and run until nothing is left to do. Returns what did not come to rest."""
        wait_for("the Prefect server", self.site.api.healthy, 240)
        broken = []
        for deployment, run in self.runs.items():
            try:
                self._note(deployment, self.site.api.ended(run, RUN_SECONDS))
            except TooLate as error:
                broken.append(str(error))
        broken += self._rest(NIGHT, self.sources.inbox) + self._rest(ON_DEMAND, str(self.sources.folder))
        left = self.site.api.unfinished()
        return broken + [f"flow run {name} never ended" for name in left]

    def _rest(self, deployment: str, source: str) -> list[str]:
        """Run a deployment until it finds nothing to do."""
        for _ in range(MOST_NIGHTS):
            run = self._begin(deployment, [source], "ws")
            try:
                found = self.site.api.ended(run, RUN_SECONDS)
            except TooLate as error:
                return [str(error)]
            self._note(deployment, found)
            if found["state_type"] == "COMPLETED" and (
                deployment == ON_DEMAND or str(found["state"]["message"]).startswith(NOTHING)
            ):
                return []
        return [f"{deployment} did not come to rest in {MOST_NIGHTS} runs: {self.site.api.logs(run)[-2000:]}"]

    def _compare(self) -> list[str]:
        """Make the dataset of the same sources with a server that behaves, and compare."""
        self.faults = 0.0
        self.site.crew.kill("model")
        self._start_model()
        run = self._begin(NIGHT, [self.sources.inbox, str(self.sources.folder)], "calm")
        found = self.site.api.ended(run, RUN_SECONDS)
        if found["state_type"] != "COMPLETED":
            return [f"the undisturbed run: {found['state']['message']}"]
        return find_differences(self.site.bucket, "ws", "calm", self.sources.journal.present)

    def _result(self, started: float, meter: Meter, broken: list[str]) -> Result:
        asked = Counter((self.folder / "asked").read_text("ascii").split())
        documents = self.sources.journal.documents().values()
        return Result(
            minutes=(time.monotonic() - started) / 60,
            seed=self.seed,
            kills=self.killer.kills,
            ends=self.ends,
            changes=self.changes,
            documents=len(documents),
            pages=sum(len(one.pages) for one in documents),
            asked_again=asked.total() - len(asked),
            series=meter.series(),
            broken=broken,
        )

    @staticmethod
    def _say(words: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)
