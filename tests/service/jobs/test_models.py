from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.jobs.models import RESULT_FORMATS, JobOptions, iso_time, job_id

FORMATS = st.lists(st.sampled_from(RESULT_FORMATS), min_size=1, max_size=6)
DOCUMENTS = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(DOCUMENTS, DOCUMENTS, FORMATS, FORMATS)
def test_a_job_is_its_bytes_and_its_options(one: str, other: str, first: list[str], second: list[str]) -> None:
    options, others = JobOptions.model_validate({"formats": first}), JobOptions.model_validate({"formats": second})
    is_same = (one, options) == (other, others)
    assert (job_id(one, options) == job_id(other, others)) is is_same
    assert job_id(one, options) == job_id(one, JobOptions.model_validate_json(options.model_dump_json()))
    # It stands in paths.
    assert len(job_id(one, options)) == 32
    assert job_id(one, options).isalnum()


@given(FORMATS)
def test_a_format_that_is_named_twice_is_one(formats: list[str]) -> None:
    once = JobOptions.model_validate({"formats": formats}).formats
    assert once == JobOptions.model_validate({"formats": [*formats, *formats]}).formats
    assert sorted(set(formats)) == sorted(once)


def test_no_format_and_an_unknown_one_are_refused() -> None:
    for wrong in ([], ["docx"]):
        with pytest.raises(ValueError, match="formats"):
            JobOptions.model_validate({"formats": wrong})


def test_times_are_utc() -> None:
    assert iso_time(0.5) == "1970-01-01T00:00:00.500+00:00"
