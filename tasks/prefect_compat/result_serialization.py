"""Stored results are read as plain JSON only, never as code.

Patches: ``loads`` of ``prefect.serializers.PickleSerializer`` and ``JSONSerializer``.
Why: a stored result names the serializer that reads it, and Prefect believes it. Whoever can write to the results folder
could have a pickle executed, or JSON decoded by a function of his choice. Prefect has no setting that refuses this.
Contract: tests/tasks/prefect_compat/test_result_serialization.py.
Goes when: Prefect can be told which serializers it may read.
"""

from __future__ import annotations

from typing import Any

from prefect.serializers import JSONSerializer, PickleSerializer

from olmocr_core.domain.errors import RunError

_PLAIN = JSONSerializer()
_loads_json = JSONSerializer.loads


def read_plain_json_only() -> None:
    """Have this process refuse other results: reading one raises RunError, and Prefect computes the result again."""
    json, pickle = _classes()
    json.loads, pickle.loads = _loads_plain, _refuse


def _classes() -> tuple[Any, Any]:
    return JSONSerializer, PickleSerializer


def _loads_plain(serializer: JSONSerializer[Any], blob: bytes) -> Any:
    return _loads_json(serializer, blob) if serializer == _PLAIN else _refuse(serializer, blob)


def _refuse(serializer: JSONSerializer[Any] | PickleSerializer[Any], blob: bytes) -> Any:
    raise RunError(
        f"a stored result asks to be read as {serializer.type} in a way that could run a program; we write plain JSON only. "
        "Find out who wrote it to Prefect's folder of results (`results` in a local workspace)"
    )
