"""Postgres and Redis from installed packages, with their data in the state folder. Postgres listens on a socket file only."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flows.local_server.ports import is_free
from olmocr_core.domain.errors import RunError

DATABASE = "prefect"
END_SECONDS = 60
_DEBIAN = Path("/usr/lib/postgresql")


def ends_with_parent(ending: str, *more: str) -> list[str]:
    """The prefix of a command that gets the signal ``ending`` when this process ends, however it ends."""
    return ["setpriv", "--pdeathsig", ending, *more]


def wait_for_end(what: str, there: Callable[[], bool]) -> None:
    """Wait for the end of something that an earlier start left behind. Raises RunError when it does not end."""
    deadline = time.monotonic() + END_SECONDS
    while there():
        if time.monotonic() > deadline:
            raise RunError(f"{what} is taken and does not come free; stop what uses it, or choose another")
        time.sleep(0.2)


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the stores run as: Postgres refuses to run as root."""

    name: str
    uid: int
    gid: int

    def command(self, command: list[str]) -> list[str]:
        """The command, run as this account and ended with this process by SIGINT: both stores then shut down fast."""
        if os.geteuid() == self.uid:
            return [*ends_with_parent("INT"), *command]
        # One setpriv for both: changing the account afterwards would clear the parent-death signal.
        drop = ["--reuid", str(self.uid), "--regid", str(self.gid), "--clear-groups", "--inh-caps=-all"]
        return [*ends_with_parent("INT", *drop), *command]

    def own(self, folder: Path) -> Path:
        """Create a folder that only this account can enter."""
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)
        return folder


def account() -> Account:
    """The current user; for root the user ``postgres``, else ``nobody``. Raises RunError when there is neither."""
    if os.geteuid():
        entry = pwd.getpwuid(os.geteuid())
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise RunError("as root this needs a user postgres or nobody to run Postgres as")


def program(name: str) -> str:
    """The path of a program of Postgres or Redis. Raises RunError that says how to install a missing one."""
    if found := shutil.which(name):
        return found
    versions = sorted(_DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if versions:
        return str(versions[-1])
    raise RunError(f"{name} is not installed; on Debian and Ubuntu: apt-get install postgresql redis-server")


class Postgres:
    """A Postgres cluster in a folder."""

    def __init__(self, folder: Path, user: Account) -> None:
        self._user = user
        self._data = folder / "postgres"
        self._socket = folder / "socket"

    def prepare(self) -> list[str]:
        """Create the cluster if there is none, and return the command that serves it."""
        self._user.own(self._socket)
        self._user.own(self._data)
        wait_for_end(f"the database in {self._data}", self._serves)
        if not (self._data / "PG_VERSION").exists():
            make = [program("initdb"), "-D", str(self._data), "-U", DATABASE, "--auth=trust", "-E", "UTF8"]
            _check(self._user.command([*make, "--locale=C.UTF-8"]))
        # Its socket lies in a folder that is closed to others, so it needs no password.
        options = {"listen_addresses": "", "unix_socket_directories": str(self._socket), "max_connections": "200"}
        set_options = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return self._user.command([program("postgres"), "-D", str(self._data), *set_options])

    def _serves(self) -> bool:
        """Whether a running Postgres has this cluster open; the pid file of a dead one does not count."""
        try:
            pid = int((self._data / "postmaster.pid").read_text("utf-8").split("\n")[0])
            return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return False

    def ready(self) -> bool:
        """Whether it takes connections; if so, the database is created."""
        asking = ["-h", str(self._socket), "-U", DATABASE]
        if _quietly([program("pg_isready"), *asking]):
            return False
        exists = [program("psql"), *asking, "-d", DATABASE, "-c", "select 1"]
        return not _quietly(exists) or not _quietly([program("createdb"), *asking, DATABASE])

    @property
    def url(self) -> str:
        """The connection URL for SQLAlchemy."""
        return f"postgresql+asyncpg://{DATABASE}@/{DATABASE}?host={self._socket}"


class Redis:
    """A Redis server on the loopback, with a password that is generated once."""

    def __init__(self, folder: Path, user: Account, port: int) -> None:
        self._user = user
        self._folder = folder / "redis"
        self.port = port
        self.password = ""

    def prepare(self) -> list[str]:
        """Create its folder and password, and return the command that serves it."""
        wait_for_end(f"port {self.port}", lambda: not is_free(self.port))
        self._user.own(self._folder)
        configuration = self._folder / "redis.conf"
        if not configuration.exists():
            # In a file: every user of the machine can read command lines.
            configuration.touch(mode=0o600)
            configuration.write_text(f"requirepass {secrets.token_urlsafe(24)}\n", "utf-8")
            os.chown(configuration, self._user.uid, self._user.gid)
        self.password = configuration.read_text("utf-8").split()[1]
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._folder)]
        # Events that are not recorded yet survive a restart.
        options += ["--appendonly", "yes", "--maxmemory-policy", "noeviction"]
        return self._user.command([program("redis-server"), str(configuration), *options])

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as link, link.makefile("rb") as answers:
                link.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return answers.readline() == b"+OK\r\n" and answers.readline() == b"+PONG\r\n"
        except OSError:
            return False

    def environment(self) -> dict[str, str]:
        """The environment variables that make Prefect use it for messages, leases and its queue."""
        return {
            "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
            "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
            "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
            "PREFECT_REDIS_MESSAGING_HOST": "127.0.0.1",
            "PREFECT_REDIS_MESSAGING_PORT": str(self.port),
            "PREFECT_REDIS_MESSAGING_PASSWORD": self.password,
            "PREFECT_SERVER_DOCKET_URL": f"redis://:{self.password}@127.0.0.1:{self.port}/1",
        }


def _check(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise RunError(f"{' '.join(command[:1])} ended with {done.returncode}: {done.stderr[-1000:]}")


def _quietly(command: list[str]) -> int:
    return subprocess.run(command, capture_output=True, check=False, cwd="/").returncode
