"""The profile ``full`` comes up from a clean clone, and a night runs in it, from a bucket to a bucket."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import s3fs

from tests.containers.docker import SAMPLES, wait_for

CHECKOUT = Path(os.environ["CONTAINERS"]) / "checkout"
NIGHT = ("s3://documents/inbox/", "s3://documents/workspace")
STORE = "http://127.0.0.1:9000"
ONE_SHOTS = {"migrate", "deploy", "bucket"}


def compose(*arguments: str, check: bool = True) -> str:
    command = ["docker-compose", "-f", "infra/compose.yaml", *arguments]
    ended = subprocess.run(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert ended.returncode == 0 or not check, ended.stdout[-3000:]
    return ended.stdout


def environment() -> dict[str, str]:
    lines = (CHECKOUT / "infra" / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def states() -> dict[str, Any]:
    lines = compose("ps", "-a", "--format", "json").splitlines()
    return {entry["Service"]: entry for entry in map(json.loads, filter(lambda line: line.startswith("{"), lines))}


def is_up(entry: dict[str, Any]) -> bool:
    if entry["Service"] in ONE_SHOTS:
        return bool(entry["State"] == "exited" and entry["ExitCode"] == 0)
    return bool(entry["State"] == "running" and entry["Health"] in ("healthy", ""))


@pytest.fixture(scope="module")
def alone() -> Iterator[dict[str, str]]:
    subprocess.run(["make", "env"], cwd=CHECKOUT, check=True, capture_output=True)
    compose("up", "-d", "--no-build")
    yield environment()
    compose("down", "-v", "-t", "20")


@pytest.fixture(scope="module")
def full(alone: dict[str, str]) -> dict[str, str]:
    with (CHECKOUT / "infra" / ".env").open("a") as file:
        file.write(f"COMPOSE_PROFILES=full\nSITE_SOURCES={NIGHT[0]}\nSITE_WORKSPACE={NIGHT[1]}\n")
        file.writelines(f"OLMOCR_STORAGE__{part}__ENDPOINT_URL=http://store:9000\n" for part in ("SOURCE", "WORKSPACE"))
    compose("up", "-d", "--no-build")
    return environment()


def test_without_secrets_it_says_what_to_do(tmp_path: Path) -> None:
    empty = tmp_path / "env"
    empty.touch()
    said = compose("--env-file", str(empty), "config", "-q", check=False)
    assert (
        "required variable POSTGRES_PASSWORD is missing a value: is missing in infra/.env, which make env writes"
        in said
    )


def test_the_service_comes_up_alone(alone: dict[str, str]) -> None:
    wait_for("the service", lambda: set(states()) == {"service"} and is_up(states()["service"]))


@pytest.mark.timeout(600)
def test_everything_comes_up_and_says_that_it_is_well(full: dict[str, str]) -> None:
    expected = set(compose("config", "--services").split())
    wait_for("all services", lambda: set(states()) == expected and all(map(is_up, states().values())), 300)


def test_the_service_reads_a_document(full: dict[str, str]) -> None:
    sample = SAMPLES / "code_and_formula.pdf"
    with sample.open("rb") as file:
        headers = {"X-Api-Key": full["SERVICE_KEY"]}
        answer = httpx.post("http://127.0.0.1:8000/process-pdf", files={"file": file}, headers=headers, timeout=180)
    assert answer.json()["status"] == "success"


def test_documents_are_copied_into_the_inbox(full: dict[str, str]) -> None:
    compose("cp", f"{SAMPLES}/.", "worker-cpu:/data/inbox")
    copied = compose("exec", "-T", "worker-cpu", "sh", "-c", "cat /data/inbox/*.pdf | wc -c")
    assert int(copied) == sum(path.stat().st_size for path in SAMPLES.glob("*.pdf"))


@pytest.mark.timeout(600)
def test_a_night_runs_from_a_bucket_to_a_bucket(full: dict[str, str]) -> None:
    store = s3fs.S3FileSystem(
        endpoint_url=STORE,
        key=full["AWS_ACCESS_KEY_ID"],
        secret=full["AWS_SECRET_ACCESS_KEY"],
        use_listings_cache=False,
    )
    samples = sorted(SAMPLES.glob("*.pdf"))
    for sample in samples:
        store.put_file(str(sample), f"documents/inbox/{sample.name}")
    compose("exec", "-T", "worker-cpu", "prefect", "deployment", "run", "nightly-ingestion/nightly")
    manifest = "documents/workspace/dataset/manifest.json"
    wait_for("the night's manifest", lambda: store.exists(manifest), 400)
    counts = json.loads(store.cat_file(manifest))["counts"]
    assert (counts["documents"], counts["failed"]) == (len(samples), 0)
    auth = tuple(full["PREFECT_API_AUTH_STRING"].split(":", 1))
    runs = httpx.get("http://127.0.0.1:4200/api/health", auth=auth)
    assert runs.json() is True


def ask_prometheus(expression: str) -> list[Any]:
    answer = httpx.get("http://127.0.0.1:9090/api/v1/query", params={"query": expression}).json()
    assert answer["status"] == "success", answer
    return list(answer["data"]["result"])


def test_prometheus_reaches_both_and_every_panel_has_something_to_draw(full: dict[str, str]) -> None:
    wait_for("targets", lambda: len([one for one in ask_prometheus("up") if one["value"][1] == "1"]) == 2)
    dashboard = json.loads((CHECKOUT / "infra/monitoring/grafana/dashboards/olmocr.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            expression = target["expr"].replace("$__rate_interval", "1m")
            wait_for(panel["title"], lambda wanted=expression: ask_prometheus(wanted))  # type: ignore[misc]
    assert httpx.get("http://127.0.0.1:3000/api/health").status_code == 200


def test_a_killed_service_and_worker_come_back(full: dict[str, str]) -> None:
    for name in ("service", "worker-cpu"):
        compose("kill", "-s", "KILL", name)
        # Docker does not restart what it was told to kill; a supervisor or a person does.
        compose("up", "-d", "--no-build", name)
    wait_for("both", lambda: all(is_up(states()[name]) for name in ("service", "worker-cpu")), 120)
