"""All settings of a run, with their defaults. ``load_settings`` merges what profile, environment and run say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
)

from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.domain.output_formats import FormatName
from olmocr_core.domain.quality_rules import Thresholds

IsolationMode = Literal["auto", "required", "off"]


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
    """Limits of documents, pages and workers."""

    page_seconds: float = Field(120, gt=0, description="Longest time of a page in a worker, which is then killed")
    inspect_seconds: float = Field(30, gt=0, description="Longest time to open a document")
    worker_memory_mb: int = Field(3072, ge=512, description="Address space of a worker process (RLIMIT_AS)")
    page_megapixels: float = Field(50, gt=0, description="Most megapixels of a source image or a rendering")
    max_pages: int = Field(5000, ge=1, description="Documents with more pages fail")
    max_file_mb: int = Field(2048, ge=1, description="Larger files fail without being read")
    archive_members: int = Field(100_000, ge=1, description="Most members read from one archive")
    archive_mb: int = Field(20_480, ge=1, description="Most unpacked megabytes read from one archive, holes included")
    archive_ratio: float = Field(
        250, ge=1, description="Most unpacked bytes for each byte of an archive; the first 64 MB are free"
    )
    archive_seconds: float = Field(1800, gt=0, description="Most CPU seconds spent on unpacking one archive")
    pages_per_worker: int = Field(1000, ge=1, description="A worker is replaced after this many pages")
    isolation: IsolationMode = Field(
        "auto",
        description="Workers open no file but their document and no connection; auto: as far as the kernel can; "
        "required: or the run ends; off: not at all",
    )

    @model_serializer(mode="wrap")
    def _without_new_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Digests of limits that older versions wrote stay equal: nothing is read again for a limit that is not set.
        fields = Limits.model_fields
        return {
            key: value
            for key, value in handler(self).items()
            if key not in ("archive_ratio", "archive_seconds") or value != fields[key].default
        }


class Render(Group):
    """How pages are rendered to images."""

    longest_side: int = Field(1288, ge=64, le=8192, description="Pixels of the longer side")
    encoding: Literal["jpeg", "png"] = Field("jpeg", description="png is lossless but takes six times as long")
    jpeg_quality: int = Field(90, ge=50, le=100, description="Quality of JPEG page images")
    renderer: Literal["pdfium", "poppler"] = Field("pdfium", description="If it fails, the other one is tried")
    blank_ink: float = Field(0.00012, ge=0, description="A page with a smaller share of inked pixels is blank")


class Cpu(Group):
    """The embedded engine ``cpu``."""

    ocr_model: Literal["auto", "tiny", "small"] = Field(
        "auto",
        description="tiny is fast, small reads handwriting; auto: small for pages where tiny is unsure",
    )
    ocr_longest_side: int = Field(
        2400, ge=640, le=4096, description="Most pixels of the longer side for OCR; usual pages need, and get, 1600"
    )
    layout_model: bool = Field(True, description="Use the layout model on pages read by OCR")
    tesseract: bool = Field(
        True, description="Read scripts that the models do not support with an installed Tesseract and its languages"
    )


class Routing(Group):
    """Whether a page's text comes from its text layer or from the engine."""

    mode: Literal["auto", "engine"] = Field("auto", description="engine: the engine reads every page that is not blank")
    layer_min_chars: int = Field(50, ge=0, description="A text layer with fewer characters is not trusted")
    layer_agreement: float = Field(
        0.9, ge=0, le=1, description="Agreement with OCR samples that a doubtful layer needs"
    )


class Ladder(Group):
    """Attempts at one page."""

    temperatures: tuple[float, ...] = Field(
        (0.1, 0.1, 0.2, 0.3, 0.5, 0.8, 0.9, 1.0),
        description="One for each attempt; the last one for all further attempts",
    )
    max_attempts: int = Field(8, ge=1, description="Most attempts at one page")
    race: int = Field(
        3, ge=1, description="Most parallel attempts at one page on a model server while no other page waits; 1: none"
    )
    connection_seconds: float = Field(
        300, ge=0, description="Longest wait for an unavailable engine; then the slice fails"
    )


class Inference(Group):
    """Requests to model servers. Times in seconds."""

    profile: str = Field("auto", description="Model profile by name; auto: the one that matches the model's name")
    profiles: dict[str, ModelProfile] = Field(
        {},
        description="More profiles, one table each: [inference.profiles.NAME]; they take precedence over the built-in ones",
    )
    api_key_env: str = Field("OLMOCR_API_KEY", description="The environment variable that holds the server's API key")
    connect_seconds: float = Field(10, gt=0, description="Longest wait for a connection")
    first_token_seconds: float = Field(180, gt=0, description="Longest wait for the first token, queueing included")
    rejoin_seconds: float = Field(15, gt=0, description="Between checks for a server that was unavailable at the start")
    idle_seconds: float = Field(60, gt=0, description="Longest pause between two tokens")
    total_seconds: float = Field(900, gt=0, description="Longest time for one complete answer")
    max_concurrency: int = Field(64, ge=1, le=4096, description="Most requests in flight to one server")
    constrained: bool = Field(False, description="Let the server enforce valid front matter by a regular expression")
    price_per_gpu_hour: float | None = Field(None, ge=0, description="For the cost per 1,000 pages in reports")
    metrics_port: int | None = Field(None, ge=0, le=65535, description="Port of the Prometheus metrics; none: off")
    metrics_host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="Address at which they are served; 0.0.0.0: all addresses of this machine",
    )

    @field_validator("profiles", mode="before")
    @classmethod
    def _named_by_their_table(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {name: {"name": name, **table} if isinstance(table, Mapping) else table for name, table in value.items()}


class Sglang(Group):
    """The SGLang server that the engine ``sglang`` launches on this machine's GPUs."""

    python: str | None = Field(None, description="Python interpreter of the environment with sglang; none: this one")
    revision: str | None = Field(None, description="Commit, tag or branch of a model from the hub")
    arguments: dict[str, str | int | float | bool | None] = Field(
        {}, description="Arguments of sglang.launch_server that override ours: [sglang.arguments]"
    )
    start_seconds: float = Field(600, gt=0, description="Longest wait until the server is ready")
    restarts: int = Field(3, ge=0, description="Most restarts within an hour")


class Quality(Group):
    """Rules that decide whether a document is kept; each rule gives a reason."""

    max_fallback_share: float = Field(1 / 250, ge=0, le=1, description="Tolerated share of fallback pages")
    min_fallback_pages: int = Field(1, ge=0, description="Fallback pages that are tolerated in any document")
    partial: Literal["publish", "hold"] = Field("publish", description="What happens to documents with fallback pages")
    min_chars: int = Field(1, ge=0, description="Documents with fewer characters are held back")
    min_alnum_share: float = Field(
        0.3, ge=0, le=1, description="Least share of letters and digits in visible characters"
    )
    max_repeated_ngram_share: float = Field(0.9, ge=0, le=1, description="Largest share of words in repeated 10-grams")
    max_repeated_line_share: float = Field(0.8, ge=0, le=1, description="Largest share of repeated lines")
    max_mojibake: float = Field(0.05, ge=0, le=1, description="Largest share of characters that look wrongly decoded")
    languages: tuple[str, ...] = Field(
        (), description="Keep only documents in these languages (two letters); empty: all"
    )
    thresholds: Thresholds = Field({}, description="Thresholds of rules that have no setting here, by rule")

    @model_serializer(mode="wrap")
    def _without_no_thresholds(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Digests of settings that older versions wrote stay equal.
        return {key: value for key, value in handler(self).items() if key != "thresholds" or value}


class Publish(Group):
    """Formats and files of the dataset."""

    formats: tuple[FormatName, ...] = Field(("dolma", "parquet", "markdown"), description="Formats of the dataset")
    compression: Literal["gzip", "zstd"] = Field("gzip", description="Compression of the Dolma files")
    documents_per_file: int = Field(5000, ge=1, description="Most documents in one Dolma or Parquet file")
    page_separator: Literal["\n"] = Field("\n", description="Separator between pages; part of the format")


class Orchestration(Group):
    """How the work is divided for Prefect and for this machine."""

    pages_per_task: int | Literal["auto"] = Field(
        "auto",
        description="Pages of one task run; auto: 1 in runs of up to 200 pages, else 48 or more",
    )
    workers: int = Field(
        0, ge=0, description="Worker processes for PDF work; 0: one a core, as many as fit into the memory"
    )
    patience_seconds: float = Field(
        20,
        ge=0,
        description="Longest wait for a source that is away, or a machine short of memory; then the document is due",
    )
    report_pages: int = Field(100, ge=0, description="Most page images in the report")


class Store(Group):
    """Access to one object store. Keys and secrets are not settings: they come from AWS_* variables or a profile."""

    endpoint_url: str | None = Field(None, description="URL of a store other than AWS (MinIO, Ceph, R2); none: AWS")
    profile: str | None = Field(None, description="Profile of the AWS configuration files with its credentials")
    region: str | None = Field(None, description="Region; none: that of the AWS configuration")
    addressing: Literal["auto", "path", "virtual"] = Field(
        "auto", description="Where the bucket's name goes; auto: in the path with an endpoint_url, else as AWS prefers"
    )
    anonymous: bool = Field(False, description="Send no credentials, for public buckets")
    max_attempts: int = Field(10, ge=1, le=100, description="Most attempts at one request that is throttled or lost")
    part_mb: int = Field(16, ge=5, le=1024, description="Larger files are transferred in parts of this size")
    connections: int = Field(32, ge=1, le=1000, description="Most connections to it at the same time")
    connect_seconds: float = Field(10, gt=0, description="Longest wait for a connection")
    read_seconds: float = Field(60, gt=0, description="Longest pause within a response")

    @field_validator("endpoint_url")
    @classmethod
    def _without_secrets(cls, value: str | None) -> str | None:
        if value is not None and ("@" in value or not value.startswith(("http://", "https://"))):
            raise ValueError("use a URL like https://minio.example:9000, without user and password")
        return value


class Storage(Group):
    """Object stores, and the local folder for copies of their objects."""

    source: Store = Field(Store(), description="The store of s3:// sources")
    workspace: Store = Field(
        Store(),
        description="The store of an s3:// workspace; by profile file or environment only, the same on all machines",
    )
    scratch: str | None = Field(None, description="Folder for local copies; none: olmocr-flows in the user's cache")
    scratch_gb: float = Field(20, gt=0, description="Size of that folder; the least recently used copies go first")


class Recording(Group):
    """Recorded answers: where a run stores them, and where the engine ``replay`` reads them."""

    replay_from: str | None = Field(None, description="Folder of recorded answers for the engine replay")
    record_to: str | None = Field(None, description="Folder in which the run records the raw answers of all pages")


class Settings(Group):
    """All settings of a run."""

    engine: str = Field("auto", description="replay: recorded answers; instant: for benchmarks")
    server: str | None = Field(None, description="URL of an OpenAI-compatible server; several separated by commas")
    model: str | None = Field(None, description="Model that the server must serve; none: the only one that it serves")
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
    password_file: str | None = Field(None, description="File with passwords for encrypted documents, one a line")
    retry_failed: bool = Field(False, description="Read pages again that failed or fell back in an earlier run")
