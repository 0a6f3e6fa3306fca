"""The differences between OpenAI-compatible servers: SGLang, vLLM and others. Detected once, when an engine opens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.text_cleaning import clean_text

DialectName = Literal["sglang", "vllm", "generic"]
_LONGEST_NAME = 200
# Fields that a request can do without, and how servers say that they do not take one.
_OPTIONAL = ("stream_options", "temperature")
_NOT_TAKEN = re.compile(
    r"not support|unsupported|unrecogni[sz]ed|unknown|unexpected|extra|not permitted|not allowed|invalid param|instead"
    r"|only the default|deprecated",
    re.IGNORECASE,
)
_STREAMS = re.compile(r"\bstream(?:s|ing|_options)?\b", re.IGNORECASE)
_LOOPBACK = frozenset({"localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """The protocol details of one kind of server. What it refuses is learned from its refusals."""

    name: DialectName = "generic"
    token_limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    refused: frozenset[str] = frozenset()

    def parameters(self, max_tokens: int, temperature: float) -> dict[str, Any]:
        """The fields of a request that not every server takes."""
        fields: dict[str, Any] = {self.token_limit: max_tokens, "temperature": temperature}
        if self.streams:
            fields |= {"stream": True, "stream_options": self.stream_options}
        return {name: value for name, value in fields.items() if name not in self.refused}

    def learn(self, refusal: str) -> Dialect:
        """The dialect after a refusal in the server's words; the same one if that is about something else."""
        if not _NOT_TAKEN.search(refusal):
            return self
        if self.token_limit == "max_tokens" and re.search(r"\bmax_tokens\b", refusal):
            return replace(self, token_limit="max_completion_tokens")
        named = [name for name in _OPTIONAL if name in refusal and name not in self.refused]
        if named:
            return replace(self, refused=self.refused | {named[0]})
        # A gateway that adds stream_options by itself does so to streams only.
        return self.without_streams() if _STREAMS.search(refusal) else self

    def without_streams(self) -> Dialect:
        """The same, asking for answers in one piece."""
        return replace(self, refused=self.refused | {"stream"})

    @property
    def streams(self) -> bool:
        """Whether answers are asked for as streams."""
        return "stream" not in self.refused

    @property
    def stream_options(self) -> dict[str, Any]:
        """Asks for token counts; on SGLang and vLLM with every piece, so that an aborted answer has them too."""
        options: dict[str, Any] = {"include_usage": True}
        return options if self.name == "generic" else options | {"continuous_usage_stats": True}

    def constrained(self, regex: str) -> dict[str, Any]:
        """The request fields that make answers match a regular expression. Raises UsageError where none exist."""
        if self.name == "sglang":
            return {"regex": regex}
        if self.name == "vllm":
            return {"structured_outputs": {"regex": regex}}
        raise UsageError("inference.constrained needs a server of SGLang or vLLM; this one is neither")

    @property
    def health_path(self) -> str | None:
        """The health route, from the server's root; None: ask for its models instead."""
        return None if self.name == "generic" else "/health"

    @property
    def queue_metric(self) -> str | None:
        """The Prometheus gauge of requests that wait inside of the server; None if unknown."""
        return {"sglang": "sglang:num_queue_reqs", "vllm": "vllm:num_requests_waiting"}.get(self.name)


def detect_dialect(models: Mapping[str, Any] | list[Any], server_info: Mapping[str, Any] | None) -> Dialect:
    """The dialect of a server: from ``/v1/models``, else from ``/server_info``, which only SGLang answers."""
    owners = {str(model.get("owned_by", "")).lower() for model in list_models(models)}
    if "sglang" in owners:
        return Dialect("sglang")
    if "vllm" in owners:
        return Dialect("vllm")
    return Dialect("sglang" if server_info and "model_path" in server_info else "generic")


def list_models(models: Mapping[str, Any] | list[Any]) -> list[dict[str, Any]]:
    """The models in an answer to ``/v1/models`` whose ids are names, a bare list included; a root that is none is empty."""
    data = models if isinstance(models, list) else models.get("data")
    listed = [model for model in data if isinstance(model, dict)] if isinstance(data, list) else []
    return [
        model | {"root": root if _is_name(root := model.get("root")) else ""}
        for model in listed
        if _is_name(model.get("id"))
    ]


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and value == clean_text(value)


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """A server's address: its ``root``, and ``api``, the prefix of the OpenAI routes. Neither ends in a slash."""

    # Not shown: an address may hold a password.
    root: str = field(repr=False)
    api: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> ServerUrl:
        """Parse an address with or without ``/v1``. Raises UsageError when it is no HTTP address."""
        url = text.strip().rstrip("/")
        try:
            parts = urlsplit(url)
            valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
            # Routes are added at the end, where a query or a fragment would swallow them.
            valid = valid and url.isprintable() and not any(mark in url for mark in "?# ")
            httpx.URL(url)
        except (ValueError, httpx.InvalidURL):
            # Brackets around what is no address, or a port that is none.
            valid = False
        if not valid:
            raise UsageError(f"server {text.split('@')[-1]!r}: give an address like http://localhost:30000")
        url = parts.scheme + url[len(parts.scheme) :]
        segments = parts.path.split("/")
        if "v1" not in segments:
            return cls(root=url, api=f"{url}/v1")
        before = "/".join(segments[: segments.index("v1")])
        return cls(root=f"{parts.scheme}://{parts.netloc}{before}", api=url)

    @property
    def label(self) -> str:
        """Host and port without user and password, for people and metrics."""
        parts = urlsplit(self.root)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.hostname}{port}{parts.path}"

    @property
    def is_tls(self) -> bool:
        """Whether it is https."""
        return self.root.startswith("https:")

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine, which no proxy leads to."""
        host = urlsplit(self.root).hostname or ""
        return host in _LOOPBACK or host.startswith("127.")


def parse_server_urls(text: str | None) -> tuple[ServerUrl, ...]:
    """The distinct addresses in a setting, separated by commas. Raises UsageError when there is none."""
    found = [ServerUrl.parse(part) for part in (text or "").split(",") if part.strip()]
    if not found:
        raise UsageError("engine 'server' needs an address: --server http://host:30000 (several with commas)")
    return tuple(dict.fromkeys(found))
