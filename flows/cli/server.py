"""The command ``olmocr-flows server``: the Prefect server of this machine."""

from __future__ import annotations

import argparse
import os
import shlex

from flows.cli.plain_text import say
from flows.local_server.auth import AUTH_HINT
from olmocr_core.domain.errors import RunError

NO_SERVER = "no local server is running"
EXAMPLES = """examples:
  olmocr-flows server start        in the background; runs start it by themselves
  olmocr-flows server serve        in the foreground, for a service manager
  olmocr-flows server auth         the auth string that the UI asks for
  eval "$(olmocr-flows server env)"   let `prefect` and curl in this shell use it
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
    actions.add_parser("auth", help="print the auth string that its UI asks for").set_defaults(command=_auth)
    actions.add_parser("env", help="print the exports with which a shell uses it").set_defaults(command=_env)
    serve = actions.add_parser("serve", help="run it in the foreground, on SQLite")
    serve.add_argument("--host", default="127.0.0.1", help="other than the loopback only with PREFECT_API_AUTH_STRING")
    serve.add_argument("--port", type=int, default=4200, help="(default: %(default)s)")
    serve.set_defaults(command=_serve)


def _start(arguments: argparse.Namespace) -> int:
    from flows.local_server.server import ensure_server

    say(f"Prefect UI: {ensure_server().url} ({AUTH_HINT})")
    return 0


def _stop(arguments: argparse.Namespace) -> int:
    from flows.local_server.server import stop_server

    say("stopped" if stop_server() else NO_SERVER)
    return 0


def _status(arguments: argparse.Namespace) -> int:
    from flows.local_server.server import find_running_server

    found = find_running_server()
    say(f"Prefect UI: {found.url}" if found else NO_SERVER)
    return 0 if found else 1


def _auth(arguments: argparse.Namespace) -> int:
    from flows.local_server.auth import configured_auth, read_auth
    from flows.local_server.server import state_folder

    if not (secret := configured_auth() or read_auth(state_folder())):
        raise RunError("no local server has been started yet: olmocr-flows server start")
    say(secret)
    return 0


def _env(arguments: argparse.Namespace) -> int:
    from flows.local_server.connection import use_running_server

    use_running_server()
    for name in ("PREFECT_API_URL", "PREFECT_API_AUTH_STRING"):
        if value := os.environ.get(name):
            say(f"export {name}={shlex.quote(value)}")
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    from flows.local_server.serve import serve

    serve(arguments.host, arguments.port)
