"""How the stores are found, whom they run as, and what they wait for."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from infra.team import stores
from infra.team.stores import Account, Redis, account, ends_with_parent, program, wait_for_end
from olmocr_core.domain.errors import RunError
from tests.ports import free_port

ME = Account("me", os.geteuid(), os.getegid())


def test_a_program_is_found_on_the_path_and_a_missing_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "_DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RunError, match="apt-get install postgresql redis-server"):
        program("initdb")
    for version in ("9", "15"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch(mode=0o755)
    assert program("initdb") == str(tmp_path / "15" / "bin" / "initdb"), "the newest, by number"
    (tmp_path / "initdb").touch(mode=0o755)
    assert program("initdb") == str(tmp_path / "initdb")


def test_the_stores_never_run_as_root() -> None:
    assert account().uid != 0


def test_a_command_ends_with_this_process_and_changes_the_account_in_the_same_step() -> None:
    assert ME.command(["postgres"]) == [*ends_with_parent("INT"), "postgres"]
    other = Account("other", os.geteuid() + 1, 7).command(["postgres"])
    assert other[0] == "setpriv"
    assert other.count("setpriv") == 1
    assert other[-1] == "postgres"


def test_a_child_ends_with_the_process_that_started_it() -> None:
    script = f"{' '.join(ends_with_parent('TERM'))} sleep 600 & echo $!; sleep 0.2"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    child = Path(f"/proc/{done.stdout.strip()}")
    wait_for_end("the child", child.exists)


def test_what_does_not_come_free_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "END_SECONDS", 0)
    with pytest.raises(RunError, match="port 4200 is taken and does not come free"):
        wait_for_end("port 4200", lambda: True)


def test_redis_makes_its_password_once_and_keeps_it_from_others(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "redis-server").touch(mode=0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        redis = Redis(tmp_path, ME, port)
        command = redis.prepare()
        first = redis.password
        again = Redis(tmp_path, ME, port)
        again.prepare()
    assert len(first) >= 24
    assert again.password == first
    configuration = tmp_path / "redis" / "redis.conf"
    assert stat.S_IMODE(configuration.stat().st_mode) == 0o600
    assert first not in " ".join(command), "everybody on the machine reads command lines"
    assert not redis.ready()
    assert redis.environment()["PREFECT_SERVER_DOCKET_URL"] == f"redis://:{first}@127.0.0.1:{port}/1"
