"""A client of the service: ``Client``, and ``AsyncClient`` for programs with an event loop. It needs httpx alone."""

from __future__ import annotations

from service.client.asynchronous import AsyncClient
from service.client.blocking import Client
from service.client.errors import ClientError, DocumentFailed, NotInTime, ServiceAway, ServiceError
from service.client.models import Converted, Job, Page, Reason

__all__ = [
    "AsyncClient",
    "Client",
    "ClientError",
    "Converted",
    "DocumentFailed",
    "Job",
    "NotInTime",
    "Page",
    "Reason",
    "ServiceAway",
    "ServiceError",
]
