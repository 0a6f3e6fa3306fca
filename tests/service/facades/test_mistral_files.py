from __future__ import annotations

import pytest

from service.facades.mistral_files import read_link, sign_link
from service.problems import Problem

FILE_ID = "00000000-0000-4000-8000-000000000000"


def test_a_link_names_its_file_wherever_the_service_answers() -> None:
    assert read_link(f"https://proxy.example/ocr{sign_link(FILE_ID, 1)}") == FILE_ID


@pytest.mark.parametrize(
    "url", ["https://example.org/a.pdf", "http://[", f"/v1/files/{FILE_ID}/content", "", "/v1/files/"]
)
def test_other_urls_are_none(url: str) -> None:
    assert read_link(url) is None


def test_a_link_that_was_changed_or_is_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    link = sign_link(FILE_ID, 1)
    other = FILE_ID.replace("4", "5")
    wrong = [link[:-1] + ("0" if link[-1] != "0" else "1"), link.replace(FILE_ID, other), link.replace("expires=", "expires=9"),
             link.replace("signature=", "signature=é")]  # fmt: skip
    for url in wrong:
        with pytest.raises(Problem, match="expired"):
            read_link(url)
    monkeypatch.setattr("time.time", lambda: 99_999_999_999.0)
    with pytest.raises(Problem, match="expired"):
        read_link(link)
