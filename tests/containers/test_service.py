"""The image serves: as nobody, with nothing to write but /data and /tmp, in 2 GB, through SIGTERM and kill -9."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.containers.docker import SAMPLES, STRICT, Service, docker, wait_for

SCANS = [
    SAMPLES / name
    for name in ("eurotext.tif", "phototest.tif", "scan_rotated_90.pdf", "spanning_cells.pdf", "eu-002.pdf")
]


@pytest.fixture
def service() -> Iterator[Service]:
    docker("rm", "-f", "-v", "olmocr-test", check=False)
    docker("volume", "rm", "-f", "olmocr-test", check=False)
    yield Service("olmocr-test", "olmocr-test", 18000, *STRICT).ready()
    docker("rm", "-f", "olmocr-test")
    docker("volume", "rm", "olmocr-test")


def test_one_run_serves_as_nobody_with_a_key_of_its_own(service: Service) -> None:
    assert docker("exec", service.name, "id", "-u") == "10001"
    assert "Read-only file system" in docker("exec", service.name, "touch", "/app/x", check=False)
    job = service.send(SCANS[1], wait=120)
    assert job["state"] == "done"
    assert "quick brown dog jumped over the lazy fox" in " ".join(service.text(job).split())
    assert httpx.get(f"http://127.0.0.1:{service.port}/v1/documents/{job['id']}").status_code == 401
    assert service.key() not in docker("exec", service.name, "cat", "/data/api-keys")
    wait_for("health", lambda: service.inspect("State.Health.Status") == "healthy")


def test_the_page_and_its_files_are_in_the_image(service: Service) -> None:
    page = service.client.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    files = re.findall(r'(?:src|href)="(/?[\w/.-]+\.(?:js|css|svg))"', page.text)
    assert len(files) >= 2
    assert {service.client.get(f"/{name.lstrip('/')}").status_code for name in files} == {200}


def test_documents_are_isolated_in_the_container(service: Service) -> None:
    assert "isolated by" in docker("exec", service.name, "olmocr-flows", "doctor", check=False)


def test_sigterm_ends_it_in_time_and_it_goes_on(service: Service) -> None:
    jobs = [service.send(path) for path in SCANS]
    started = time.monotonic()
    docker("stop", "-t", "30", service.name)
    # tini ends by the signal that it passed on: 128 + 15; a container that had to be killed says 137.
    assert (time.monotonic() - started < 15, service.inspect("State.ExitCode")) == (True, "143")
    docker("start", service.name)
    service.ready()
    assert {service.ended(job)["state"] for job in jobs} == {"done"}


def test_what_was_accepted_ends_after_kill_9_with_the_same_text(service: Service) -> None:
    undisturbed = {path.name: service.text(service.send(path, wait=120)) for path in SCANS}
    for path in SCANS:
        service.client.delete(f"/v1/documents/{service.send(path)['id']}")
    jobs = {path.name: service.send(path) for path in SCANS}
    docker("kill", "-s", "KILL", service.name)
    docker("start", service.name)
    service.ready()
    assert {service.ended(job)["state"] for job in jobs.values()} == {"done"}
    assert {name: service.text(job) for name, job in jobs.items()} == undisturbed
    assert docker("exec", service.name, "ls", "/data/incoming") == ""


def test_a_memory_limit_is_kept_under_load(service: Service) -> None:
    jobs = [service.send(path) for path in SCANS]
    assert {service.ended(job)["state"] for job in jobs} == {"done"}
    assert service.inspect("State.OOMKilled") == "false"
    assert service.inspect("RestartCount") == "0"


def test_any_user_serves_from_a_folder_of_theirs(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    try:
        mine = Service("olmocr-mine", str(tmp_path), 18001, *STRICT, "--user", "12345:12345").ready()
        assert mine.send(SCANS[1], wait=120)["state"] == "done"
        assert {path.stat().st_uid for path in tmp_path.rglob("*")} == {12345}
    finally:
        docker("rm", "-f", "olmocr-mine")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    said = docker("run", "--rm", "-v", f"{tmp_path}:/data", "olmocr-flows", check=False)
    assert said.startswith("olmocr-serve: /data/api-keys cannot be written or read by user 10001 (Permission denied)")


def test_workers_fit_into_the_memory_of_a_container() -> None:
    ask = ("sh", "-c", "echo workers: $OLMOCR_ORCHESTRATION__WORKERS")
    assert docker("run", "--rm", "--memory", "1g", "--cpuset-cpus", "0-1", "olmocr-flows", *ask) == "workers: 1"
    assert docker("run", "--rm", "--cpuset-cpus", "0-1", "olmocr-flows", *ask) == "workers:"


@pytest.mark.parametrize("image", ["olmocr-flows", "olmocr-flows:gpu"])
def test_the_image_runs_other_commands_too(image: str) -> None:
    if not docker("images", "-q", image):
        pytest.skip("the GPU image stands on one that was not pulled")
    assert "usage: olmocr-flows" in docker("run", "--rm", *STRICT, image, "olmocr-flows", "--help")
    assert docker("run", "--rm", image, "olmocr-serve", "--new-key", "n8n").startswith("key (shown once): olm_")
    # The prompts that checkpoints were trained with are part of the keys of pages, for who plans and for who reads.
    assert docker("run", "--rm", image, "python", "-c", "import olmocr.prompts, h2; print('there')") == "there"
