"""The containers' files, as far as they can be held against something without a Docker daemon."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from flows.local_server.environment import SERVER_ENVIRONMENT

REPO = Path(__file__).resolve().parents[2]
INFRA = REPO / "infra"
COMPOSE: dict[str, Any] = yaml.safe_load((INFRA / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
SCHEMA = Path("/usr/lib/python3/dist-packages/compose/config/compose_spec.json")


def variables(path: Path) -> dict[str, str]:
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def test_containers_and_make_server_share_their_settings() -> None:
    assert variables(INFRA / "server.env") == SERVER_ENVIRONMENT


@pytest.mark.skipif(not SCHEMA.is_file(), reason="Debian's docker-compose is not installed")
def test_compose_fits_the_schema() -> None:
    # This edition of the schema is older than the key `name` and than secrets out of the environment.
    known = {key: value for key, value in COMPOSE.items() if key not in ("name", "secrets")}
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(known)


def test_services_wait_for_services_that_exist_and_can_tell() -> None:
    for name, service in SERVICES.items():
        for other, wait in service.get("depends_on", {}).items():
            assert other in SERVICES, f"{name} waits for {other}"
            if wait["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for {other}, which never says that it is well"
            else:
                assert SERVICES[other]["restart"] == "no", f"{name} waits for the end of {other}"


def test_volumes_are_declared() -> None:
    used = {mount.partition(":")[0] for service in SERVICES.values() for mount in service.get("volumes", ())}
    files = {path for path in used if path.startswith("./")}
    assert used - files == set(COMPOSE["volumes"])
    assert all((INFRA / path).exists() for path in files)


SECRETS = (
    "OLMOCR_SERVE_API_KEYS",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "PREFECT_API_AUTH_STRING",
    "AWS_SECRET_ACCESS_KEY",
    "GRAFANA_PASSWORD",
)


def test_no_secret_has_a_default_and_every_one_is_in_the_example() -> None:
    text = (INFRA / "compose.yaml").read_text()
    example = variables(INFRA / "env.example")
    for secret in SECRETS:
        assert f"${{{secret}:?is missing in infra/.env, which make env writes}}" in text
        assert example[secret] == ""
    # An empty one is right where a person's own store needs none.
    assert set(re.findall(r"\$\{(\w+):-\}", text)) & set(SECRETS) == {"AWS_SECRET_ACCESS_KEY"}
    assert set(re.findall(r"\$\{(\w+)", text)) <= set(example)


def test_what_is_reached_from_outside_is_on_the_loopback_unless_asked() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(ports) == {"service", "api", "store", "prometheus", "grafana"}
    for port, *others in ports.values():
        assert not others
        assert re.match(r"(\$\{(SERVICE|UI)_ADDRESS:-127\.0\.0\.1\}|127\.0\.0\.1):", port)


def test_every_service_has_a_profile_and_starts_with_what_it_waits_for() -> None:
    for name, service in SERVICES.items():
        for other in service.get("depends_on", {}):
            assert set(service["profiles"]) <= set(SERVICES[other]["profiles"]), f"{name} waits for {other}"
    assert [name for name, service in SERVICES.items() if "service" in service["profiles"]] == ["service"]
    full = {name for name, service in SERVICES.items() if "full" in service["profiles"]}
    assert set(SERVICES) - full == {"worker-gpu"}


@pytest.mark.parametrize("profile", ["server", "full", "gpu"])
def test_a_night_finds_workers_of_both_pools(profile: str) -> None:
    commands = [service.get("command", []) for service in SERVICES.values() if profile in service["profiles"]]
    assert {command[2] for command in commands if command[:2] == ["olmocr-flows", "worker"]} == {"cpu", "gpu"}


def test_images_are_pinned_and_ours_can_write_nothing_but_volumes() -> None:
    for name, service in SERVICES.items():
        if service["image"].startswith("olmocr-flows:"):
            assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
        else:
            assert re.search(r":v?\d+\.\d+\.\d+$|:\d+\.\d+(\.\d+)?-bookworm$|:RELEASE\.[\dTZ-]+$", service["image"]), (
                name
            )


def test_the_environment_of_a_site_is_known() -> None:
    from deployments.site import Site

    for name in variables(INFRA / "env.example"):
        if name.startswith("SITE_"):
            assert name.removeprefix("SITE_").lower() in Site.model_fields, name


def test_the_engine_of_a_site_reaches_its_deployments() -> None:
    for name in ("deploy", "worker-cpu", "worker-gpu"):
        assert {"SITE_ENGINE", "SITE_OPTIONS"} <= set(SERVICES[name]["environment"]), name


def test_several_api_processes_and_one_migration() -> None:
    command = SERVICES["api"]["command"]
    assert int(command[command.index("--workers") + 1]) > 1
    assert "--no-services" in command
    for races in ("PREFECT_API_DATABASE_MIGRATE_ON_START", "PREFECT_API_BLOCKS_REGISTER_ON_START"):
        assert SERVICES["api"]["environment"][races] == "false"
    assert SERVICES["migrate"]["command"] == ["python", "-m", "tasks.prefect_compat.server_database"]


def test_loops_of_killed_services_are_taken_over_soon() -> None:
    # The services of a team's server on one machine run the same module.
    assert SERVICES["services"]["command"][:3] == ["python", "-m", "tasks.prefect_compat.docket_worker"]
    assert "tasks.prefect_compat.docket_worker" in (INFRA / "team" / "prefect_team.py").read_text()


def test_secrets_stay_out_of_images_and_of_git() -> None:
    for name in (".dockerignore", ".gitignore"):
        lines = {line.strip("/") for line in (REPO / name).read_text().splitlines()}
        assert {"infra/.env", "infra/service.env", "deployments/site.env", "site.env"} <= lines, name
