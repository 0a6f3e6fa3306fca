"""The parameter ``engine`` of the flows: the registry's names in the form of the Prefect UI, checked when a flow starts."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from prefect.exceptions import ParameterTypeError

from olmocr_core.engines import list_engine_names


@pytest.mark.parametrize("module", ["convert", "nightly_ingestion", "benchmark"])
def test_the_form_offers_the_engines_of_the_registry(module: str) -> None:
    flow: Any = getattr(importlib.import_module(f"flows.{module}"), module)
    named, absent = flow.parameters.properties["engine"]["anyOf"]
    assert (named["type"], named["enum"]) == ("string", list(list_engine_names()))
    assert absent == {"type": "null"}
    needed = {"data": "a"} if module == "benchmark" else {"sources": ["a"]}
    with pytest.raises(ParameterTypeError, match="there is no engine 'gpt'"):
        flow.validate_parameters(
            {**dict.fromkeys(flow.parameters.properties), **needed, "workspace": "w", "engine": "gpt"}
        )
