"""What may be read back from where results lie: JSON as we write it, and nothing that can run.

A stored result names the way in which it is to be read, and Prefect believes it. Whoever may write to the folder of results
could so have a pickle executed, or JSON read by a function of his choice.
"""

from __future__ import annotations

from typing import Any

from prefect.serializers import JSONSerializer, PickleSerializer

from olmocr_core.domain.errors import RunError

_PLAIN = JSONSerializer()
_read_json = JSONSerializer.loads


def read_json_only() -> None:
    """Hold Prefect to that in this process: reading anything else raises RunError, and what was to be read is made again."""
    readers: Any = (PickleSerializer, JSONSerializer)
    readers[0].loads, readers[1].loads = _refuse, _plain


def _plain(serializer: JSONSerializer[Any], blob: bytes) -> Any:
    return _read_json(serializer, blob) if serializer == _PLAIN else _refuse(serializer, blob)


def _refuse(serializer: JSONSerializer[Any] | PickleSerializer[Any], blob: bytes) -> Any:
    raise RunError(
        f"a stored result asks to be read as {serializer.type} in a way that could run a program; we write plain JSON only. "
        "Find out who wrote it to Prefect's folder of results (`results` in a local workspace)"
    )
