"""Prometheus' configuration and Grafana's dashboard name what is there."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import yaml

import service.metrics

INFRA = Path(__file__).resolve().parents[2] / "infra"
COMPOSE = yaml.safe_load((INFRA / "compose.yaml").read_text())
PROMETHEUS = yaml.safe_load((INFRA / "monitoring" / "prometheus.yml").read_text())
DASHBOARD = json.loads((INFRA / "monitoring" / "grafana" / "dashboards" / "olmocr.json").read_text())


def test_prometheus_asks_services_that_exist_with_secrets_that_it_has() -> None:
    for job in PROMETHEUS["scrape_configs"]:
        (target,) = job["static_configs"][0]["targets"]
        assert target.partition(":")[0] in COMPOSE["services"]
        access = job.get("authorization") or job["basic_auth"]
        secret = Path(access.get("credentials_file") or access["password_file"])
        assert secret.parent == Path("/run/secrets")
        assert secret.name in COMPOSE["services"]["prometheus"]["secrets"]


def test_every_metric_of_the_dashboard_is_one_that_the_service_has() -> None:
    source = inspect.getsource(service.metrics)
    known = {f"olmocr_service_{name}_total" for name in re.findall(r'_counter\(\s*"(\w+)"', source)}
    known |= set(re.findall(r'"(olmocr_service_\w+)"', source))
    expressions = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    asked = {name for expression in expressions for name in re.findall(r"olmocr_service_\w+", expression)}
    assert asked == known


def test_panels_do_not_overlap_and_share_the_provisioned_source() -> None:
    taken: set[tuple[int, int]] = set()
    source = yaml.safe_load((INFRA / "monitoring/grafana/provisioning/datasources/prometheus.yaml").read_text())
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["datasource"]["uid"] == source["datasources"][0]["uid"]
