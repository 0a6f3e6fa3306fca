"""Settings of the service itself: ``OLMOCR_SERVE_*`` in the environment, or flags. How documents are read is set elsewhere."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from olmocr_core.domain.errors import UsageError
from olmocr_core.engines import check_engine_name
from service.api_keys import ApiKey, parse_api_key
from service.outgoing.hosts import HostRule, parse_host_rule

PREFIX = "OLMOCR_SERVE_"
_NO_KEY = (
    "the service listens on {host} only with an API key: whoever reaches it could use this machine. "
    "Make one with `olmocr-serve --new-key NAME` and put its line into OLMOCR_SERVE_API_KEYS, or listen on 127.0.0.1"
)


Facade = Literal["docling", "mineru", "mistral", "open-webui", "process-pdf", "tika"]


class ServiceSettings(BaseSettings):
    """Where the service listens, what it keeps, and its limits."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on; other than the loopback only with an API key")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    data: Path = Field(Path("service-data"), description="Folder for jobs, documents and finished pages")
    api_keys: Annotated[tuple[ApiKey, ...], NoDecode] = Field(
        (), description="Keys as NAME:ROLE:SHA256, separated by commas; `olmocr-serve --new-key NAME` prints one"
    )
    upload_mb: int = Field(200, ge=1, description="Largest upload in megabytes")
    batch_mb: int = Field(2000, ge=1, description="Largest batch in megabytes, packed and unpacked")
    url_hosts: Annotated[tuple[HostRule, ...], NoDecode] = Field(
        (), description="Hosts that documents may be fetched from (`arxiv.org`, `*.example.org`, `private:HOST:PORT`)"
    )
    callback_hosts: Annotated[tuple[HostRule, ...], NoDecode] = Field(
        (),
        description="Hosts that may be called back, as in `url_hosts`; `private:n8n:5678` for n8n beside the service",
    )
    callback_secret: SecretStr = Field(
        SecretStr(""), description="Signs callbacks; made and kept in the data folder where it is empty"
    )
    callback_hours: float = Field(24, ge=0, description="How long a callback is tried again")
    base_url: str = Field(
        "", description="Where clients reach the service (`https://ocr.example.org`), for links in callbacks"
    )
    database: SecretStr = Field(
        SecretStr(""), description="URL of a Postgres for jobs (`postgresql://...`); empty: SQLite in the data folder"
    )
    prefect_api_url: str = Field(
        "", description="API of a Prefect server (`http://127.0.0.1:4200/api`) whose flow runs read what is large"
    )
    prefect_auth: SecretStr = Field(SecretStr(""), description="Auth string of that server, `USER:PASSWORD`")
    flow_pages: int = Field(500, ge=1, description="Documents with more pages are read by a flow run")
    flow_documents: int = Field(1, ge=1, description="Batches with more documents are read by a flow run")
    workspaces: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Workspaces whose reports are served at `/runs`: folders or `s3://BUCKET/FOLDER`, separated by commas",
    )
    requests_a_minute: int = Field(0, ge=0, description="Requests a minute for each API key; 0: any number")
    keep_days: float = Field(0, ge=0, description="Results and documents are deleted so long after their end; 0: never")
    access_log: bool = Field(True, description="Whether each request is a line of JSON on standard output")
    upload_seconds: float = Field(600, gt=0, description="Longest time of an upload")
    wait_seconds: float = Field(300, gt=0, description="How long facades wait for a document")
    jobs_at_once: int = Field(4, ge=1, description="Documents that are read at once; half of them may be large")
    small_pages: int = Field(20, ge=1, description="Documents with more pages are large")
    most_queued: int = Field(1000, ge=1, description="Documents that may wait; more are answered by 429")
    retry_hours: float = Field(24, ge=0, description="How long a document is tried again while engine or disk are away")
    engines: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Engines that clients may choose beside the service's own, separated by commas"
    )
    facades: Annotated[tuple[Facade, ...], NoDecode] = Field(
        get_args(Facade), description="What clients of other tools may call, separated by commas; empty for nothing"
    )
    partial_is_success: bool = Field(
        True, description="Whether facades answer documents that lack pages as if they had all"
    )

    @field_validator("api_keys", mode="before")
    @classmethod
    def _from_commas(cls, value: Any) -> Any:
        lines = value.split(",") if isinstance(value, str) else value
        return tuple(parse_api_key(line) if isinstance(line, str) else line for line in lines if line)

    @field_validator("url_hosts", "callback_hosts", mode="before")
    @classmethod
    def _host_rules(cls, value: Any) -> Any:
        lines = value.split(",") if isinstance(value, str) else value
        return tuple(parse_host_rule(line.strip()) if isinstance(line, str) else line for line in lines if line)

    @field_validator("workspaces", mode="before")
    @classmethod
    def _places(cls, value: Any) -> Any:
        places = value.split(",") if isinstance(value, str) else value
        return tuple(place.strip() for place in places if place.strip())

    @field_validator("facades", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        names = value.split(",") if isinstance(value, str) else value
        return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))

    @field_validator("engines", mode="before")
    @classmethod
    def _engines(cls, value: Any) -> Any:
        names = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
        try:
            return tuple(dict.fromkeys(check_engine_name(name) for name in names if name))
        except UsageError as error:
            raise ValueError(str(error)) from error

    @model_validator(mode="after")
    def _needs_a_key_beyond_the_loopback(self) -> ServiceSettings:
        if not self.api_keys and not is_loopback(self.host):
            raise ValueError(_NO_KEY.format(host=self.host))
        return self


def load_service_settings(flags: Mapping[str, Any] | None = None) -> ServiceSettings:
    """The settings: flags (None means not given) override the environment, which overrides the defaults.

    Raises UsageError naming the variable or flag at fault, also one that does not exist.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    known = {PREFIX + name.upper() for name in ServiceSettings.model_fields}
    for name in os.environ:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise UsageError(f"environment variable {name}: the service has no such setting")
    try:
        return ServiceSettings(**given)
    except ValidationError as error:
        raise UsageError(_explain(error, given)) from error


def show_default(value: Any) -> str:
    """A default as it is written in the environment; empty for none."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _explain(error: ValidationError, flags: Mapping[str, Any]) -> str:
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return message
    name = str(first["loc"][0])
    source = f"flag --{name.replace('_', '-')}" if name in flags else f"environment variable {PREFIX}{name.upper()}"
    return f"{source}: {message}"
