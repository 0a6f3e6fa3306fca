"""Compare whole pipelines with the package ``olmocr``: the same PDFs, the same simulated server.

There are two settings: ``instant`` (the server answers in a few milliseconds: measures the cost of the client) and
``slots`` (256 slots and 2 s a page: measures how busy they are). The peer has its own environment in ``bench/peer``; its
pages are rendered by pdftoppm at the same 1288 px. ``warmed`` means that the workspace had all page images before.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from scripts.benchmark_throughput import default_files, make_documents, prepare_prefect
from scripts.peer.measure import REPO, Figures, RunFailedError, Setting, measure

PEER = "olmocr==0.4.27"
MODEL = "olmocr"
LONGEST_SIDE = 1288
INSTANT = Setting("instant", slots=256, seconds_per_page=0.005, events=4)
SLOTS = Setting("slots", slots=256, seconds_per_page=2.0)
# A few more than slots: the next page waits in the server when a slot becomes free.
SPARE = 32


@dataclass(frozen=True, slots=True)
class Bench:
    """The documents and their pages, a scratch folder, and the environment variables of our programs."""

    folder: Path
    pages: int
    work: Path
    environ: Mapping[str, str]

    def measure_ours(self, program: str, setting: Setting, warmed: bool) -> Figures:
        """Measure ``flow``, the command line as users call it, or ``core``, the same steps without Prefect."""
        workspace = self.work / f"{program}-{setting.name}"
        if warmed:
            self._warm(workspace)
        core = [sys.executable, str(REPO / "scripts/peer/core_run.py"), str(self.folder), str(workspace), "{server}"]
        flow = [str(Path(sys.executable).with_name("olmocr-flows")), "run", str(self.folder)]
        flow += ["--workspace", str(workspace), "--server", "{server}", "--formats", "markdown", "--model"]
        label = f"ours, {program}{', warmed' if warmed else ''}"
        command = [*(flow if program == "flow" else core), MODEL]
        found = measure(label, setting, command, self.pages, self.work / f"{workspace.name}.log", self.environ)
        shutil.rmtree(workspace)
        return found

    def measure_peer(self, python: Path, setting: Setting) -> Figures:
        """Measure the package ``olmocr``."""
        files = [str(path) for path in sorted(self.folder.glob("*.pdf"))]
        workspace = self.work / f"peer-{setting.name}"
        command = [str(python.with_name("olmocr")), str(workspace), "--server", "{server}", "--model", MODEL]
        command += ["--target_longest_image_dim", str(LONGEST_SIDE), "--markdown", "--pdfs", *files]
        environ = {**self.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        environ |= dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
        return measure(f"peer, {PEER}", setting, command, self.pages, self.work / f"{workspace.name}.log", environ)

    def _warm(self, workspace: Path) -> None:
        """Render the images of one document and link them for its copies, which look the same."""
        documents = sorted(self.folder.glob("*.pdf"))
        first = self.work / "first"
        if not first.exists():
            first.mkdir()
            shutil.copy(documents[0], first)
            lone = Bench(first, 1, self.work, self.environ)
            command = [sys.executable, str(REPO / "scripts/peer/core_run.py"), str(first), str(self.work / "seed")]
            measure("warming", INSTANT, [*command, "{server}", MODEL], lone.pages, self.work / "seed.log", self.environ)
        source = next((self.work / "seed" / "images").glob("*/*"))
        for document in documents:
            name = sha256(document.read_bytes()).hexdigest()
            target = workspace / "images" / name[:2] / name
            shutil.copytree(source, target, copy_function=os.link)


def peer_python(folder: Path) -> Path:
    """The interpreter of the peer's environment, made when it is not there. Raises RunFailedError naming what is missing."""
    if shutil.which("pdftoppm") is None:
        raise RunFailedError("pdftoppm is missing, which the peer draws pages with: apt-get install poppler-utils")
    python = folder / "bin" / "python"
    if (folder / f".{PEER}").exists():
        return python
    print(f"installing {PEER} into {folder} (about 320 MB) ...", flush=True)
    venv.create(folder, with_pip=True, clear=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PEER]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RunFailedError(f"{PEER} cannot be installed into {folder}:\n{done.stderr[-2000:]}")
    (folder / f".{PEER}").touch()
    return python


def ours_environment(setting: Setting) -> dict[str, str]:
    """Settings of our programs. The prompt is our own: the package that holds the model's is not in this environment."""
    return {
        **os.environ,
        "PYTHONPATH": str(REPO),
        "OLMOCR_INFERENCE__PROFILE": "generic",
        "OLMOCR_INFERENCE__MAX_CONCURRENCY": str(setting.slots + SPARE),
        "OLMOCR_RENDER__LONGEST_SIDE": str(LONGEST_SIDE),
    }


def run_setting(arguments: argparse.Namespace, setting: Setting, pages: int, work: Path) -> list[Figures]:
    """Every program in one setting, printed as they end."""
    folder = work / f"documents-{setting.name}"
    folder.mkdir()
    bench = Bench(
        folder, make_documents(arguments.files or default_files(), pages, folder), work, ours_environment(setting)
    )
    found: list[Figures] = []
    runs: list[Callable[[], Figures]]
    if setting == SLOTS:
        runs = [lambda: bench.measure_ours("core", setting, True), lambda: bench.measure_ours("flow", setting, True)]
        runs += [lambda: bench.measure_ours("flow", setting, False)] if arguments.fresh else []
    else:
        runs = [lambda: bench.measure_ours("core", setting, False), lambda: bench.measure_ours("flow", setting, False)]
    if not arguments.no_peer and (setting == INSTANT or arguments.peer_slots):
        runs.append(lambda: bench.measure_peer(peer_python(REPO / "bench" / "peer" / "venv"), setting))
    for run in runs:
        found.append(run())
        print(line(found[-1]), flush=True)
    return found


HEADER = (
    f"{'setting':8} {'program':24} {'pages':>6} {'pages/s':>8} {'serving':>8} {'CPU ms':>7} {'asked':>6} "
    f"{'flight':>6} {'busy':>5} {'steady':>6} {'ramp s':>6} {'sim ms':>6} {'load':>5}"
)


def line(found: Figures) -> str:
    """One row under ``HEADER``."""
    steady = "-" if found.steady_share is None else f"{found.steady_share:.0%}"
    ramp = "-" if found.ramp_seconds is None else f"{found.ramp_seconds:.0f}"
    return (
        f"{found.setting:8} {found.program:24} {found.pages:6} {found.pages_per_second:8.2f} {found.serving_rate:8.2f} "
        f"{found.cpu_ms:7.1f} {found.requests:6} {found.most_in_flight:6} {found.most_busy:5} {steady:>6} {ramp:>6} "
        f"{found.simulator_cpu_ms:6.1f} {found.load:5.1f}"
    )


def ratios(found: list[Figures]) -> list[str]:
    """Ours against the peer, by setting: pages a second from start to end, the same while serving, and CPU a page."""
    lines = []
    for peer in (figures for figures in found if figures.program.startswith("peer")):
        for ours in found:
            if ours.setting == peer.setting and ours != peer:
                rate = ours.pages_per_second / peer.pages_per_second
                serving = ours.serving_rate / peer.serving_rate
                words = f"{rate:.1f} times the peer's pages a second, {serving:.1f} times while serving"
                lines.append(
                    f"{ours.setting}: {ours.program}: {words}, {peer.cpu_ms / ours.cpu_ms:.1f} times less CPU a page"
                )
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="PDFs to copy (default: a 48-page textbook chapter)")
    parser.add_argument("--pages", type=int, default=480, help="pages for the instant server; 0 leaves it out")
    parser.add_argument("--slot-pages", type=int, default=6144, help="pages for 256 slots; 0 leaves it out")
    parser.add_argument("--fresh", action="store_true", help="256 slots with pages drawn during the run as well")
    parser.add_argument("--peer-slots", action="store_true", help="256 slots with the peer as well (hours)")
    parser.add_argument("--no-peer", action="store_true", help="ours alone")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    # So that a stopped race leaves no processes and no scratch folder.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    found: list[Figures] = []
    with tempfile.TemporaryDirectory(prefix="olmocr-peer-") as scratch:
        prepare_prefect(Path(scratch))
        print(HEADER)
        try:
            for setting, pages in ((INSTANT, arguments.pages), (SLOTS, arguments.slot_pages)):
                found += run_setting(arguments, setting, pages, Path(scratch)) if pages else []
        except RunFailedError as error:
            print(error, file=sys.stderr)
            return 1
    print("\n".join(ratios(found)))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(figures) for figures in found], indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
