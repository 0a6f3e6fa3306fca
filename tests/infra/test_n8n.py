"""The workflows for n8n: their form, and their requests against a real service. ``make test-n8n`` runs them in n8n itself."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from service.jobs.models import State
from tests.service.documents import PAPER
from tests.service.serving import served_here

FOLDER = Path(__file__).resolve().parents[2] / "infra" / "n8n"
FILES = sorted(FOLDER.glob("*.json"))
STICKY = "n8n-nodes-base.stickyNote"
HTTP = "n8n-nodes-base.httpRequest"
RESUME = "http://localhost:5678/webhook-waiting/1?signature=aa"


def load(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text()))


def nodes_of(workflow: dict[str, Any], kind: str = "") -> dict[str, Any]:
    """Nodes by their name; without notes, or those of a kind."""
    return {one["name"]: one for one in workflow["nodes"] if (one["type"] == kind if kind else one["type"] != STICKY)}


def targets(workflow: dict[str, Any], name: str) -> list[list[str]]:
    """The nodes after each output of a node."""
    return [[one["node"] for one in output] for output in workflow["connections"].get(name, {"main": []})["main"]]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> dict[str, Any]:
    return load(request.param)


def test_there_are_two() -> None:
    assert [path.stem for path in FILES] == ["upload-and-wait", "webhook-and-callback"]
    assert len({load(path)["id"] for path in FILES}) == 2


def test_it_is_importable_and_keeps_its_ids(workflow: dict[str, Any]) -> None:
    assert {"id", "name", "nodes", "connections", "settings", "pinData"} <= set(workflow)
    assert (workflow["settings"]["executionOrder"], workflow["pinData"], workflow["active"]) == ("v1", {}, False)
    ids = [uuid.UUID(one["id"]) for one in workflow["nodes"]]
    ids += [uuid.UUID(one["webhookId"]) for one in workflow["nodes"] if "webhookId" in one]
    assert len(set(ids)) == len(ids)
    for node in workflow["nodes"]:
        assert {"parameters", "name", "type", "typeVersion", "position"} <= set(node)


def test_every_node_is_reached_from_the_first(workflow: dict[str, Any]) -> None:
    reached, waiting = set(), [workflow["nodes"][0]["name"]]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting += [one for output in targets(workflow, name) for one in output if one not in reached]
    assert reached == set(nodes_of(workflow))
    assert len(nodes_of(workflow, STICKY)) >= 3


def test_what_fails_ends_in_the_error_branch(workflow: dict[str, Any]) -> None:
    for name, node in nodes_of(workflow, HTTP).items():
        assert node["onError"] == "continueErrorOutput"
        assert targets(workflow, name)[1] == ["Stop"]


def test_no_secret_is_inside(workflow: dict[str, Any]) -> None:
    for node in nodes_of(workflow, HTTP).values():
        assert node["credentials"] == {"httpHeaderAuth": {"id": "olmOCRserviceKey", "name": "olmOCR service"}}
    assert not re.search(r"olm_|Bearer|password", json.dumps(workflow))


def test_expressions_name_nodes_that_exist(workflow: dict[str, Any]) -> None:
    assert set(re.findall(r"\$\('([^']+)'\)", json.dumps(workflow))) <= set(nodes_of(workflow))


def test_every_state_of_a_document_has_a_way_on(workflow: dict[str, Any]) -> None:
    switch = nodes_of(workflow)["Has it ended?"]
    rules = [one["conditions"]["conditions"][0]["rightValue"] for one in switch["parameters"]["rules"]["values"]]
    assert set(rules) < set(get_args(State))
    text, stop, again = targets(workflow, "Has it ended?")
    assert (rules, text, stop, len(again)) == (["done", "failed"], ["Text"], ["Stop"], 1)


def ask(client: httpx.Client, node: dict[str, Any], known: dict[str, str]) -> httpx.Response:
    """Send the request of a node as n8n does; ``known`` has the values of its expressions."""

    def fill(text: str) -> str:
        filled = re.sub(r"\{\{ (.*?) \}\}", lambda found: known[found[1]], text.removeprefix("="))
        return filled.replace("http://service", "")

    wanted = node["parameters"]
    params = {one["name"]: fill(one["value"]) for one in wanted.get("queryParameters", {}).get("parameters", [])}
    parts = [one["name"] for one in wanted.get("bodyParameters", {}).get("parameters", [])]
    files = dict.fromkeys(parts, ("päper.pdf", PAPER, "application/pdf")) or None
    return client.request(wanted["method"], fill(wanted["url"]), params=params, files=files)


def test_its_requests_fit_the_service(workflow: dict[str, Any], tmp_path: Path) -> None:
    nodes = nodes_of(workflow, HTTP)
    service = nodes_of(workflow)["Service"]["parameters"]["assignments"]["assignments"][0]
    assert (service["name"], service["value"]) == ("service", "http://127.0.0.1:8000")
    known = dict.fromkeys(("$json.service", "$('Service').first().json.service"), "http://service")
    known["$execution.resumeUrl"] = RESUME
    served = served_here(tmp_path / "data", callback_hosts="private:localhost:5678")
    with served as url, httpx.Client(base_url=url, timeout=60) as client:
        sent = ask(client, nodes["Send"], known)
        assert sent.status_code in (200, 202), sent.text
        known |= dict.fromkeys(("$json.id", "$('Send').first().json.id"), sent.json()["id"])
        client.get(f"/v1/documents/{sent.json()['id']}", params={"wait": 20})
        state = ask(client, nodes["State"], known).json()
        assert (state["state"], state["filename"]) == ("done", "päper.pdf")
        assert {"filename", "document_status", "reasons"} <= set(state)
        assert ask(client, nodes["Text"], known).text.startswith("Page 1 of document")
        callbacks = client.get(f"/v1/documents/{state['id']}/callbacks").json()
    assert [one["host"] for one in callbacks] == (["localhost"] if "$execution" in json.dumps(workflow) else [])
