"""Read one page, from its image to its record: an async loop that executes the decisions of the retry policy."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from olmocr_core.domain.errors import DocumentError, EngineUnavailable, PageError, RequestRejected
from olmocr_core.domain.models import (
    AttemptOutcome,
    Completion,
    ErrorInfo,
    PageImage,
    PageRecord,
    PageRef,
    Route,
    Signals,
    Transcription,
)
from olmocr_core.domain.ports import Engine, PageImages, PageReader, PageRequest, TextLayer
from olmocr_core.domain.recipe import Recipe
from olmocr_core.reading.front_matter import parse_answer
from olmocr_core.reading.retry_policy import Backoff, RetryPolicy
from olmocr_core.reading.text_similarity import measure_layer_recall
from olmocr_core.reading.validation import validate_answer

_log = logging.getLogger(__name__)
_NO_TEXT = Transcription(text="")


def _never_garbage(layer: str) -> bool:
    return False


def _one_attempt() -> int:
    return 1


@dataclass(frozen=True, slots=True)
class ReadingTools:
    """Everything that reading a page needs; tests replace ``sleep`` and ``clock`` so that they need not wait.

    ``parallel_attempts`` gives how many attempts of one page may run at once: more than one only while no page waits.
    """

    engine: Engine
    reader: PageReader
    images: PageImages
    recipe: Recipe
    policy: RetryPolicy
    backoff: Backoff = field(default_factory=Backoff)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    rng: random.Random = field(default_factory=random.Random)
    parse: Callable[[str], Transcription] = parse_answer
    is_garbage: Callable[[str], bool] = _never_garbage
    parallel_attempts: Callable[[], int] = _one_attempt


async def read_page(page: PageRef, tools: ReadingTools) -> PageRecord:
    """Read a page. The result is always a record: ok, blank, fallback or failed.

    Raises EngineUnavailable if the engine stays unavailable longer than the backoff's budget, and DocumentUnavailable if the
    file cannot be read now; a page raises nothing else.
    """
    started = tools.clock()
    try:
        data, facts = await tools.images.get(page)
    except (PageError, DocumentError) as error:
        record = await _fall_back(page, tools, (), error)
    else:
        if facts.is_blank:
            record = _make_record(page, tools, "blank", "blank", _NO_TEXT)
        else:
            record = await _run_attempts(page, tools, data, facts)
        record = record.model_copy(
            update={"notes": (*facts.notes, *record.notes), "signals": _image_signals(facts) | record.signals}
        )
    return record.model_copy(update={"seconds": round(tools.clock() - started, 4)})


async def _run_attempts(page: PageRef, tools: ReadingTools, data: bytes, facts: PageImage) -> PageRecord:
    history: list[AttemptOutcome] = []
    upright = (data, facts)
    try:
        while attempts := tools.policy.next_attempts(history, tools.parallel_attempts()):
            turn = attempts[0].rotation_ccw
            if turn != facts.rotation_ccw:
                data, facts = await tools.images.get(page, turn) if turn else upright
            requests = [PageRequest(page=page, attempt=attempt, image=data, facts=facts) for attempt in attempts]
            await _hedge(requests, tools, history)
        best = tools.policy.best_outcome(history)
        if best and best.transcription and not best.transcription.text.strip():
            # Decoders make noise of a destroyed image, which then reads as a page without text.
            await tools.reader.check_images(page)
    except RequestRejected as error:
        return _failed_record(page, tools, history, error)
    except (PageError, DocumentError) as error:
        return await _fall_back(page, tools, history, error)
    if best is None or best.transcription is None:
        tried = f"{len(history)} attempts gave no usable answer; the last: {history[-1].verdict} ({history[-1].detail})"
        return await _fall_back(page, tools, history, PageError(tried))
    return _accept(page, tools, history, best, facts)


async def _hedge(requests: Sequence[PageRequest], tools: ReadingTools, history: list[AttemptOutcome]) -> None:
    """Make attempts in parallel and append their outcomes to ``history``, in the order of the attempts.

    The first good answer cancels the others. So does one that asks for a rotation, because they all see the same image.
    An attempt's error is raised as in sequence, unless another attempt was good; a RunError ends all attempts at once.
    """
    if len(requests) == 1:
        history.append(await _run_attempt(requests[0], tools))
        return
    runners = [asyncio.create_task(_run_attempt(request, tools)) for request in requests]
    try:
        for finished in asyncio.as_completed(runners):
            try:
                outcome = await finished
            except (PageError, DocumentError, EngineUnavailable):
                continue
            if outcome.verdict in ("ok", "rotation"):
                break
    finally:
        for runner in runners:
            runner.cancel()
        await asyncio.gather(*runners, return_exceptions=True)
    ended = [runner for runner in runners if not runner.cancelled()]
    errors = [error for runner in ended if (error := runner.exception())]
    # Attempts that ended at the same moment count, too.
    outcomes = [runner.result() for runner in ended if not runner.exception()]
    history += outcomes
    if errors and not any(outcome.verdict in ("ok", "rotation") for outcome in outcomes):
        raise errors[0]


async def _run_attempt(request: PageRequest, tools: ReadingTools) -> AttemptOutcome:
    started = tools.clock()
    completion = await _transcribe_with_backoff(request, tools)
    return validate_answer(request.attempt, completion, round(tools.clock() - started, 4), tools.parse)


async def _transcribe_with_backoff(request: PageRequest, tools: ReadingTools) -> Completion:
    """Send the request until the engine answers: a connection fault does not count as an attempt."""
    tries, waited = 0, 0.0
    while True:
        try:
            return await tools.engine.transcribe(request)
        except EngineUnavailable as error:
            tries += 1
            wait = tools.backoff.next_wait(tries, waited, error.retry_after, tools.rng)
            if wait is None:
                raise
            _log.info("engine not available (%s); next try in %.1f s", error, wait)
            waited += wait
            await tools.sleep(wait)


def _accept(
    page: PageRef, tools: ReadingTools, history: Sequence[AttemptOutcome], best: AttemptOutcome, facts: PageImage
) -> PageRecord:
    completion, transcription = best.completion, best.transcription or _NO_TEXT
    signals: Signals = dict(completion.signals)
    judged_bad = signals.get("layer_trusted") is False
    if facts.layer and completion.route != "text_layer" and not judged_bad:
        signals |= measure_layer_recall(transcription.text, facts.layer, tools.is_garbage)
    record = _make_record(page, tools, "ok", completion.route, transcription, history)
    notes = completion.notes
    if best.verdict == "rotation":
        notes = (*notes, "the engine still called the page turned after its last attempt")
    return record.model_copy(update={"accepted_attempt": best.attempt.number, "signals": signals, "notes": notes})


async def _fall_back(
    page: PageRef, tools: ReadingTools, history: Sequence[AttemptOutcome], error: PageError | DocumentError
) -> PageRecord:
    """Use the text layer of a page that could not be read; a page without one has failed."""
    layer = await _read_text_layer(page, tools)
    if layer is None or not layer.text.strip():
        return _failed_record(page, tools, history, error)
    record = _make_record(page, tools, "fallback", "fallback", Transcription(text=layer.text), history)
    return record.model_copy(update={"error": _error_info(error), "signals": layer.signals, "notes": layer.notes})


async def _read_text_layer(page: PageRef, tools: ReadingTools) -> TextLayer | None:
    try:
        return await tools.reader.text_layer(page)
    except (PageError, DocumentError) as error:
        _log.debug("no text layer for page %d of %s: %s", page.page_number, page.location, error)
        return None


def _failed_record(
    page: PageRef, tools: ReadingTools, history: Sequence[AttemptOutcome], error: PageError | DocumentError
) -> PageRecord:
    record = _make_record(page, tools, "failed", "none", _NO_TEXT, history)
    return record.model_copy(update={"error": _error_info(error)})


def _make_record(
    page: PageRef,
    tools: ReadingTools,
    status: str,
    route: Route,
    transcription: Transcription,
    history: Sequence[AttemptOutcome] = (),
) -> PageRecord:
    return PageRecord.model_validate(
        {
            "key": tools.recipe.page_key(page.doc_id, page.page_number),
            "doc_id": page.doc_id,
            "page_number": page.page_number,
            "status": status,
            "route": route,
            "engine": tools.recipe.engine.label,
            "transcription": transcription,
            "attempts": tuple(_without_transcription(outcome) for outcome in history),
        }
    )


def _without_transcription(outcome: AttemptOutcome) -> AttemptOutcome:
    """Reduce an outcome to its raw answer: the record holds the accepted transcription."""
    if not outcome.completion.answer:
        return outcome
    completion = outcome.completion.model_copy(update={"transcription": None})
    return outcome.model_copy(update={"transcription": None, "completion": completion})


def _error_info(error: PageError | DocumentError) -> ErrorInfo:
    return ErrorInfo(code=error.code, message=str(error))


def _image_signals(facts: PageImage) -> Signals:
    return {"ink": round(facts.ink, 6), "renderer": facts.renderer}
