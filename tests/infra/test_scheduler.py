"""Jobs of a scheduler that run a worker: Slurm's script passes its signal on and waits; gantry gets a worker to run."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "infra" / "scheduler"
WORKER = """#!/bin/bash
trap 'echo drained; exit %d' TERM
echo "worker $*"
while :; do sleep 0.05; done
"""


def job(tmp_path: Path, worker: str) -> subprocess.Popen[str]:
    program = tmp_path / ".venv" / "bin" / "olmocr-flows"
    program.parent.mkdir(parents=True)
    program.write_text(worker)
    program.chmod(0o755)
    environment = {"SLURM_SUBMIT_DIR": str(tmp_path), "SLURM_JOB_ID": "7", "PREFECT_API_URL": "http://server/api"}
    command = ["bash", str(SCRIPTS / "gpu-worker.sbatch")]
    return subprocess.Popen(
        command, env={**environment, "PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("status", [0, 3])
def test_slurms_signal_reaches_the_worker_whose_end_is_the_jobs(tmp_path: Path, status: int) -> None:
    with job(tmp_path, WORKER % status) as running:
        assert running.stdout
        assert running.stdout.readline() == "worker worker gpu --name gpu-slurm-7\n"
        running.send_signal(signal.SIGTERM)
        assert running.communicate(timeout=30)[0] == "drained\n"
    assert running.returncode == status


def test_a_worker_that_fails_fails_the_job(tmp_path: Path) -> None:
    with job(tmp_path, "#!/bin/bash\nexit 5\n") as running:
        running.communicate(timeout=30)
    assert running.returncode == 5


def test_gantry_runs_a_worker_with_the_sites_secrets(tmp_path: Path) -> None:
    gantry = tmp_path / "gantry"
    gantry.write_text('#!/bin/bash\nprintf "%s\\n" "$@"\n')
    gantry.chmod(0o755)
    command = [str(SCRIPTS / "gpu-worker-beaker.sh"), "--replicas", "4"]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PREFECT_API_URL": "http://server/api"}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[:2] == ["run", "--name"]
    assert said[-5:] == ["4", "--", "olmocr-flows", "worker", "gpu"]
    assert "PREFECT_API_AUTH_STRING=PREFECT_API_AUTH_STRING" in said


@pytest.mark.parametrize("script", sorted(SCRIPTS.iterdir()), ids=lambda path: path.name)
def test_without_a_server_it_says_what_is_missing(script: Path) -> None:
    done = subprocess.run(
        ["bash", str(script)], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "names the Prefect server" in done.stderr
