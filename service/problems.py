"""Errors as RFC 9457 problem details: what happened and what to do, for people, in ``application/problem+json``."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from olmocr_core.domain.errors import DiskFull

MEDIA_TYPE = "application/problem+json"
FAULT = "the service failed on this request; its log says why"
_log = logging.getLogger(__name__)


class Problem(Exception):
    """A request that cannot be served: ``detail`` says why, ``more`` are further members of the answer."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more


def problem_response(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    """The answer for a problem; its title is the phrase of the status."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return JSONResponse(content, status, dict(headers or {}), MEDIA_TYPE)


def add_problem_handlers(app: FastAPI) -> None:
    """Let every error that is raised on purpose be answered as problem details; ``Guard`` answers all others."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(DiskFull, _answer_full_disk)
    app.add_exception_handler(DBAPIError, _answer_database_away)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid_request)


async def _answer_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return problem_response(error.status, error.detail, error.headers, **error.more)


async def _answer_full_disk(request: Request, error: Exception) -> JSONResponse:
    _log.error("%s", error)
    return problem_response(
        507, "the service has no room for this document; send it again later", {"Retry-After": "60"}
    )


async def _answer_database_away(request: Request, error: Exception) -> JSONResponse:
    _log.error("the database of jobs fails: %s", error)
    return problem_response(
        503, "the database of jobs does not answer; nothing was accepted: send this again", {"Retry-After": "5"}
    )


async def _answer_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        # The router names the methods of the first route that it found.
        matching = [
            route
            for route in getattr(request.app.state, "routes", ())
            if route.matches(request.scope)[0] is not Match.NONE
        ]
        methods = {method for route in matching for method in getattr(route, "methods", None) or ()}
        headers["Allow"] = ", ".join(sorted(methods))
    return problem_response(error.status_code, str(error.detail), headers)


async def _answer_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # Without the values: they are the client's, and may be long.
    wrong = [{"at": ".".join(map(str, one["loc"])), "problem": str(one["msg"])[:500]} for one in error.errors()[:20]]
    return problem_response(
        422, f"{wrong[0]['at']}: {wrong[0]['problem']}" if wrong else "invalid request", errors=wrong
    )
