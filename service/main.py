"""The console script ``olmocr-serve``: reads flags and environment, listens, serves until it is told to stop."""

from __future__ import annotations

import argparse
import contextlib
import logging
import resource
import sys
from collections.abc import Sequence
from typing import Any

from olmocr_core.domain.errors import OlmocrError
from service.api_keys import make_api_key
from service.settings import ServiceSettings, load_service_settings, show_default

# Clients that wait are told to ask again, and pages in progress are given up: their jobs go on at the next start.
_GRACE_SECONDS = 10
_OWN_FLAGS = ("new_key", "role")


def main(argv: Sequence[str] | None = None) -> int:
    """Serve, or make an API key. Returns the exit code: 2 for wrong flags or settings."""
    arguments = vars(build_parser().parse_args(argv))
    new_key, role = (arguments.pop(name) for name in _OWN_FLAGS)
    try:
        if new_key:
            return _print_new_key(new_key, role)
        return serve(load_service_settings(arguments))
    except OlmocrError as error:
        return _complain(str(error), error.exit_code)


def build_parser() -> argparse.ArgumentParser:
    """The parser: a flag for each setting of the service."""
    parser = argparse.ArgumentParser(
        prog="olmocr-serve", description="PDFs and page images into clean text, over HTTP."
    )
    for name, field in ServiceSettings.model_fields.items():
        default = show_default(field.default)
        text = f"{field.description} (default: {default})" if default else field.description
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="VALUE", help=text)
    parser.add_argument("--new-key", metavar="NAME", help="print a new API key and its line for the settings, and end")
    parser.add_argument("--role", choices=("submit", "read"), default="submit", help="of the new key")
    return parser


def serve(settings: ServiceSettings) -> int:
    """Listen until SIGTERM or SIGINT. Returns the exit code.

    Raises UsageError and RunError for what would keep it from reading: settings, an engine that is not installed, the folder.
    """
    import asyncio

    import uvicorn

    from olmocr_core.domain.load_settings import load_settings
    from olmocr_core.wiring import check_engine
    from service import access_log
    from service.app import make_app
    from service.jobs.data_folder import DataFolder, open_data_folder
    from service.jobs.database import open_database

    check_engine(load_settings())

    async def try_database(folder: DataFolder) -> None:
        async with open_database(settings.database.get_secret_value() or folder.database):
            pass

    # What is wrong with them is a sentence here, and a traceback once the server starts.
    with open_data_folder(settings.data) as folder:
        asyncio.run(try_database(folder))
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    (access_log.switch_on if settings.access_log else access_log.switch_off)()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    _allow_many_connections()
    config = uvicorn.Config(
        make_app(settings),
        settings.host,
        settings.port,
        lifespan="on",
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    server.run()
    return 0 if server.started else 1


def _allow_many_connections() -> None:
    """Let as many files be open as the system allows: each connection is one, and shells allow 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _print_new_key(name: str, role: Any) -> int:
    try:
        text, key = make_api_key(name, role)
    except ValueError:
        return _complain(f"{name!r} is no name for a key: letters, digits, dots and dashes, at most 64", 2)
    sys.stdout.write(f"key (shown once): {text}\nOLMOCR_SERVE_API_KEYS={key}\n")
    return 0


def _complain(message: str, code: int) -> int:
    sys.stderr.write(f"olmocr-serve: {message}\n")
    return code
