"""The command ``olmocr-flows server``: the Prefect server of this machine."""

from __future__ import annotations

import argparse

from flows.cli.plain_text import say

EXAMPLES = """examples:
  olmocr-flows server start        in the background; runs start it by themselves
  olmocr-flows server serve        in the foreground, for a service manager
"""


def add_server(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    server = commands.add_parser(
        "server",
        help="the local Prefect server that runs use when none is configured",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = server.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("start", help="start it in the background").set_defaults(command=_start)
    actions.add_parser("stop", help="stop it").set_defaults(command=_stop)
    actions.add_parser("status", help="print its address").set_defaults(command=_status)
    serve = actions.add_parser("serve", help="run it in the foreground, on SQLite")
    serve.add_argument("--host", default="127.0.0.1", help="other than the loopback only with PREFECT_API_AUTH_STRING")
    serve.add_argument("--port", type=int, default=4200, help="(default: %(default)s)")
    serve.set_defaults(command=_serve)


def _start(arguments: argparse.Namespace) -> int:
    from flows.local_server.server import ensure_server

    say(f"Prefect UI: {ensure_server().url}")
    return 0


def _stop(arguments: argparse.Namespace) -> int:
    from flows.local_server.server import stop_server

    say("stopped" if stop_server() else "no local server is running")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    from flows.local_server.server import find_running_server

    found = find_running_server()
    say(f"Prefect UI: {found.url}" if found else "no local server is running")
    return 0 if found else 1


def _serve(arguments: argparse.Namespace) -> int:
    from flows.local_server.serve import serve

    serve(arguments.host, arguments.port)
