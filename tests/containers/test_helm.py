"""The chart renders with the real Helm, and what it renders fits Kubernetes' own schemas."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.containers.docker import REPO

CHART = REPO / "infra" / "helm" / "olmocr-flows"
TAGS = {"image.tag": "0.2.0", "imageGpu.tag": "0.2.0-gpu"}
EXTERNAL = {**TAGS, "prefect.apiUrl": "https://prefect.example/api"}
CHOICES: Mapping[str, Mapping[str, str]] = {
    "external": EXTERNAL,
    "service-only": {**TAGS, "workers.cpu.enabled": "false", "workers.shards.enabled": "false"},
    "own-server": {**TAGS, "prefect.server.enabled": "true"},
    "everything": {
        **TAGS,
        "prefect.server.enabled": "true",
        "workers.gpu.enabled": "true",
        "workers.storage.enabled": "true",
        "workers.secret": "store",
        "workers.env.OLMOCR_ENGINE": "cpu",
        "service.env.OLMOCR_SERVE_UPLOAD_MB": "500",
        "service.ingress.enabled": "true",
        "service.ingress.host": "read.example",
        "service.ingress.tlsSecret": "tls",
    },
    "existing-claims": {
        **EXTERNAL,
        "service.storage.existingClaim": "a",
        "workers.storage.enabled": "true",
        "workers.storage.existingClaim": "b",
        "workers.gpu.enabled": "true",
        "workers.gpu.models.existingClaim": "c",
        "prefect.secret": "",
    },
}


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["helm", *arguments], capture_output=True, text=True, check=False)


def template(values: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    flags = [f"--set{'-string' if '.env.' in key else ''}={key}={value}" for key, value in values.items()]
    return helm("template", "site", str(CHART), *flags)


def rendered(name: str) -> list[dict[str, Any]]:
    done = template(CHOICES[name])
    assert done.returncode == 0, done.stderr
    return [resource for resource in yaml.safe_load_all(done.stdout) if resource]


def pods(resources: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in resources:
        if resource["kind"] in ("Deployment", "Job"):
            yield resource["metadata"]["name"], resource["spec"]["template"]["spec"]


def containers(resources: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, pod in pods(resources):
        yield from ((name, container) for container in (*pod.get("initContainers", ()), *pod["containers"]))


def test_helm_finds_nothing_to_complain_about() -> None:
    done = helm("lint", "--strict", str(CHART), "--set", "prefect.apiUrl=https://prefect.example/api")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("version", ["1.31", "1.37"])
@pytest.mark.parametrize("name", CHOICES)
def test_what_is_rendered_fits_the_schemas(name: str, version: str, tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(template(CHOICES[name]).stdout)
    command = ["kubernetes-validate", "--strict", "-k", version, str(tmp_path / "all.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count(" passed for ") == len(rendered(name))


@pytest.mark.parametrize("name", CHOICES)
def test_pods_run_as_nobody_and_write_to_volumes_only(name: str) -> None:
    resources = rendered(name)
    for owner, pod in pods(resources):
        assert pod["securityContext"]["runAsNonRoot"], owner
        assert pod["automountServiceAccountToken"] is False, owner
        volumes = {volume["name"] for volume in pod["volumes"]}
        mounts = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
        assert mounts == volumes, owner
    for owner, container in containers(resources):
        context = container["securityContext"]
        assert (context["readOnlyRootFilesystem"], context["capabilities"]) == (True, {"drop": ["ALL"]}), owner
        assert container["resources"]["limits"]["memory"], owner


@pytest.mark.parametrize("name", CHOICES)
def test_secrets_are_references(name: str) -> None:
    resources = rendered(name)
    assert "Secret" not in {resource["kind"] for resource in resources}
    for owner, container in containers(resources):
        for variable in container.get("env", ()):
            secret = any(word in variable["name"] for word in ("KEY", "AUTH", "PASSWORD", "SECRET"))
            assert ("valueFrom" in variable) is secret, (owner, variable)


def test_claims_that_are_used_are_made_or_exist() -> None:
    for name in CHOICES:
        resources = rendered(name)
        made = {resource["metadata"]["name"] for resource in resources if resource["kind"] == "PersistentVolumeClaim"}
        used = {
            volume["persistentVolumeClaim"]["claimName"]
            for _, pod in pods(resources)
            for volume in pod["volumes"]
            if "persistentVolumeClaim" in volume
        }
        assert made == used - {"a", "b", "c"}, name


def test_gpu_workers_get_a_card_on_nodes_that_are_kept_for_it() -> None:
    (pod,) = [pod for owner, pod in pods(rendered("everything")) if owner == "site-worker-gpu"]
    assert pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in pod["tolerations"]
    assert pod["terminationGracePeriodSeconds"] >= 600
    assert pod["containers"][0]["image"] == "olmocr-flows:0.2.0-gpu"


@pytest.mark.parametrize(("name", "reader"), [("external", "site-worker-shards"), ("everything", "site-worker-gpu")])
def test_nights_have_workers_of_both_pools(name: str, reader: str) -> None:
    pools = {
        owner: container["args"][2] for owner, container in containers(rendered(name)) if "worker" in container["args"]
    }
    assert pools == {"site-worker-cpu": "cpu", reader: "gpu"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"prefect.apiUrl": "https://prefect.example/api"}, "the tag that your image was pushed with"),
        (TAGS, "prefect.apiUrl: where is the Prefect server?"),
        ({"prefect.apiUrl": "https://user:secret@prefect.example/api"}, "does not match pattern"),
        ({**EXTERNAL, "servce.port": "1"}, "additional properties 'servce' not allowed"),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(values: dict[str, str], said: str) -> None:
    done = template(values)
    assert done.returncode != 0
    assert said in done.stderr
