from __future__ import annotations

from service.api.views import view
from tests.service.jobs.examples import DOCUMENT, a_job


def test_a_view_shows_what_a_client_needs_and_nothing_of_the_inside() -> None:
    shown = view(a_job(created=0.0, finished=2.5, state="done", tries=3, recipe="r"), position=None).model_dump()
    assert (shown["sha256"], shown["created"], shown["finished"]) == (
        DOCUMENT,
        "1970-01-01T00:00:00.000+00:00",
        "1970-01-01T00:00:02.500+00:00",
    )
    assert shown["links"]["pages"] == f"/v1/documents/{shown['id']}/pages/{{page}}"
    assert not {"tries", "recipe", "not_before"} & set(shown)
