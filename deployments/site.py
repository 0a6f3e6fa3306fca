"""What differs from site to site: ``SITE_*`` in the environment or in ``site.env``. The defaults suit one machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.server_address import check_server_address
from olmocr_core.domain.site_settings import refuse_site_settings
from olmocr_core.engines import EngineName

# Relative to the current folder: in a checkout, and anywhere else.
SITE_FILES = (Path("deployments/site.env"), Path("site.env"))


class Site(BaseSettings):
    """One site's choices. Lists are separated by commas; relative local paths start at the current folder."""

    model_config = SettingsConfigDict(env_prefix="SITE_", extra="ignore", frozen=True)

    sources: Annotated[tuple[str, ...], NoDecode] = Field(("inbox",), min_length=1)
    workspace: str = "workspace"
    engine: EngineName = "auto"
    options: dict[str, Any] = {}
    night_cron: str = "0 2 * * *"
    night_active: bool = True
    maintenance_cron: str = "0 12 * * 0"
    bench_data: str = "tests/data/bench"
    bench_workspace: str = "bench-workspace"
    bench_engine: EngineName | None = None
    bench_options: dict[str, Any] | None = None
    bench_floors: dict[str, float] = {}
    bench_cron: str = "0 14 * * 0"
    bench_active: bool = False
    timezone: str = "UTC"
    pool_type: Literal["process", "docker", "kubernetes"] = "process"
    image: str = "olmocr-flows:latest"
    image_gpu: str = "olmocr-flows:gpu"
    gpu_shards: int = Field(1, ge=1)
    heartbeat_seconds: int = Field(300, ge=10)
    start_seconds: int = Field(900, ge=10)
    check_seconds: int = Field(20, ge=1)
    service_url: str | None = None
    late_seconds: int = Field(1200, ge=10)
    webhook_url: SecretStr | None = None
    notify_block: str | None = None

    @field_validator("sources", mode="before")
    @classmethod
    def _from_commas(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("options", "bench_options")
    @classmethod
    def _of_a_run(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        check_server_address(value or {})
        try:
            refuse_site_settings(value or {})
        except UsageError as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no time zone; write one like Europe/Paris") from error
        return value

    @property
    def variables(self) -> dict[str, Any]:
        """The Prefect variables that prefect.yaml asks for, by name."""
        return {
            "olmocr_night_sources": [make_absolute(source) for source in self.sources],
            "olmocr_workspace": make_absolute(self.workspace),
            "olmocr_engine": self.engine,
            "olmocr_options": self.options,
            "olmocr_night_cron": self.night_cron,
            "olmocr_night_active": self.night_active,
            "olmocr_maintenance_cron": self.maintenance_cron,
            "olmocr_bench_data": make_absolute(self.bench_data),
            "olmocr_bench_workspace": make_absolute(self.bench_workspace),
            "olmocr_bench_engine": self.bench_engine or self.engine,
            "olmocr_bench_options": self.options if self.bench_options is None else self.bench_options,
            "olmocr_bench_floors": self.bench_floors,
            "olmocr_bench_cron": self.bench_cron,
            "olmocr_bench_active": self.bench_active,
            "olmocr_timezone": self.timezone,
            # Text: it becomes a variable of the flow run's environment.
            "olmocr_check_seconds": str(self.check_seconds),
            "olmocr_service_url": (self.service_url or "").rstrip("/"),
        }


def load_site(files: tuple[Path, ...] = SITE_FILES) -> Site:
    """The site: the environment overrides the files, these override the defaults.

    Raises UsageError naming the variable at fault.
    """
    try:
        return Site(_env_file=files)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"][:1]).upper()
        raise UsageError(f"SITE_{name}: {first['msg']}") from error


def make_absolute(place: str) -> str:
    """A local path made absolute, because a worker starts flow runs in folders of its own. URIs stay as they are."""
    return place if "://" in place else str(Path.cwd() / Path(place).expanduser())
