"""The engine ``replay``: gives recorded answers, which are validated, parsed and retried like those of a model.

A page gets its recorded attempts in their order. Parallel attempts may have left a gap, since only the winner's answer was
recorded: the next recorded attempt then takes its place, with a note. A page or an attempt that is not recorded raises
NotRecorded: the page falls back or fails with that code.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from olmocr_core.domain.errors import NotRecorded, UsageError, error_from_code
from olmocr_core.domain.identity import value_digest
from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.domain.models import Completion, Transcription
from olmocr_core.domain.ports import EngineIdentity, PageRequest
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.base import EngineContext, EngineDefaults
from olmocr_core.engines.code_digest import code_digest
from olmocr_core.engines.page_code import PAGE_CODE, PAGE_LIBRARIES, find_library_versions
from olmocr_core.reading.model_profiles import AnswerParser, choose_parser
from olmocr_core.recordings.format import RecordedAttempt, Recording, order_sequentially
from olmocr_core.recordings.write import REPLAY, parse_folder

_CONCURRENCY = 16
# What turns raw answers into records, what draws pages, and what reads the text layers of fallback pages.
REPLAY_CODE = (
    *PAGE_CODE,
    "olmocr_core.domain.model_profile",
    "olmocr_core.engines.replay",
    "olmocr_core.reading.front_matter",
    "olmocr_core.reading.model_profiles",
    "olmocr_core.reading.read_page",
    "olmocr_core.reading.repetition",
    "olmocr_core.reading.retry_policy",
    "olmocr_core.reading.rotation",
    "olmocr_core.reading.validation",
    "olmocr_core.recordings.format",
)


def check_settings(settings: Settings) -> None:
    """Raise UsageError where no recording is named."""
    if not settings.recording.replay_from:
        raise UsageError("engine 'replay' needs a folder of recorded answers: --recording DIR")


def check_installation(settings: Settings) -> None:
    """Raise UsageError where the folder holds no recording."""
    open_recording(settings)


@asynccontextmanager
async def open_engine(settings: Settings, context: EngineContext) -> AsyncIterator[ReplayEngine]:
    """The engine for the recording that settings name. Raises UsageError where there is none."""
    yield ReplayEngine(open_recording(settings))


def open_recording(settings: Settings) -> Recording:
    """The recording that settings name. Raises UsageError where there is none."""
    check_settings(settings)
    return Recording(parse_folder(settings.recording.replay_from or ""))


class ReplayEngine(EngineDefaults):
    """Answers from a recording: always the same answer to the same request."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._identity = _identity(recording)
        self._parse = _parser(recording.header.engine)

    @property
    def identity(self) -> EngineIdentity:
        """The recorded engine's identity, with digests of the recording and of the code that reads its answers."""
        return self._identity

    @property
    def concurrency(self) -> int:
        """Enough to keep the workers that draw pages busy."""
        return _CONCURRENCY

    def adapt_settings(self, settings: Settings) -> Settings:
        """Draw pages and make attempts as in the recorded run unless settings say otherwise; never in parallel."""
        header = self._recording.header
        render = settings.render if settings.render.model_fields_set else header.render
        recorded = {"max_attempts": header.max_attempts, "temperatures": header.temperatures}
        given = settings.ladder.model_fields_set
        ladder = {name: value for name, value in recorded.items() if name not in given} | {"race": 1}
        return settings.model_copy(update={"render": render, "ladder": settings.ladder.model_copy(update=ladder)})

    def parse(self, answer: str) -> Transcription:
        """Read an answer as the profile of the recorded model does."""
        return self._parse(answer)

    async def transcribe(self, request: PageRequest) -> Completion:
        """Give the recorded answer. Raises NotRecorded, the recorded error of a page, UsageError for a broken file."""
        page, number = request.page, request.attempt.number
        found = order_sequentially(await asyncio.to_thread(self._recording.attempts, page.doc_id, page.page_number))
        if number > len(found):
            raise NotRecorded(_missing(request, len(found)))
        attempt = found[number - 1]
        if attempt.error:
            raise error_from_code(attempt.error.code, attempt.error.message)
        # An attempt whose rotation was ignored in the recorded run stands last, whatever the rotation is by then.
        if attempt.rotation_ccw != request.attempt.rotation_ccw and attempt.verdict != "rotation":
            raise NotRecorded(
                f"attempt {number} at page {page.page_number} was recorded with the page turned by "
                f"{attempt.rotation_ccw} degrees, and now {request.attempt.rotation_ccw} are asked for"
            )
        return _noted(attempt, request)


def _parser(recorded: EngineIdentity) -> AnswerParser:
    facts = dict(recorded.decoding)
    known = {name: facts[name] for name in ("answer", "rotation") if name in facts}
    return choose_parser(ModelProfile.model_validate({"name": REPLAY, **known}))


def _identity(recording: Recording) -> EngineIdentity:
    recorded = recording.header.engine
    ours = {"recorded_engine": recorded.name, "recording": recording.digest, "reading": _reading()}
    return EngineIdentity(
        name=REPLAY,
        model=recorded.model,
        revision=recorded.revision,
        prompt_id=recorded.prompt_id,
        decoding=tuple(sorted((dict(recorded.decoding) | ours).items())),
    )


def _reading() -> str:
    return value_digest([code_digest(*REPLAY_CODE), find_library_versions(PAGE_LIBRARIES)])


def _missing(request: PageRequest, recorded: int) -> str:
    if not recorded:
        return f"the recording holds no answer to page {request.page.page_number}"
    ends = "1 attempt" if recorded == 1 else f"{recorded} attempts"
    return f"the recording holds {ends} at page {request.page.page_number}, and attempt {request.attempt.number} is asked for"


def _noted(attempt: RecordedAttempt, request: PageRequest) -> Completion:
    same = (attempt.attempt, attempt.temperature) == (request.attempt.number, request.attempt.temperature)
    if same:
        return attempt.completion
    note = f"recorded as attempt {attempt.attempt} at temperature {attempt.temperature}"
    return attempt.completion.model_copy(update={"notes": (*attempt.completion.notes, note)})
