from __future__ import annotations

import errno
import os

import pytest

from olmocr_core.domain.errors import MachineFault, OlmocrError, SourceAway
from olmocr_core.storage.os_errors import find_fault, raise_fault


def system_error(number: int, name: str = "/in/a.pdf") -> OSError:
    return OSError(number, os.strerror(number), name)


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.ESTALE, errno.EIO, errno.ETIMEDOUT])
def test_a_file_that_is_out_of_reach_is_away(number: int) -> None:
    assert isinstance(find_fault(system_error(number), "/in/a.pdf"), SourceAway)


@pytest.mark.parametrize(
    "error", [system_error(errno.EMFILE), system_error(errno.ENOMEM), RuntimeError("can't start new thread")]
)
def test_what_a_process_lacks_is_the_machines_fault(error: Exception) -> None:
    assert isinstance(find_fault(error, "/in/a.pdf"), MachineFault)


def test_another_file_that_is_out_of_reach_is_the_machines_fault() -> None:
    assert str(find_fault(system_error(errno.EACCES, "/usr/bin/tool"), "/in/a.pdf")) == (
        "tool cannot be used: Permission denied"
    )


@pytest.mark.parametrize("error", [OSError("cannot decode"), system_error(errno.EINVAL), ValueError("bad data")])
def test_errors_of_decoders_are_no_faults(error: Exception) -> None:
    assert find_fault(error) is None
    raise_fault(error)


def test_a_fault_is_raised_with_its_cause() -> None:
    cause = system_error(errno.ESTALE)
    with pytest.raises(OlmocrError) as raised:
        raise_fault(cause)
    assert raised.value.__cause__ is cause
