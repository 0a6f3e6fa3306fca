"""The launcher against a stub in sglang's place: real processes, real signals, none of them left over."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest

from olmocr_core.domain.errors import RunError, UsageError
from olmocr_core.engines.sglang.process import SglangConfig, SglangServer
from tests.core.engines.sglang.checkpoint import make_checkpoint

STUB = Path(__file__).parent / "stub"
REPO = Path(__file__).resolve().parents[4]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SglangConfig:
    site = tmp_path / "site"
    (site / "sglang-0.0.1.dist-info").mkdir(parents=True)
    (site / "sglang-0.0.1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: sglang\nVersion: 0.0.1\n")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    return SglangConfig(
        model=str(make_checkpoint(tmp_path / "model")),
        arguments={"device": "cpu"},
        environment={"PYTHONPATH": f"{STUB}:{site}", "STUB_PIDS": str(tmp_path / "pids")},
        log=tmp_path / "log",
        cache=tmp_path / "cache",
        start_seconds=60,
        probe_every_seconds=0.05,
        failed_probes=2,
        stop_seconds=0.5,
    )


def doing(config: SglangConfig, **environment: str) -> SglangConfig:
    named = {f"STUB_{name.upper()}": value for name, value in environment.items()}
    return replace(config, environment={**config.environment, **named})


def processes(config: SglangConfig) -> list[int]:
    return [int(word) for word in Path(config.environment["STUB_PIDS"]).read_text().split()]


def none_left(config: SglangConfig) -> bool:
    found = processes(config)
    assert len(found) >= 2
    return not any(psutil.pid_exists(pid) for pid in found)


async def get(server: SglangServer, path: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(server.url + path)


async def until(condition) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.02)


async def test_the_server_is_ready_on_entry_and_gone_after_exit(config: SglangConfig) -> None:
    async with SglangServer(config) as server:
        await get(server, "/health_generate")
        await server.ready()
        assert server.restarts == 0
        assert all(psutil.pid_exists(pid) for pid in processes(config))
        assert "--enable-cache-report: left out" in "; ".join(server.notes)
    assert none_left(config)
    words = config.log.read_text()
    assert "'--port'" in words
    assert "'--served-model-name', 'model'" in words
    assert "--enable-cache-report" not in words


async def test_a_server_that_ignores_sigterm_is_killed(config: SglangConfig) -> None:
    async with SglangServer(doing(config, does="stubborn")):
        pass
    assert none_left(config)


async def test_an_error_inside_of_the_block_stops_the_server(config: SglangConfig) -> None:
    with pytest.raises(ZeroDivisionError):
        async with SglangServer(config):
            raise ZeroDivisionError
    assert none_left(config)


async def test_a_death_during_start_raises_at_once_with_a_diagnosis(config: SglangConfig) -> None:
    with pytest.raises(RunError) as caught:
        async with SglangServer(doing(config, does="die", says="torch.OutOfMemoryError: CUDA out of memory.")):
            pass
    message = str(caught.value)
    assert "ended with status 7 before it was ready" in message
    assert "lower mem-fraction-static" in message
    assert "torch.OutOfMemoryError: CUDA out of memory." in message
    assert str(config.log) in message
    assert none_left(config)


async def test_a_server_that_is_never_ready_costs_the_time_limit(config: SglangConfig) -> None:
    with pytest.raises(RunError, match="not ready after 1 s"):
        async with SglangServer(replace(doing(config, does="hang"), start_seconds=1.0)):
            pass
    assert none_left(config)


async def test_a_cancelled_start_leaves_no_process(config: SglangConfig) -> None:
    server = SglangServer(doing(config, does="hang"))
    task = asyncio.create_task(server.__aenter__())
    await until(lambda: Path(config.environment["STUB_PIDS"]).exists() and processes(config))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert none_left(config)


async def test_a_server_that_dies_is_restarted_at_the_same_address(config: SglangConfig) -> None:
    async with SglangServer(config) as server:
        url = server.url
        with pytest.raises(httpx.RequestError):
            await get(server, "/die")
        await until(lambda: server.restarts == 1)
        await server.ready()
        await get(server, "/health_generate")
        assert server.url == url
        assert len(processes(config)) == 4
        assert not psutil.pid_exists(processes(config)[1]), "what the dead server had started must end with it"
    assert none_left(config)


async def test_a_server_that_fails_its_health_probes_is_restarted(config: SglangConfig) -> None:
    async with SglangServer(config) as server:
        await get(server, "/deafen")
        await until(lambda: server.restarts == 1)
        await server.ready()
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{server.url}/health_generate")).status_code == 200


async def test_the_number_of_restarts_is_limited(config: SglangConfig, tmp_path: Path) -> None:
    later = doing(config, does_later="die", once=str(tmp_path / "once"), says="NCCL error: unhandled system error")
    async with SglangServer(replace(later, restarts=1)) as server:
        with pytest.raises(httpx.RequestError):
            await get(server, "/die")
        await until(lambda: server.failure is not None)
        with pytest.raises(RunError, match=r"Gave up on SGLang after 1 restarts.*status 7(.|\n)*shm-size"):
            await server.ready()
    assert none_left(config)


async def test_a_pause_ends_when_the_server_is_back_or_given_up(config: SglangConfig, tmp_path: Path) -> None:
    async with SglangServer(config) as server, asyncio.timeout(60):
        await server.pause(0.01)
        with pytest.raises(httpx.RequestError):
            await get(server, "/die")
        await until(lambda: server.restarts == 1)
        await server.pause(3600)
        await get(server, "/health_generate")
    later = doing(config, does_later="die", once=str(tmp_path / "once"))
    async with SglangServer(replace(later, restarts=1)) as server, asyncio.timeout(60):
        with pytest.raises(httpx.RequestError):
            await get(server, "/die")
        await until(lambda: server.restarts == 1)
        await server.pause(3600)
        assert server.failure is not None


async def test_a_start_that_fails_for_good_is_not_repeated(config: SglangConfig, tmp_path: Path) -> None:
    says = "no kernel image is available for execution on the device"
    later = doing(config, does_later="die", once=str(tmp_path / "once"), says=says)
    async with SglangServer(replace(later, restarts=5)) as server:
        with pytest.raises(httpx.RequestError):
            await get(server, "/die")
        await until(lambda: server.failure is not None)
        # One: what was ready once is started again, whatever it had written before.
        assert server.restarts == 1


async def test_a_taken_port_is_named(config: SglangConfig) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(RunError, match="the port is taken"):
            async with SglangServer(replace(config, port=taken.getsockname()[1])):
                pass


async def test_arguments_that_the_installed_version_lacks_are_refused_before_anything_starts(
    config: SglangConfig,
) -> None:
    with pytest.raises(UsageError, match="no argument --stub-opton; it has --stub-option"):
        async with SglangServer(replace(config, arguments={"device": "cpu", "stub_opton": 3})):
            pass
    assert not Path(config.environment["STUB_PIDS"]).exists()


@pytest.mark.parametrize("victim", ["launcher", "guardian"])
def test_no_process_survives_a_kill(config: SglangConfig, victim: str) -> None:
    """Of us: the guardian ends the server. Of the guardian: the kernel ends the server."""
    code = (
        "import asyncio, json, sys\n"
        "from pathlib import Path\n"
        "from olmocr_core.engines.sglang.process import SglangConfig, SglangServer\n"
        "given = json.loads(sys.argv[1])\n"
        "config = SglangConfig(**given | {'log': Path(given['log']), 'cache': Path(given['cache']), 'restarts': 0})\n"
        "async def main():\n"
        "    async with SglangServer(config) as server:\n"
        "        print(server.process_id, flush=True)\n"
        "        await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    names = ("model", "arguments", "environment", "log", "cache", "stop_seconds")
    given = json.dumps({name: getattr(config, name) for name in names}, default=str)
    launcher = subprocess.Popen(
        [sys.executable, "-c", code, given], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(REPO)}
    )
    assert launcher.stdout is not None
    guardian = int(launcher.stdout.readline())
    server, child = (psutil.Process(pid) for pid in processes(config))
    os.kill(launcher.pid if victim == "launcher" else guardian, signal.SIGKILL)
    gone = [server, child] if victim == "launcher" else [server]
    assert psutil.wait_procs(gone, timeout=30)[1] == []
    launcher.kill()
    launcher.wait()
    if victim == "guardian":
        child.kill()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"model": "allenai/olmOCR-2-7B-1025-FP8"}, "allenai/olmOCR-2-7B-1025-FP8"),
        ({"model": "a/b", "revision": "r1"}, "a/b@r1"),
        ({"model": "a/b", "served_name": "olmocr"}, "olmocr"),
        ({"model": str(STUB)}, "stub"),
    ],
)
def test_the_served_name_follows_the_model(given: dict[str, str], name: str) -> None:
    assert SglangConfig(**given).served_name == name
