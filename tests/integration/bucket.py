"""A bucket on moto's server, seen with boto3: the reader of the tests shares no code with the writer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.config import Config

from tests.integration.papers import Paper
from tests.integration.processes import Crew, wait_for
from tests.s3 import CREDENTIALS


class Bucket:
    """One bucket; keys are relative to it."""

    def __init__(self, port: int, name: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.name = name
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
            config=Config(s3={"addressing_style": "path"}, proxies={}),
        )

    def uri(self, prefix: str) -> str:
        """A prefix as settings take it."""
        return f"s3://{self.name}/{prefix}"

    def create(self) -> None:
        """Make the bucket."""
        self._client.create_bucket(Bucket=self.name)

    def put(self, prefix: str, paper: Paper) -> None:
        """Drop a document in an inbox."""
        self._client.put_object(Bucket=self.name, Key=f"{prefix}/{paper.name}", Body=paper.data)

    def delete(self, prefix: str, paper: Paper) -> None:
        """Take a document out of an inbox."""
        self._client.delete_object(Bucket=self.name, Key=f"{prefix}/{paper.name}")

    def read(self, key: str) -> bytes:
        """An object's bytes."""
        return bytes(self._client.get_object(Bucket=self.name, Key=key)["Body"].read())

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key that begins so."""
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
            yield from (entry["Key"] for entry in page.get("Contents", ()))


def start_store(crew: Crew, port: int) -> Bucket:
    """moto's server, with an empty bucket."""
    crew.start("s3", [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port], **CREDENTIALS)
    bucket = Bucket(port, "olmocr")

    def made() -> bool:
        try:
            bucket.create()
        except Exception:  # noqa: BLE001 - whatever it says while it starts
            return False
        return True

    wait_for("the S3 server", made, 90)
    return bucket
