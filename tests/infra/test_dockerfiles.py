"""The Dockerfiles and the lock that they install; make test-containers builds and runs them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
INFRA = REPO / "infra"
DOCKERFILES = ("Dockerfile", "Dockerfile.gpu")
# What `import olmocr.prompts` and the build of the project need, and nothing else of the tests' lock lacks.
IMAGES_ONLY = {"olmocr", "filelock", "setuptools"}


def pins(lock: Path) -> dict[str, str]:
    """A lock's entries by package: version, marker and hashes."""
    entries = re.split(r"^(?=[a-zA-Z0-9])", lock.read_text(), flags=re.MULTILINE)
    pinned: dict[str, str] = {}
    for entry in filter(str.strip, entries):
        name = entry.partition("==")[0]
        pinned[name] = pinned.get(name, "") + entry
    return pinned


@pytest.mark.parametrize("name", DOCKERFILES)
def test_what_a_dockerfile_copies_is_there_and_not_ignored(name: str) -> None:
    ignored = (REPO / ".dockerignore").read_text().splitlines()
    copies = re.findall(r"^COPY (?!--from)(?:--\S+ )?(\S+) ", (INFRA / name).read_text(), re.MULTILINE)
    assert copies
    for source in copies:
        assert (REPO / source).exists(), source
        assert source not in ignored


@pytest.mark.parametrize(
    ("name", "command"), [("Dockerfile", '["olmocr-serve"]'), ("Dockerfile.gpu", '["olmocr-flows", "worker", "gpu"]')]
)
def test_an_image_starts_by_its_entry_point_as_nobody(name: str, command: str) -> None:
    text = (INFRA / name).read_text()
    assert f"\nCMD {command}\n" in text
    assert re.search(
        r'^ENTRYPOINT \["tini", "-g", "--", "\S*python", "-I", "/opt/olmocr/image/start.py"\]$', text, re.M
    )
    # Kubernetes refuses to start a user by name where none may be root.
    assert "\nUSER 10001:10001\n" in text


@pytest.mark.parametrize("name", DOCKERFILES)
def test_every_package_of_an_image_is_pinned(name: str) -> None:
    for install in re.findall(r"pip install (.*)", (INFRA / name).read_text()):
        assert "--no-deps" in install
        assert "--require-hashes" in install or "--no-build-isolation" in install


def test_images_hold_what_the_tests_ran_with() -> None:
    tested, installed = pins(REPO / "requirements.lock"), pins(INFRA / "image" / "requirements.lock")
    assert {name for name in installed if installed[name] != tested.get(name)} == IMAGES_ONLY


def test_images_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["service"], *extras["team"], *extras["server"]]
    names = {re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower().replace(".", "-") for requirement in asked}
    assert names <= set(pins(INFRA / "image" / "requirements.lock"))
