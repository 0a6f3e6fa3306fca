"""Every command line that the launcher builds for the named cards is one that the installed SGLang parses."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from itertools import product
from pathlib import Path

import pytest

from olmocr_core.domain.errors import UsageError
from olmocr_core.engines.sglang.arguments import Arguments, build_arguments
from olmocr_core.engines.sglang.installed import inspect_sglang
from tests.core.engines.sglang.cards import BF16, FP8, L40S, NAMED, gpu
from tests.sglang.conftest import ARGUMENTS, ENVIRONMENT, MODEL, PYTHON

MEMORIES = (15_000, 24_000, 32_000, 48_000, 81_000)
CAPABILITIES = ((7, 0), (7, 5), (8, 0), (8, 9), (9, 0), (10, 0))
PARSE = """
import argparse, json, sys
from sglang.srt.server_args import ServerArgs
answers = []
parser = argparse.ArgumentParser(exit_on_error=False)
ServerArgs.add_cli_args(parser)
for line in json.load(sys.stdin):
    try:
        found, unknown = parser.parse_known_args(line)
        answers.append([{name: repr(value) for name, value in vars(found).items()}, unknown])
    except (argparse.ArgumentError, SystemExit) as error:
        answers.append([{}, [repr(error)]])
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def flags() -> frozenset[str]:
    return inspect_sglang(PYTHON, MODEL.parent / "cache", {**os.environ, **ENVIRONMENT}).flags


def test_every_command_line_is_parsed(flags: frozenset[str], tmp_path: Path) -> None:
    built = [build_arguments(gpus, model, accepted_flags=flags) for gpus, model in NAMED.values()]
    built += _all_kinds(flags)
    assert len(built) > 100
    built += [
        build_arguments((L40S,), FP8, {"kv_cache_dtype": "fp8_e4m3", "tp": 1, "quantization": "fp8"}, flags),
        build_arguments((), FP8, ARGUMENTS, flags),
    ]
    assert [line.notes for line in built if any("left out" in note for note in line.notes)] == []
    answer = subprocess.run(
        [PYTHON, "-c", PARSE],
        input=json.dumps([line.values for line in built]),
        capture_output=True,
        text=True,
        env={**os.environ, **ENVIRONMENT},
        check=False,
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    parsed = json.loads(answer.stdout.splitlines()[-1])
    assert len(parsed) == len(built)
    for line, (found, unknown) in zip(built, parsed, strict=True):
        assert unknown == [], line.values
        assert found["context_length"] == "16384"
        assert found["enable_metrics"] == "True"
        given = dict(zip(line.values, line.values[1:], strict=False))
        assert found["dp_size"] == given.get("--dp-size", "1")
        assert found["tp_size"] == given.get("--tp-size", "1")
        if "--mem-fraction-static" in given:
            assert found["mem_fraction_static"] == given["--mem-fraction-static"]
            assert found["max_running_requests"] == given["--max-running-requests"]


def _all_kinds(flags: frozenset[str]) -> list[Arguments]:
    """What is built for cards of every size and generation, alone and together; those too small are refused."""
    built = []
    for memory, capability, count, model in product(MEMORIES, CAPABILITIES, (1, 2, 4, 8), (FP8, BF16)):
        with contextlib.suppress(UsageError):
            cards = [gpu("some card", memory, capability, index) for index in range(count)]
            built.append(build_arguments(cards, model, accepted_flags=flags))
    return built


def test_flags_that_are_gone_are_refused_by_name(flags: frozenset[str]) -> None:
    assert len(flags) > 300
    with pytest.raises(UsageError, match="no argument --keep-mm-feature-on-device"):
        build_arguments((L40S,), FP8, {"keep_mm_feature_on_device": True}, flags)
