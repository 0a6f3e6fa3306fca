"""Every reliance on private parts of Prefect and docket, a file each.

Each file says what it relies on or patches, why, which test holds the installed version to it, and when it can go.
An import patches nothing: a process calls the function for its kind at its start. Calling it again changes nothing.

| kind of process | call | patches |
| --- | --- | --- |
| one that runs flows | ``apply_to_flow_run`` | lost leases, stored results, a server that is away |
| a worker | ``apply_to_worker`` | a flow run that still holds a place on the worker, SIGTERM |
| a server's services | ``apply_to_services`` | loops that a killed process had in hand |
| a server on SQLite | ``apply_to_sqlite_server`` | transactions that read first, the collector in the event loop |
"""

from __future__ import annotations

# The first argument of a worker that finishes its flow runs on SIGTERM.
DRAINS = "--drains"


def apply_to_flow_run() -> None:
    """Patch a process that runs flows."""
    from tasks.prefect_compat import client_patience, concurrency_lease, result_serialization

    client_patience.wait_from_the_first_request()
    concurrency_lease.survive_lost_leases()
    result_serialization.read_plain_json_only()


def apply_to_worker(*, drains: bool = False) -> None:
    """Patch a process that is a worker; ``drains`` has it finish its flow runs on SIGTERM."""
    from tasks.prefect_compat import worker_drain, worker_patch

    worker_patch.defer_held_flow_runs()
    if drains:
        worker_drain.drain_on_sigterm()


def apply_to_services() -> None:
    """Patch a process that runs a server's services."""
    from tasks.prefect_compat import docket_worker

    docket_worker.redeliver_soon()


def apply_to_sqlite_server() -> None:
    """Patch a process that is a whole server on SQLite."""
    from tasks.prefect_compat import sqlite_server

    sqlite_server.lock_before_reading()
    sqlite_server.collect_in_a_thread()
