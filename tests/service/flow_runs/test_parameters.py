from __future__ import annotations

from pathlib import Path

from olmocr_core.domain.settings import Settings
from service.flow_runs.parameters import flow_parameters, make_workspace


def test_a_flow_run_reads_as_the_service_does_and_learns_nothing_of_its_machine() -> None:
    reading = Settings.model_validate(
        {
            "engine": "server",
            "server": "http://gpu:30000",
            "render": {"longest_side": 900},
            "inference": {"api_key_env": "SECRET"},
            "orchestration": {"workers": 3},
        }
    )
    assert flow_parameters([Path("/data/documents/ab/abc")], Path("/data/runs/1"), reading) == {
        "sources": ["/data/documents/ab/abc"],
        "workspace": "/data/runs/1",
        "engine": "server",
        "options": {"render": {"longest_side": 900}, "server": "http://gpu:30000"},
    }


def test_its_pages_are_those_of_the_service(tmp_path: Path) -> None:
    for _ in range(2):
        make_workspace(tmp_path / "runs" / "1", tmp_path / "workspace")
    (tmp_path / "runs" / "1" / "pages" / "a").write_text("page")
    assert (tmp_path / "workspace" / "pages" / "a").read_text() == "page"
    # The folder can be moved, and mounted elsewhere.
    moved = tmp_path.rename(tmp_path.with_name("elsewhere"))
    assert (moved / "runs" / "1" / "pages" / "a").read_text() == "page"
