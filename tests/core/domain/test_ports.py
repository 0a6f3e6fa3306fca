from __future__ import annotations

import inspect
from typing import Any

import pytest

from olmocr_core.domain import ports
from olmocr_core.domain.ports import EngineIdentity, TextLayer
from olmocr_core.engines.base import EngineDefaults
from olmocr_core.engines.replay import ReplayEngine
from olmocr_core.engines.scripted import ScriptedEngine
from olmocr_core.engines.server_engine import ServerEngine
from olmocr_core.pdf.page_reader import SandboxedPageReader
from olmocr_core.storage.images import FilePageImages
from olmocr_core.storage.pages import FilePageCache
from tests.core.fakes import ImaginaryPages, MemoryCache


def test_the_label_of_an_engine_names_engine_and_model() -> None:
    assert EngineIdentity(name="cpu", model="PP-OCRv6-tiny", revision="1").label == "cpu:PP-OCRv6-tiny"


def test_a_text_layer_has_signals_of_its_own() -> None:
    first, second = TextLayer("", False), TextLayer("", False)
    first.signals["layer_trusted"] = True
    assert second.signals == {}


@pytest.mark.parametrize(
    ("port", "implementation"),
    [
        (ports.Engine, ScriptedEngine),
        (ports.Engine, ServerEngine),
        (ports.Engine, ReplayEngine),
        (ports.PageReader, SandboxedPageReader),
        (ports.PageReader, ImaginaryPages),
        (ports.PageCache, FilePageCache),
        (ports.PageCache, MemoryCache),
        (ports.PageImages, FilePageImages),
        (ports.PageImages, ImaginaryPages),
    ],
)
def test_implementations_take_the_parameters_of_their_port(port: Any, implementation: Any) -> None:
    members = {name: member for name, member in vars(port).items() if inspect.isfunction(member) and name[0] != "_"}
    for name, member in members.items():
        wanted, found = (list(inspect.signature(each).parameters) for each in (member, getattr(implementation, name)))
        assert found[: len(wanted)] == wanted, f"{implementation.__name__}.{name}"


def test_every_member_of_an_engine_is_documented_and_all_but_three_have_a_default() -> None:
    members = {name: member for name, member in vars(ports.Engine).items() if name[0] != "_"}
    assert [name for name, member in members.items() if not inspect.getdoc(member)] == []
    defaults = {name for name in vars(EngineDefaults) if name[0] != "_"}
    assert set(members) - defaults == {"identity", "concurrency", "transcribe"}
    assert defaults <= set(members)
