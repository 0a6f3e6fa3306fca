"""One settings model: defaults < profile file (TOML) < environment (``OLMOCR_*``) < flow parameters or flags.

Nested values are reached with two underscores: ``OLMOCR_LIMITS__PAGE_SECONDS=60``. Unknown keys are errors everywhere.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.model_profile import ModelProfile

Format = Literal["dolma", "parquet", "markdown"]
ENV_PREFIX = "OLMOCR_"
# Read by other parts of the project before settings exist; not settings of a run.
ENV_RESERVED = frozenset({"OLMOCR_HOME", "OLMOCR_PROFILE", "OLMOCR_CORPUS", "OLMOCR_API_KEY"})


class Group(BaseModel):
    """Base of the groups: frozen, unknown keys are errors, lists may be text with commas."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _split_at_commas(cls, value: Any, info: ValidationInfo) -> Any:
        is_list = get_origin(cls.model_fields[info.field_name or ""].annotation) is tuple
        return (
            [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) and is_list else value
        )


class Limits(Group):
    """What one document, page or worker may cost."""

    page_seconds: float = Field(
        120, gt=0, description="Wall time one page may take in a worker; then the worker is ended"
    )
    inspect_seconds: float = Field(30, gt=0, description="Wall time that opening a document may take")
    worker_memory_mb: int = Field(3072, ge=512, description="Address space of a worker process (RLIMIT_AS)")
    page_megapixels: float = Field(50, gt=0, description="Pixels that a source image or a rendering may have")
    max_pages: int = Field(5000, ge=1, description="Documents with more pages fail")
    max_file_mb: int = Field(2048, ge=1, description="Larger files fail unread")
    archive_members: int = Field(100_000, ge=1, description="Members read from one archive")
    archive_mb: int = Field(20_480, ge=1, description="Unpacked bytes taken from one archive")
    pages_per_worker: int = Field(1000, ge=1, description="A worker is replaced after this many pages")


class Render(Group):
    """How a page becomes an image."""

    longest_side: int = Field(1288, ge=64, le=8192, description="Pixels of the longer side")
    encoding: Literal["jpeg", "png"] = Field("jpeg", description="png is lossless and takes six times as long to write")
    jpeg_quality: int = Field(90, ge=50, le=100, description="Quality of JPEG page images")
    renderer: Literal["pdfium", "poppler"] = Field("pdfium", description="The other one is tried when this one fails")
    blank_ink: float = Field(0.00012, ge=0, description="A page with a smaller share of inked pixels is blank")


class Cpu(Group):
    """The embedded engine."""

    ocr_model: Literal["auto", "tiny", "small"] = Field(
        "auto",
        description="tiny is fast, small reads handwriting; auto: small for pages that tiny doubts",
    )
    ocr_longest_side: int = Field(
        2400, ge=640, le=4096, description="Most pixels that OCR sees; usual pages need 1600 and get no more"
    )
    layout_model: bool = Field(True, description="Use the layout model on pages that are read by OCR")
    tesseract: bool = Field(
        True, description="Read scripts that the models do not know with an installed Tesseract and its languages"
    )


class Routing(Group):
    """Which way a page goes."""

    mode: Literal["auto", "engine"] = Field(
        "auto", description="engine: every page that is not blank goes to the engine"
    )
    layer_min_chars: int = Field(50, ge=0, description="A text layer with fewer characters is not trusted")
    layer_agreement: float = Field(
        0.9, ge=0, le=1, description="Agreement with OCR samples that a doubtful layer needs"
    )


class Ladder(Group):
    """The attempt ladder."""

    temperatures: tuple[float, ...] = Field(
        (0.1, 0.1, 0.2, 0.3, 0.5, 0.8, 0.9, 1.0), description="One an attempt; the last serves every further one"
    )
    max_attempts: int = Field(8, ge=1, description="Attempts that one page may use")
    race: int = Field(
        3, ge=1, description="Attempts of one page side by side on a model server while no other page waits; 1: never"
    )
    connection_seconds: float = Field(
        300, ge=0, description="How long a dead engine is waited for before the slice fails"
    )


class Inference(Group):
    """How model servers are asked. Times in seconds."""

    profile: str = Field("auto", description="Model profile by name; auto: the one that fits the model's name")
    profiles: dict[str, ModelProfile] = Field(
        {}, description="More profiles, one table each: [inference.profiles.NAME]; they come before the built-in ones"
    )
    api_key_env: str = Field("OLMOCR_API_KEY", description="The environment variable that holds the server's API key")
    connect_seconds: float = Field(10, gt=0, description="Longest wait for a connection")
    first_token_seconds: float = Field(180, gt=0, description="Longest wait for the first token, queueing included")
    rejoin_seconds: float = Field(15, gt=0, description="Between two looks for a server that was absent at the start")
    idle_seconds: float = Field(60, gt=0, description="Longest silence between two tokens")
    total_seconds: float = Field(900, gt=0, description="Longest time for one whole answer")
    max_concurrency: int = Field(64, ge=1, le=4096, description="Most requests in flight to one server")
    constrained: bool = Field(False, description="Force front matter by a regular expression that the server obeys")
    price_per_gpu_hour: float | None = Field(None, ge=0, description="For the cost per 1,000 pages in reports")
    metrics_port: int | None = Field(None, ge=0, le=65535, description="Port of Prometheus metrics; none by default")

    @field_validator("profiles", mode="before")
    @classmethod
    def _named_by_their_table(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {name: {"name": name, **table} if isinstance(table, Mapping) else table for name, table in value.items()}


class Sglang(Group):
    """The SGLang server that engine ``sglang`` launches on this machine's GPUs."""

    python: str | None = Field(None, description="Interpreter of the environment that holds sglang; none: this one")
    revision: str | None = Field(None, description="Commit, tag or branch of a model that comes from the hub")
    arguments: dict[str, str | int | float | bool | None] = Field(
        {}, description="Arguments of sglang.launch_server, which win over ours: [sglang.arguments]"
    )
    start_seconds: float = Field(600, gt=0, description="Longest wait until the server is ready")
    restarts: int = Field(3, ge=0, description="Restarts allowed within an hour")


class Quality(Group):
    """Rules that decide whether a document is kept; each gives a reason."""

    max_fallback_share: float = Field(1 / 250, ge=0, le=1, description="Share of fallback pages that is tolerated")
    min_fallback_pages: int = Field(1, ge=0, description="Fallback pages tolerated in any document")
    partial: Literal["publish", "hold"] = Field("publish", description="What happens to a document with fallback pages")
    min_chars: int = Field(1, ge=0, description="Documents with fewer characters are held back")
    min_alnum_share: float = Field(0.3, ge=0, le=1, description="Share of letters and digits among visible characters")
    max_repeated_ngram_share: float = Field(0.9, ge=0, le=1, description="Share of text in its most repeated 10-grams")
    max_repeated_line_share: float = Field(0.8, ge=0, le=1, description="Share of lines that repeat an earlier line")
    max_mojibake: float = Field(0.05, ge=0, le=1, description="Share of characters that look wrongly decoded")
    languages: tuple[str, ...] = Field(
        (), description="Keep only documents in these languages (two letters); empty: all"
    )


class Publish(Group):
    """What is written to the dataset."""

    formats: tuple[Format, ...] = Field(("dolma", "parquet", "markdown"), description="What the dataset holds")
    compression: Literal["gzip", "zstd"] = Field("gzip", description="Compression of the Dolma files")
    documents_per_file: int = Field(5000, ge=1, description="Documents in one Dolma or Parquet file")
    page_separator: Literal["\n"] = Field("\n", description="What joins the pages of a document; part of the format")


class Orchestration(Group):
    """How the work is cut for Prefect and for the machine."""

    pages_per_task: int | Literal["auto"] = Field(
        "auto",
        description="Pages that one task run works on; auto: 1 in runs of at most 200 pages, 48 or more in others",
    )
    workers: int = Field(0, ge=0, description="Worker processes for PDF work; 0: one a core")
    report_pages: int = Field(100, ge=0, description="Page images shown in the report")


class Store(Group):
    """How one object store is reached. Keys and secrets never stand here: they come from AWS_* variables or a profile."""

    endpoint_url: str | None = Field(None, description="Address of a store that is not AWS: MinIO, Ceph, R2; none: AWS")
    profile: str | None = Field(None, description="Profile in the AWS configuration files that holds its credentials")
    region: str | None = Field(None, description="Region; none: what the AWS configuration says")
    addressing: Literal["auto", "path", "virtual"] = Field(
        "auto", description="Where the bucket's name goes; auto: in the path with an endpoint_url, else as AWS wants it"
    )
    anonymous: bool = Field(False, description="Ask without credentials: public buckets")
    max_attempts: int = Field(10, ge=1, le=100, description="Attempts at one request that is throttled or gets lost")
    part_mb: int = Field(16, ge=5, le=1024, description="Larger files travel in parts of this size")
    connections: int = Field(32, ge=1, le=1000, description="Most connections to it at once")
    connect_seconds: float = Field(10, gt=0, description="Longest wait for a connection")
    read_seconds: float = Field(60, gt=0, description="Longest silence within an answer")

    @field_validator("endpoint_url")
    @classmethod
    def _without_secrets(cls, value: str | None) -> str | None:
        if value is not None and ("@" in value or not value.startswith(("http://", "https://"))):
            raise ValueError("an address like https://minio.example:9000, without user or password")
        return value


class Storage(Group):
    """Object stores, and the folder on this machine for copies of what lies in them."""

    source: Store = Field(Store(), description="Where s3:// sources lie")
    workspace: Store = Field(
        Store(), description="Where an s3:// workspace lies; by profile file or environment only, alike on all machines"
    )
    scratch: str | None = Field(None, description="Folder for local copies; none: olmocr-flows in the user's cache")
    scratch_gb: float = Field(20, gt=0, description="Size of that folder; what was used longest ago goes first")


class Recording(Group):
    """Raw answers that a folder keeps, and that the engine ``replay`` gives again."""

    replay_from: str | None = Field(None, description="Folder of recorded answers that the engine replay gives")
    record_to: str | None = Field(None, description="Folder that keeps the raw answers to all pages of the run")


class Settings(Group):
    """Everything that a run can be told."""

    engine: str = Field("auto", description="replay gives recorded answers; instant: for benchmarks")
    server: str | None = Field(None, description="URL of an OpenAI-compatible server; several with commas")
    model: str | None = Field(None, description="Model that the server must serve; none: the only one it serves")
    limits: Limits = Limits()
    render: Render = Render()
    cpu: Cpu = Cpu()
    routing: Routing = Routing()
    ladder: Ladder = Ladder()
    inference: Inference = Inference()
    sglang: Sglang = Sglang()
    quality: Quality = Quality()
    publish: Publish = Publish()
    orchestration: Orchestration = Orchestration()
    storage: Storage = Storage()
    recording: Recording = Recording()
    password_file: str | None = Field(None, description="A file of passwords for encrypted documents, one a line")
    retry_failed: bool = Field(False, description="Read pages again that ended as failed or fallback before")


@dataclass(frozen=True, slots=True)
class _Source:
    """Nested values, and where they come from."""

    name: str
    values: Mapping[str, Any]


def load_settings(
    *overrides: Mapping[str, Any], environ: Mapping[str, str] | None = None, profile: Path | None = None
) -> Settings:
    """Merge profile, environment and overrides (nested mappings; None counts as not given) into settings.

    The profile is ``profile``, else the file that ``OLMOCR_PROFILE`` names. Raises UsageError naming the key at fault and
    the source that holds it.
    """
    environ = os.environ if environ is None else environ
    path = profile or environ.get("OLMOCR_PROFILE")
    sources = [_read_profile(Path(path))] if path else []
    sources += _read_environment(environ)
    sources += [_Source("flag or flow parameter", override) for override in overrides]
    merged: dict[str, Any] = {}
    for source in sources:
        _merge(merged, source.values)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise UsageError(_explain(error.errors()[0], sources)) from error


def _read_profile(path: Path) -> _Source:
    try:
        return _Source(f"profile {path}", tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"profile {path}: {error}") from error


def _read_environment(environ: Mapping[str, str]) -> Iterator[_Source]:
    """One source a variable, so that an error can name it."""
    for name, value in environ.items():
        if not name.startswith(ENV_PREFIX) or name in ENV_RESERVED:
            continue
        values: Any = value
        for part in reversed(name.removeprefix(ENV_PREFIX).lower().split("__")):
            values = {part: values}
        yield _Source(f"environment variable {name}", values)


def _merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if not isinstance(value, Mapping):
            if value is not None:
                into[key] = value
        # A plain value where a group belongs stays, and validation names it.
        elif isinstance(inner := into.setdefault(key, {}), dict):
            _merge(inner, value)


def _explain(problem: ErrorDetails, sources: Sequence[_Source]) -> str:
    path = [str(part) for part in problem["loc"]]
    # The last of the sources that go furthest along the path; a plain value goes before a group.
    depth, is_plain, index = max((*_follow(source.values, path), index) for index, source in enumerate(sources))
    # What follows a plain value are pydantic's own words for a place in a list or a member of a union.
    key = ".".join(path[:depth] if is_plain else path)
    told = "there is no such setting" if problem["type"] == "extra_forbidden" else problem["msg"]
    return f"setting {key!r} ({sources[index].name}): {told}"


def _follow(values: Any, path: Sequence[str]) -> tuple[int, bool]:
    """How many parts of the path the values hold, and whether they end in a plain value there."""
    for depth, part in enumerate(path):
        if not isinstance(values, Mapping) or part not in values:
            return depth, not isinstance(values, Mapping)
        values = values[part]
    return len(path), not isinstance(values, Mapping)
