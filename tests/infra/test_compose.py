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
    # This edition of the schema is older than the key `name`.
    known = {key: value for key, value in COMPOSE.items() if key != "name"}
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
    assert used == set(COMPOSE["volumes"])


def test_no_secret_has_a_default_and_every_one_is_in_the_example() -> None:
    text = (INFRA / "compose.yaml").read_text()
    example = variables(INFRA / "env.example")
    for secret in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "PREFECT_API_AUTH_STRING"):
        assert f"${{{secret}:?" in text
        assert f"${{{secret}:-" not in text
        assert example[secret] == ""
    assert set(re.findall(r"\$\{(\w+)", text)) <= set(example)


def test_only_the_ui_is_reachable_and_on_the_loopback_unless_asked() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"api": ["${UI_ADDRESS:-127.0.0.1}:${UI_PORT:-4200}:4200"]}


def test_the_environment_of_a_site_is_known() -> None:
    from deployments.site import Site

    for name in variables(INFRA / "env.example"):
        if name.startswith("SITE_"):
            assert name.removeprefix("SITE_").lower() in Site.model_fields, name


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
        assert {"infra/.env", "deployments/site.env", "site.env"} <= lines, name
