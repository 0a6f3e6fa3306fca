"""Generate deployments/work_pools/*.json from the worker classes, with the defaults of this project.

Needs prefect-docker and prefect-kubernetes: pip install prefect-docker prefect-kubernetes
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from prefect.workers.process import ProcessWorker

FOLDER = Path(__file__).resolve().parents[1] / "deployments" / "work_pools"
IMAGES = {"cpu": "olmocr-flows:latest", "gpu": "olmocr-flows:gpu"}
RESOURCES = {"cpu": ("2", "8", "8Gi", "16Gi"), "gpu": ("8", "16", "48Gi", "96Gi")}
Template = dict[str, Any]


def main() -> None:
    """Write one file for each pool and type."""
    from prefect_docker.worker import DockerWorker
    from prefect_kubernetes.worker import KubernetesWorker

    FOLDER.mkdir(parents=True, exist_ok=True)
    for pool in IMAGES:
        _write(f"{pool}-process", ProcessWorker.get_default_base_job_template())
        _write(f"{pool}-docker", _docker(DockerWorker.get_default_base_job_template(), pool))
        _write(f"{pool}-kubernetes", _kubernetes(KubernetesWorker.get_default_base_job_template(), pool))


def _docker(template: Template, pool: str) -> Template:
    properties = template["variables"]["properties"]
    properties["image"]["default"] = IMAGES[pool]
    properties["auto_remove"]["default"] = True
    if pool == "gpu":
        properties["container_create_kwargs"]["default"] = {
            "device_requests": [{"driver": "nvidia", "count": -1, "capabilities": [["gpu"]]}],
            # SGLang's processes share tensors through shared memory; Docker's 64 MB are not enough.
            "shm_size": "16g",
        }
    return template


def _kubernetes(template: Template, pool: str) -> Template:
    properties = template["variables"]["properties"]
    properties["image"]["default"] = IMAGES[pool]
    names = ("cpu_request", "cpu_limit", "memory_request", "memory_limit")
    for name, value in zip(names, RESOURCES[pool], strict=True):
        properties[name]["default"] = value
    # Keep finished jobs for an hour for inspection; their logs are in Prefect.
    properties["finished_job_ttl"]["default"] = 3600
    if pool == "gpu":
        pod = template["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]
        container = pod["containers"][0]
        container["resources"]["limits"]["nvidia.com/gpu"] = "{{ gpus }}"
        container["volumeMounts"] = [{"name": "shm", "mountPath": "/dev/shm"}]
        pod["volumes"] = [{"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "16Gi"}}]
        pod["tolerations"] = [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
        properties["gpus"] = {
            "title": "GPUs",
            "description": "GPUs that one shard gets.",
            "type": "integer",
            "default": 1,
        }
    return template


def _write(name: str, template: Template) -> None:
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(template, indent=2) + "\n", "utf-8")
    print(path.relative_to(FOLDER.parents[1]))


if __name__ == "__main__":
    main()
