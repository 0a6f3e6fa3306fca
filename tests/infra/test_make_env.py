"""``make env``."""

from __future__ import annotations

import hashlib
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from infra.make_env import fill, read_values
from service.api_keys import find_api_key, parse_api_key

INFRA = Path(__file__).resolve().parents[2] / "infra"
EXAMPLE = (INFRA / "env.example").read_text()
SECRETS = {name for name, value in read_values(EXAMPLE).items() if not value} - {"SITE_WEBHOOK_URL", "HF_TOKEN"}


def test_every_secret_is_filled_and_no_two_files_share_one() -> None:
    one, other = read_values(fill(EXAMPLE, {})), read_values(fill(EXAMPLE, {}))
    assert len(SECRETS) == 9
    assert all(len(one[name]) >= 32 and one[name] != other[name] for name in SECRETS)
    assert {name: one[name] for name in one if name not in SECRETS} == {
        name: value for name, value in read_values(EXAMPLE).items() if name not in SECRETS
    }


def test_secrets_fit_into_urls_and_stay_whole_in_an_env_file() -> None:
    values = read_values(fill(EXAMPLE, {}))
    for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "GRAFANA_PASSWORD", "AWS_SECRET_ACCESS_KEY"):
        assert values[name].replace("-", "").replace("_", "").isalnum()
    assert not any(sign in values[name] for name in SECRETS for sign in "$#'\" ")


def test_keys_open_the_service_and_the_metrics() -> None:
    values = read_values(fill(EXAMPLE, {}))
    keys = [parse_api_key(line) for line in values["OLMOCR_SERVE_API_KEYS"].split(",")]
    for name, role in (("SERVICE_KEY", "submit"), ("METRICS_KEY", "read")):
        found = find_api_key(keys, {"x-api-key": values[name]})
        assert found
        assert found.role == role
    assert f"team:{values['PREFECT_METRICS_PASSWORD']}" == values["PREFECT_API_AUTH_STRING"]


def test_what_a_person_set_stays() -> None:
    first = fill(EXAMPLE, {"SERVICE_KEY": "mine", "UI_PORT": "4300", "TZ": "Asia/Tokyo"})
    values = read_values(first)
    assert (values["SERVICE_KEY"], values["UI_PORT"], values["TZ"]) == ("mine", "4300", "Asia/Tokyo")
    assert hashlib.sha256(b"mine").hexdigest() in values["OLMOCR_SERVE_API_KEYS"]
    assert fill(EXAMPLE, values) == first


def test_the_file_is_for_its_owner_alone_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    shutil.copytree(INFRA.parent / "olmocr_core" / "domain", tmp_path / "olmocr_core" / "domain")
    infra = tmp_path / "infra"
    infra.mkdir()
    for name in ("make_env.py", "env.example"):
        shutil.copy(INFRA / name, infra / name)
    written = []
    for _ in range(2):
        # Without installed packages: who has Docker need not have more than Python.
        command = [sys.executable, "-S", "-m", "infra.make_env"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        written.append((infra / ".env").read_text())
    assert written[0] == written[1]
    assert stat.S_IMODE((infra / ".env").stat().st_mode) == 0o600
    assert {path.name for path in infra.iterdir()} - {"__pycache__"} == {".env", "env.example", "make_env.py"}
