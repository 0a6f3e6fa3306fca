"""The description of the API: every error as problem details, options by name, keys, and an example of each answer."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from olmocr_core.domain.models import ErrorInfo
from service.api.batch_views import view_batch
from service.api.views import view
from service.batches.desk import FoundBatch
from service.batches.models import Batch, BatchItem, batch_id
from service.jobs.desk import FoundJob
from service.jobs.models import Job, JobOptions, job_id
from service.problems import MEDIA_TYPE

_METHODS = frozenset({"get", "put", "post", "delete", "head", "patch"})
_PROBLEM = {
    "type": "object",
    "description": "What went wrong and what to do (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "example": {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "the document is not finished; 3 of 12 pages are: ask again, or add wait=SECONDS",
    },
}
_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, where the service has keys"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
}
_SENT = "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730"


def describe(app: FastAPI) -> None:
    """Let an application describe itself as its answers are."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _complete(
                get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    for path in schema["paths"].values():
        for method, operation in path.items():
            if method in _METHODS:
                _add_errors(operation["responses"])
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for name, example in _examples().items():
        if name in schemas:
            schemas[name]["example"] = example
    components["securitySchemes"] = _KEYS
    # Without a key, too: on the loopback none is needed.
    schema["security"] = [{"bearer": []}, {"header": []}, {}]
    return schema


def _add_errors(responses: dict[str, Any]) -> None:
    responses.pop("422", None)
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses["4XX"] = {"description": "The request cannot be served: `detail` says why", "content": content}
    responses["5XX"] = {"description": "Not now: send the same request again after `Retry-After`", "content": content}


def _examples() -> dict[str, Any]:
    options = JobOptions()
    job = Job(
        id=job_id(_SENT, options),
        document=_SENT,
        options=options,
        filename="report.pdf",
        size_bytes=183_204,
        created=1_767_225_600.0,
        state="done",
        finished=1_767_225_603.5,
        pages=12,
        pages_done=12,
        document_status="kept",
    )
    refused = ErrorInfo(code="unreadable_document", message="the file is neither a PDF nor an image")
    items = (BatchItem(filename="report.pdf", job=job.id), BatchItem(filename="notes.txt", error=refused))
    batch = Batch(id=batch_id(items), created=job.created, items=items)
    shown = view(job)
    in_batch = view_batch(FoundBatch(batch, {job.id: FoundJob(job, None)}), {job.id: shown})
    return {"JobView": shown.model_dump(mode="json"), "BatchView": in_batch.model_dump(mode="json")}
