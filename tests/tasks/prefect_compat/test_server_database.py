"""Contract: tables and block types of a Prefect server can be made before it starts."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_an_empty_database_gets_tables_and_block_types(tmp_path: Path) -> None:
    file = tmp_path / "prefect.db"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    url = f"sqlite+aiosqlite:///{file}"
    environment = {**kept, "PREFECT_HOME": str(tmp_path), "PREFECT_SERVER_DATABASE_CONNECTION_URL": url}
    command = [sys.executable, "-m", "tasks.prefect_compat.server_database"]
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(file) as database:
        kinds = {slug for (slug,) in database.execute("select slug from block_type")}
        assert {"slack-webhook", "sendgrid-email", "secret"} <= kinds
        assert database.execute("select count(*) from flow_run").fetchone() == (0,)
