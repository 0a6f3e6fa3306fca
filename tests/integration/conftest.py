"""Nights with real processes. Only collected where INTEGRATION says so: see ``make integration``."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.integration.processes import wait_for
from tests.integration.site import Site, open_site

pytest.register_assert_rewrite("tests.integration.dataset")
collect_ignore_glob = [] if os.environ.get("INTEGRATION") else ["test_*.py"]


def team_installed() -> bool:
    """Whether Postgres and Redis are there."""
    postgres = shutil.which("postgres") or any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return bool(postgres and shutil.which("redis-server"))


@pytest.fixture(scope="session", autouse=True)
def end_properly() -> None:
    """SIGTERM takes the fixtures down, too: no process of a site may outlive the tests."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session", params=["sqlite", "team"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site with its deployments and its workers, for all tests of one kind of server."""
    team = request.param == "team"
    if team and not team_installed():
        pytest.skip("Postgres and Redis are not installed: apt-get install postgresql redis-server")
    # Not pytest's folder: it is closed to the account that Postgres runs as.
    folder = Path(tempfile.mkdtemp(prefix=f"integration-{request.param}-"))
    folder.chmod(0o755)
    site = open_site(folder, team=team)
    try:
        site.deploy()
        site.start_worker("cpu")
        site.start_worker("gpu")
        yield site
    finally:
        site.crew.end()
        site.api.close()
        if request.session.testsfailed:
            sys.stderr.write(f"\nlogs of the processes: {site.crew.logs}\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def healthy(site: Site) -> Site:
    """The site with all of its members alive before the test, and counting from zero."""
    if not site.crew.alive("server"):
        site.start_server()
    site.restart_model()
    for pool in ("cpu", "gpu"):
        if not site.crew.alive(pool):
            site.start_worker(pool)
    wait_for("the Prefect server", site.api.healthy, 120)
    site.witness.forget()
    return site


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give up on a night late: every wait inside of it has a limit of its own, which says what it waited for."""
    for item in filter(lambda item: item.path.parent == Path(__file__).parent, items):
        item.add_marker(pytest.mark.timeout(900))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the ends of all logs with a failure."""
    report = yield
    site = getattr(item, "funcargs", {}).get("site")
    if report.failed and isinstance(site, Site):
        report.sections.append((f"processes of the site, {site.crew.logs}", site.crew.tails()))
    return report
