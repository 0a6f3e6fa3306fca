"""What may pass between pool and worker."""

from __future__ import annotations

import os
import pickle
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box, PageLayout, Word
from olmocr_core.domain.models import DocumentInfo, ErrorInfo, PageBlock, PageImage, Transcription
from olmocr_core.domain.ports import TextLayer
from olmocr_core.sandbox.ipc import HEADER, Request, Response, pack, unpack

LAYOUT = PageLayout(10.0, 20.0, (Word("a", Box(0, 0, 1, 1), 9.0),))
IMAGE = PageImage(
    width=1, height=2, rotation_ccw=90, encoding="jpeg", renderer="pdfium", ink=0.1, is_blank=False, notes=("a",)
)
INFO = DocumentInfo(pages=3, metadata={"title": "t"}, error=ErrorInfo(code="a", message="b"))

READ = Transcription(text="a", blocks=(PageBlock(type="list", box=(0, 0, 1, 1.5), text="- a"),), page_size=(612, 792))


def carried(message: Any) -> Any:
    frame = pack(message)
    assert HEADER.unpack(frame[: HEADER.size])[0] == len(frame) - HEADER.size
    return unpack(frame[HEADER.size :])


@pytest.mark.parametrize(
    "value", [LAYOUT, IMAGE, INFO, READ, TextLayer("a", True, {"x": None}), {1, 2}, frozenset({1})]
)
def test_our_data_classes_survive_the_protocol(value: Any) -> None:
    assert carried(Response(result=value)).result == value


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(plain)
def test_plain_values_survive_the_protocol(value: Any) -> None:
    assert carried(Request("a:b", (value,))).args == (value,)


class Evil:
    def __reduce__(self) -> Any:
        return os.system, ("true",)


@pytest.mark.parametrize("value", [Evil(), os.system, PurePosixPath("a"), eval, pack, HEADER.__class__])
def test_other_objects_are_rejected(value: Any) -> None:
    with pytest.raises(pickle.UnpicklingError, match="may not send"):
        carried(Response(result=value))


def test_functions_reached_through_our_own_modules_are_rejected() -> None:
    module = b"olmocr_core.sandbox.worker_process"
    sneaky = b"\x80\x04\x8c%c%s\x94\x8c\x09os.system\x94\x93." % (len(module), module)
    with pytest.raises((pickle.UnpicklingError, AttributeError)):
        unpack(sneaky)


@pytest.mark.parametrize("name", ["pool WorkerPool", "session SessionSettings", "ipc _RestrictedUnpickler"])
def test_classes_of_ours_that_no_operation_returns_are_rejected(name: str) -> None:
    module, kind = name.split()
    module = f"olmocr_core.sandbox.{module}"
    body = b"\x80\x04\x8c%c%s\x94\x8c%c%s\x94\x93." % (len(module), module.encode(), len(kind), kind.encode())
    with pytest.raises(pickle.UnpicklingError, match="may not send"):
        unpack(body)


def test_a_message_calls_nothing() -> None:
    box = b"\x80\x04\x8c\x1bolmocr_core.domain.geometry\x8c\x03Box\x93"
    with pytest.raises(pickle.UnpicklingError, match="REDUCE"):
        unpack(box + b"(K\x01K\x02K\x03K\x04tR.")


def test_a_few_bytes_make_no_room_for_billions() -> None:
    # The index in the memo: CPython allocates twice as many places before it looks further.
    with pytest.raises(pickle.UnpicklingError, match="LONG_BINPUT"):
        unpack(b"\x80\x04Nr\xff\xff\xff\x0f.")


@pytest.mark.parametrize("body", [b"", b"\x80\x05\x8c\x02\xff\xff.", b"\x80\x05K", b"\x80\x05h\x07.", b"\x80\x05Nb."])
def test_damaged_messages_have_one_error(body: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError):
        unpack(body)


def test_a_message_that_takes_the_pool_minutes_to_read_is_refused() -> None:
    with pytest.raises(pickle.UnpicklingError, match="number 200001"):
        unpack(b"\x80\x05(" + b"N" * 300_000 + b"t.")
