"""The command ``olmocr-flows deploy``: pools, deployments and automations on the Prefect server."""

from __future__ import annotations

import argparse

from flows.cli.plain_text import say


def add_deploy(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    deploy = commands.add_parser("deploy", help="create or renew pools, deployments and automations on the server")
    deploy.add_argument("parts", nargs="*", metavar="PART", help="some of pools, flows, automations (default: all)")
    deploy.set_defaults(command=_deploy)


def _deploy(arguments: argparse.Namespace) -> int:
    from deployments.deploy import deploy

    for line in deploy(arguments.parts):
        say(line, flush=True)
    return 0
