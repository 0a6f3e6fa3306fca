"""The models of settings: lists as text, addresses without secrets."""

from __future__ import annotations

from typing import get_origin

import pytest

from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.settings import Group, Settings, Store

LISTS = [
    (name, inner)
    for name, group in Settings()
    if isinstance(group, Group)
    for inner, field in type(group).model_fields.items()
    if get_origin(field.annotation) is tuple
]


def test_some_settings_are_lists() -> None:
    assert {("ladder", "temperatures"), ("publish", "formats")} <= set(LISTS)


@pytest.mark.parametrize(("group", "name"), LISTS)
def test_every_list_may_be_text_with_commas(group: str, name: str) -> None:
    default = getattr(getattr(Settings(), group), name) or ("en", "fr")
    text = " , ".join(map(str, default)) + ","
    for settings in (
        load_settings(environ={f"OLMOCR_{group}__{name}".upper(): text}),
        load_settings({group: {name: text}}, environ={}),
    ):
        assert getattr(getattr(settings, group), name) == default


@pytest.mark.parametrize("url", ["https://user:secret@minio.example", "minio.example:9000", "file:///etc"])
def test_an_address_of_a_store_is_a_url_without_secrets(url: str) -> None:
    with pytest.raises(ValueError, match="without user and password"):
        Store(endpoint_url=url)
