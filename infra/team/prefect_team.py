"""``python -m infra.team.prefect_team``: a Prefect server for a team: Postgres, Redis, API processes and services.

One process supervises the others and restarts one that ends. SIGTERM or Ctrl-C stops all, the stores last. kill -9 leaves
none of them behind either, so a service manager can start the whole again.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from flows.local_server.auth import AUTH_HINT
from flows.local_server.environment import server_environment
from flows.local_server.ports import is_free
from flows.local_server.serve import check_exposure, client_host
from flows.local_server.server import register_server, responds, state_folder
from infra.team.stores import Account, Postgres, Redis, account, ends_with_parent, wait_for_end
from infra.team.watch import Team
from olmocr_core.domain.errors import OlmocrError, RunError


def main() -> int:
    """Serve until told to stop. Returns the exit code."""
    parser = argparse.ArgumentParser(description="A Prefect server for a team.")
    parser.add_argument("--host", default="127.0.0.1", help="other than the loopback only with PREFECT_API_AUTH_STRING")
    parser.add_argument("--port", type=int, default=4200)
    parser.add_argument("--workers", type=int, default=2, help="API processes")
    parser.add_argument("--redis-port", type=int, default=6390)
    arguments = parser.parse_args()
    team = Team(state_folder() / "team" / "logs")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: team.stopping.set())
    try:
        check_exposure(arguments.host)
        serve(team, arguments)
    except OlmocrError as error:
        sys.stderr.write(f"team server: {error}\n")
        return error.exit_code
    finally:
        team.stop()
    return 0


def serve(team: Team, arguments: argparse.Namespace) -> None:
    """Start everything in order, then supervise it."""
    url = f"http://{client_host(arguments.host)}:{arguments.port}"
    folder = register_server(url)
    user = account()
    environment = {
        **server_environment(folder, url),
        **start_stores(team, stores_folder(folder, user), user, arguments.redis_port),
        # Done once, below: API processes that start together would race, and the one that loses takes the API down.
        "PREFECT_API_DATABASE_MIGRATE_ON_START": "false",
        "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
    }
    prefect = [sys.executable, "-m", "prefect", "server"]
    prepare = [sys.executable, "-m", "tasks.prefect_compat.server_database"]
    done = subprocess.run(prepare, env=environment, cwd="/", capture_output=True, check=False)
    if done.returncode:
        raise RunError(f"the database cannot be brought up to date: {done.stderr.decode('utf-8', 'replace')[-1500:]}")
    wait_for_end(f"port {arguments.port}", lambda: not is_free(arguments.port))
    start = [*ends_with_parent("TERM"), *prefect, "start", "--no-services", "--workers", str(arguments.workers)]
    start += ["--host", arguments.host, "--port", str(arguments.port)]
    team.add("api", start, lambda: responds(url), environment)
    services = [*ends_with_parent("TERM"), sys.executable, "-m", "tasks.prefect_compat.docket_worker"]
    services += ["server", "services", "start"]
    team.add("services", services, lambda: True, environment)
    sys.stdout.write(f"Prefect UI: {url} ({AUTH_HINT})\nData, logs: {folder / 'team'}\n")
    sys.stdout.flush()
    team.watch()


def stores_folder(folder: Path, user: Account) -> Path:
    """Where the stores keep their data: in the state folder if their account can enter it."""
    may_enter = subprocess.run(user.command(["test", "-x", str(folder)]), check=False).returncode == 0
    # The home of root is closed to the account that Postgres runs as.
    return folder / "team" if may_enter else Path("/var/lib/olmocr-flows/team")


def start_stores(team: Team, folder: Path, user: Account, redis_port: int) -> dict[str, str]:
    """Start Postgres and Redis, and return the environment variables that make Prefect use them."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        folder.chmod(0o755)
    postgres = Postgres(folder, user)
    team.add("postgres", postgres.prepare(), postgres.ready)
    redis = Redis(folder, user, redis_port)
    team.add("redis", redis.prepare(), redis.ready)
    return {"PREFECT_SERVER_DATABASE_CONNECTION_URL": postgres.url, **redis.environment()}


if __name__ == "__main__":
    sys.exit(main())
