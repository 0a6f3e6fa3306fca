"""``make env``: write ``infra/.env`` with a random secret for each that is empty. It needs Python alone."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from olmocr_core.domain.identity import bytes_digest

HERE = Path(__file__).resolve().parent
_LINE = re.compile(r"(\w+)=(.*)")


def main() -> int:
    """Write the file, readable by its owner alone, and say what to do with it."""
    path = HERE / ".env"
    known = read_values(path.read_text("utf-8")) if path.exists() else {}
    text = fill((HERE / "env.example").read_text("utf-8"), known)
    descriptor = os.open(path.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    path.with_suffix(".new").replace(path)
    sys.stdout.write(
        f"{path.relative_to(HERE.parent)}: SERVICE_KEY opens the service, GRAFANA_PASSWORD Grafana (admin), "
    )
    sys.stdout.write(
        "PREFECT_API_AUTH_STRING Prefect's UI\nCOMPOSE_PROFILES says what is started: service, server, full, gpu\n"
    )
    return 0


def read_values(text: str) -> dict[str, str]:
    """The variables that an env file sets."""
    return {found[1]: found[2] for line in text.splitlines() if (found := _LINE.fullmatch(line))}


def fill(example: str, known: Mapping[str, str]) -> str:
    """The example with known values in their places, new secrets where they are empty, and further known values at its end."""
    values = {**read_values(example), **known}
    for name, make in _SECRETS.items():
        values[name] = values[name] or make(values)
    lines = [
        f"{found[1]}={values.pop(found[1])}" if (found := _LINE.fullmatch(line)) else line
        for line in example.splitlines()
    ]
    return "\n".join([*lines, *(f"{name}={value}" for name, value in values.items())]) + "\n"


def _secret(values: Mapping[str, str]) -> str:
    return secrets.token_urlsafe(24)


def _api_key(values: Mapping[str, str]) -> str:
    return f"olm_{secrets.token_urlsafe(32)}"


def _api_key_lines(values: Mapping[str, str]) -> str:
    keys = (("first", "submit", values["SERVICE_KEY"]), ("metrics", "read", values["METRICS_KEY"]))
    return ",".join(f"{name}:{role}:{bytes_digest(key.encode())}" for name, role, key in keys)


def _password(values: Mapping[str, str]) -> str:
    return values["PREFECT_API_AUTH_STRING"].partition(":")[2]


# In this order: the later ones are made of the earlier ones.
_SECRETS: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "SERVICE_KEY": _api_key,
    "METRICS_KEY": _api_key,
    "OLMOCR_SERVE_API_KEYS": _api_key_lines,
    "POSTGRES_PASSWORD": _secret,
    "REDIS_PASSWORD": _secret,
    "PREFECT_API_AUTH_STRING": lambda values: f"team:{_secret(values)}",
    "PREFECT_METRICS_PASSWORD": _password,
    "AWS_SECRET_ACCESS_KEY": _secret,
    "GRAFANA_PASSWORD": _secret,
}

if __name__ == "__main__":
    sys.exit(main())
