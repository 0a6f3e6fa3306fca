"""What servers of the OpenAI kind do differently: SGLang, vLLM and the rest. Detected once, when an engine starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from olmocr_core.domain.errors import UsageError

DialectName = Literal["sglang", "vllm", "generic"]
_LOOPBACK = frozenset({"localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """One server's ways."""

    name: DialectName = "generic"

    @property
    def stream_options(self) -> dict[str, Any]:
        """Ask for usage; where every piece can carry it, so that the tokens of an aborted answer are known too."""
        options: dict[str, Any] = {"include_usage": True}
        return options if self.name == "generic" else options | {"continuous_usage_stats": True}

    def constrained(self, regex: str) -> dict[str, Any]:
        """The body fields that force an answer to match a regular expression. Raises UsageError where there are none."""
        if self.name == "sglang":
            return {"regex": regex}
        if self.name == "vllm":
            return {"structured_outputs": {"regex": regex}}
        raise UsageError("inference.constrained needs a server of SGLang or vLLM; this one is neither")

    @property
    def health_path(self) -> str | None:
        """Where to ask whether the server is alive, from its root; None: ask for its models."""
        return None if self.name == "generic" else "/health"

    @property
    def queue_metric(self) -> str | None:
        """The Prometheus gauge of requests that wait inside the server."""
        return {"sglang": "sglang:num_queue_reqs", "vllm": "vllm:num_requests_waiting"}.get(self.name)


def detect(models: Mapping[str, Any], server_info: Mapping[str, Any] | None) -> Dialect:
    """The dialect of a server by its ``/v1/models``, else by what SGLang alone answers at ``/server_info``."""
    owners = {str(model.get("owned_by", "")).lower() for model in models.get("data", ()) if isinstance(model, dict)}
    if "sglang" in owners:
        return Dialect("sglang")
    if "vllm" in owners:
        return Dialect("vllm")
    return Dialect("sglang" if server_info and "model_path" in server_info else "generic")


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """A server's address: its ``root`` and its ``api`` below which the OpenAI routes lie; neither ends in a slash."""

    # An address can hold a password, so it is not shown.
    root: str = field(repr=False)
    api: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> ServerUrl:
        """Read what a person wrote, with or without ``/v1``. Raises UsageError for what is no HTTP address."""
        url = text.strip().rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f"server {parts.hostname or text.split('@')[-1]!r}: give an address like http://localhost:30000"
            )
        segments = parts.path.split("/")
        if "v1" not in segments:
            return cls(root=url, api=f"{url}/v1")
        before = "/".join(segments[: segments.index("v1")])
        return cls(root=f"{parts.scheme}://{parts.netloc}{before}", api=url)

    @property
    def label(self) -> str:
        """Host and port, for people and metrics: no user, no password."""
        parts = urlsplit(self.root)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.hostname}{port}{parts.path}"

    @property
    def is_tls(self) -> bool:
        """Whether the address is https."""
        return self.root.startswith("https:")

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine; no proxy stands on the way there."""
        host = urlsplit(self.root).hostname or ""
        return host in _LOOPBACK or host.startswith("127.")


def server_urls(text: str | None) -> tuple[ServerUrl, ...]:
    """The addresses in a setting, separated by commas, each once. Raises UsageError when there is none."""
    found = [ServerUrl.parse(part) for part in (text or "").split(",") if part.strip()]
    if not found:
        raise UsageError("engine 'server' needs an address: --server http://host:30000 (several with commas)")
    return tuple(dict.fromkeys(found))
