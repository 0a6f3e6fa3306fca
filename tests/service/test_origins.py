from __future__ import annotations

import pytest

from service.origins import OwnOrigins

OWN = OwnOrigins("127.0.0.1", "https://ocr.example.org/x")


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "127.0.0.1:8000"},
        {"host": "localhost:9000"},
        {"host": "[::1]:8000"},
        {"host": "OCR.example.org"},
        {"host": "localhost:8000", "origin": "http://localhost:8000", "sec-fetch-site": "same-origin"},
        {"host": "localhost:8000", "sec-fetch-site": "none"},
    ],
)
def test_own_pages_and_programs_are_served(headers: dict[str, str]) -> None:
    assert OWN.refusal(headers) == ""


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"host": "evil.example:8000"}, "own names alone"),
        ({}, "own names alone"),
        ({"host": "[::1"}, "own names alone"),
        ({"host": "localhost", "origin": "http://evil.example"}, "another site"),
        ({"host": "localhost", "origin": "null"}, "another site"),
        ({"host": "localhost", "sec-fetch-site": "cross-site"}, "another site"),
        ({"host": "localhost", "sec-fetch-site": "same-site"}, "another site"),
    ],
)
def test_pages_of_strangers_are_not(headers: dict[str, str], words: str) -> None:
    assert words in OWN.refusal(headers)
