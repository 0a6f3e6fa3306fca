"""Addresses of model servers hold no user and password: settings are stored with every run, and parameters by Prefect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field
from pydantic_core import ErrorDetails

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.explain_setting import SettingsSource, explain

# A password holds any character, so a text with an @ is not taken apart: no address needs one.
_MARK = "@"
WHAT_TO_DO = (
    "an address holds no user and password, because runs and Prefect store it: put the server's key into the environment "
    "variable OLMOCR_API_KEY, or `Basic USER:PASSWORD` for a server that asks for both"
)

Options = Annotated[
    dict[str, Any],
    # Prefect's server checks parameters by their schema before it stores them.
    Field(
        json_schema_extra={
            "not": {"properties": {"server": {"type": "string", "pattern": _MARK}}, "required": ["server"]}
        }
    ),
]
"""Settings as a flow's parameter: nested, and without a password in the address of a server."""


def check_server_address(values: Mapping[str, Any]) -> None:
    """Raise ValueError, without the address, if the ``server`` of some settings holds a user or password."""
    if _MARK in str(values.get("server") or ""):
        raise ValueError(WHAT_TO_DO)


def refuse_password(values: Mapping[str, Any], sources: Sequence[SettingsSource]) -> None:
    """Raise UsageError with the source if merged settings hold a user or password in the address of a server.

    The model of settings does not refuse them itself: runs that older versions stored stay readable.
    """
    try:
        check_server_address(values)
    except ValueError as error:
        problem = ErrorDetails(type="value_error", loc=("server",), msg=str(error), input=None)
        raise UsageError(explain(problem, sources)) from None
