"""prefect.yaml and the work pool templates, as files: what they name exists, and fits together."""

from __future__ import annotations

import importlib
import json
import re
from inspect import signature
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from prefect import Flow
from prefect.workers.process import ProcessWorker

from deployments.pools import POOLS, QUEUES, TEMPLATES, build_job_template
from deployments.site import Site

REPO = Path(__file__).resolve().parents[2]
FILE = yaml.safe_load((REPO / "deployments" / "prefect.yaml").read_text())
DEPLOYMENTS: list[dict[str, Any]] = FILE["deployments"]
NAMES = [f"{each['entrypoint'].rpartition('.')[2]}/{each['name']}" for each in DEPLOYMENTS]
PLACEHOLDER = re.compile(r"\{\{ *([\w.]+) *\}\}")


def flow_of(deployment: dict[str, Any]) -> Flow[Any, Any]:
    module, _, name = deployment["entrypoint"].rpartition(".")
    found = getattr(importlib.import_module(module), name)
    assert isinstance(found, Flow)
    return found


def test_the_deployments_are_those_of_the_design() -> None:
    assert sorted(NAMES) == [
        "benchmark/weekly",
        "convert/on-demand",
        "maintenance/weekly",
        "nightly_ingestion/nightly",
        "publish_dataset/cpu",
        "render_shard/cpu",
        "transcribe_shard/gpu",
    ]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_a_deployment_names_a_flow_and_parameters_that_it_has(deployment: dict[str, Any]) -> None:
    flow = flow_of(deployment)
    assert flow.name.replace("-", "_") == flow.fn.__name__
    assert set(deployment.get("parameters", {})) <= set(signature(flow.fn).parameters)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_a_form_in_the_ui_explains_every_parameter(deployment: dict[str, Any]) -> None:
    from prefect.utilities.callables import parameter_schema

    properties = parameter_schema(flow_of(deployment)).properties
    assert [name for name, schema in properties.items() if not schema.get("description")] == []


WITH_OPTIONS = [each for each in DEPLOYMENTS if "options" in each.get("parameters", {})]


@pytest.mark.parametrize("deployment", WITH_OPTIONS, ids=lambda each: str(each["name"]))
def test_a_server_stores_no_password_among_the_options(deployment: dict[str, Any]) -> None:
    from prefect.utilities.callables import parameter_schema
    from prefect.utilities.schema_tools.validation import ValidationError, validate

    schema = parameter_schema(flow_of(deployment)).model_dump()
    required = {name: ["inbox"] for name in schema["required"]} | {"workspace": "ws", "data": "bench"}
    given = {name: value for name, value in required.items() if name in schema["properties"]}
    for options in (None, {}, {"server": None}, {"server": "http://gpu:1/v1", "model": "a@b"}):
        assert validate({**given, "options": options}, schema, raise_on_error=False) == []
    with pytest.raises(ValidationError, match="options"):
        validate({**given, "options": {"server": "http://user:pw@gpu:1"}}, schema, raise_on_error=True)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_a_deployment_stands_on_pools_and_queues_that_are_made(deployment: dict[str, Any]) -> None:
    assert deployment["work_pool"]["name"] in POOLS
    assert deployment["work_pool"]["work_queue_name"] in QUEUES
    assert deployment["description"].strip()
    assert deployment["version"]


def test_every_variable_that_is_asked_for_is_made() -> None:
    asked = set(re.findall(r"prefect\.variables\.(\w+)", yaml.safe_dump(FILE)))
    assert asked == set(Site().variables)


def test_people_go_before_the_night() -> None:
    assert QUEUES["on-demand"] < QUEUES["nightly"]


def test_one_night_at_a_time_and_the_next_one_is_dropped() -> None:
    night = DEPLOYMENTS[NAMES.index("nightly_ingestion/nightly")]
    assert night["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("kind", ["process", "docker", "kubernetes"])
def test_a_template_asks_only_for_variables_that_it_has(pool: str, kind: str) -> None:
    template = json.loads((TEMPLATES / f"{pool}-{kind}.json").read_text())
    asked = set(PLACEHOLDER.findall(json.dumps(template["job_configuration"])))
    properties = template["variables"]["properties"]
    assert asked <= set(properties)
    jsonschema.Draft202012Validator.check_schema(template["variables"])
    defaults = {name: schema["default"] for name, schema in properties.items() if schema.get("default") is not None}
    jsonschema.Draft202012Validator(template["variables"]).validate(defaults)


def test_the_process_template_is_the_installed_workers_own() -> None:
    for pool in POOLS:
        assert json.loads((TEMPLATES / f"{pool}-process.json").read_text()) == (
            ProcessWorker.get_default_base_job_template()
        )


@pytest.mark.parametrize("kind", ["docker", "kubernetes"])
def test_a_site_chooses_the_images(kind: str) -> None:
    site = Site(pool_type=kind, image="registry/a:1", image_gpu="registry/b:2")
    images = [build_job_template(site, pool)["variables"]["properties"]["image"]["default"] for pool in ("cpu", "gpu")]
    assert images == ["registry/a:1", "registry/b:2"]


def test_gpu_jobs_get_gpus() -> None:
    docker = build_job_template(Site(pool_type="docker"), "gpu")["variables"]["properties"]["container_create_kwargs"]
    assert docker["default"]["device_requests"][0]["capabilities"] == [["gpu"]]
    kubernetes = build_job_template(Site(pool_type="kubernetes"), "gpu")
    assert "nvidia.com/gpu" in json.dumps(kubernetes["job_configuration"])
