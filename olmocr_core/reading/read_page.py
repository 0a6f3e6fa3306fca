"""One page, from its image to its record: a thin loop that acts on what the ladder decides."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from olmocr_core.domain.errors import DocumentError, EngineUnavailable, PageError, RequestRejected
from olmocr_core.domain.models import (
    Completion,
    ErrorInfo,
    Outcome,
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
from olmocr_core.reading.text_similarity import layer_signals
from olmocr_core.reading.validation import judge

_log = logging.getLogger(__name__)
_NO_TEXT = Transcription(text="")


def _never(layer: str) -> bool:
    return False


def _one() -> int:
    return 1


@dataclass(frozen=True, slots=True)
class ReadingTools:
    """What reading a page needs; ``sleep`` and ``clock`` are replaceable so that tests need not wait.

    ``width`` says how many attempts of one page may run side by side now: more than one only while no other page waits.
    """

    engine: Engine
    reader: PageReader
    images: PageImages
    recipe: Recipe
    policy: RetryPolicy
    backoff: Backoff = field(default_factory=Backoff)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    chance: random.Random = field(default_factory=random.Random)
    parse: Callable[[str], Transcription] = parse_answer
    is_garbage: Callable[[str], bool] = _never
    width: Callable[[], int] = _one


async def read_page(page: PageRef, tools: ReadingTools) -> PageRecord:
    """Read a page to its end: ok, blank, fallback or failed, always a record.

    Raises EngineUnavailable when the engine stays away longer than the backoff's budget; nothing else is raised for a page.
    """
    started = tools.clock()
    try:
        data, facts = await tools.images.get(page)
    except (PageError, DocumentError) as error:
        record = await _fall_back(page, tools, (), error)
    else:
        if facts.is_blank:
            record = _record(page, tools, "blank", "blank", _NO_TEXT)
        else:
            record = await _climb(page, tools, data, facts)
        record = record.model_copy(
            update={"notes": (*facts.notes, *record.notes), "signals": _ink(facts) | record.signals}
        )
    return record.model_copy(update={"seconds": round(tools.clock() - started, 4)})


async def _climb(page: PageRef, tools: ReadingTools, data: bytes, facts: PageImage) -> PageRecord:
    history: list[Outcome] = []
    upright = (data, facts)
    try:
        while attempts := tools.policy.ahead(history, tools.width()):
            turn = attempts[0].rotation_ccw
            if turn != facts.rotation_ccw:
                data, facts = await tools.images.get(page, turn) if turn else upright
            requests = [PageRequest(page=page, attempt=attempt, image=data, facts=facts) for attempt in attempts]
            await _race(requests, tools, history)
    except RequestRejected as error:
        return _failed(page, tools, history, error)
    except (PageError, DocumentError) as error:
        return await _fall_back(page, tools, history, error)
    best = tools.policy.best(history)
    if best is None or best.transcription is None:
        tried = f"{len(history)} attempts gave no usable answer; the last: {history[-1].verdict} ({history[-1].detail})"
        return await _fall_back(page, tools, history, PageError(tried))
    return _accept(page, tools, history, best, facts)


async def _race(requests: Sequence[PageRequest], tools: ReadingTools, history: list[Outcome]) -> None:
    """Add the outcomes of attempts made side by side to ``history``, in their order.

    The first good answer ends the others unheard, and so does one that asks for a turn, since they see the page as it did.
    An attempt's error counts, as on the ladder, unless another attempt was good; a RunError ends all at once.
    """
    if len(requests) == 1:
        history.append(await _attempt(requests[0], tools))
        return
    runners = [asyncio.create_task(_attempt(request, tools)) for request in requests]
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
    # Whoever crossed the line in the same moment counts too.
    outcomes = [runner.result() for runner in ended if not runner.exception()]
    history += outcomes
    if errors and not any(outcome.verdict in ("ok", "rotation") for outcome in outcomes):
        raise errors[0]


async def _attempt(request: PageRequest, tools: ReadingTools) -> Outcome:
    started = tools.clock()
    completion = await _ask(request, tools)
    return judge(request.attempt, completion, round(tools.clock() - started, 4), tools.parse)


async def _ask(request: PageRequest, tools: ReadingTools) -> Completion:
    """Ask until the engine answers: a connection fault is not an attempt."""
    tries, waited = 0, 0.0
    while True:
        try:
            return await tools.engine.transcribe(request)
        except EngineUnavailable as error:
            tries += 1
            wait = tools.backoff.wait(tries, waited, error.retry_after, tools.chance)
            if wait is None:
                raise
            _log.info("engine not available (%s); asking again in %.1f s", error, wait)
            waited += wait
            await tools.sleep(wait)


def _accept(
    page: PageRef, tools: ReadingTools, history: Sequence[Outcome], best: Outcome, facts: PageImage
) -> PageRecord:
    completion, transcription = best.completion, best.transcription or _NO_TEXT
    signals: Signals = dict(completion.signals)
    judged_bad = signals.get("layer_trusted") is False
    if facts.layer and completion.route != "text_layer" and not judged_bad:
        signals |= layer_signals(transcription.text, facts.layer, tools.is_garbage)
    record = _record(page, tools, "ok", completion.route, transcription, history)
    notes = completion.notes
    if best.verdict == "rotation":
        notes = (*notes, "the engine still called the page turned after its last attempt")
    return record.model_copy(update={"accepted_attempt": best.attempt.number, "signals": signals, "notes": notes})


async def _fall_back(
    page: PageRef, tools: ReadingTools, history: Sequence[Outcome], error: PageError | DocumentError
) -> PageRecord:
    """The text layer in place of what could not be read; a page without one has failed."""
    layer = await _layer(page, tools)
    if layer is None or not layer.text.strip():
        return _failed(page, tools, history, error)
    record = _record(page, tools, "fallback", "fallback", Transcription(text=layer.text), history)
    return record.model_copy(update={"error": _info(error), "signals": layer.signals, "notes": layer.notes})


async def _layer(page: PageRef, tools: ReadingTools) -> TextLayer | None:
    try:
        return await tools.reader.text_layer(page)
    except (PageError, DocumentError) as error:
        _log.debug("no text layer for page %d of %s: %s", page.page_number, page.location, error)
        return None


def _failed(
    page: PageRef, tools: ReadingTools, history: Sequence[Outcome], error: PageError | DocumentError
) -> PageRecord:
    record = _record(page, tools, "failed", "none", _NO_TEXT, history)
    return record.model_copy(update={"error": _info(error)})


def _record(
    page: PageRef,
    tools: ReadingTools,
    status: str,
    route: Route,
    transcription: Transcription,
    history: Sequence[Outcome] = (),
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
            "attempts": tuple(_lean(outcome) for outcome in history),
        }
    )


def _lean(outcome: Outcome) -> Outcome:
    """An outcome as it is stored: the raw answer alone; what was made of the accepted one stands in the record."""
    if not outcome.completion.answer:
        return outcome
    completion = outcome.completion.model_copy(update={"transcription": None})
    return outcome.model_copy(update={"transcription": None, "completion": completion})


def _info(error: PageError | DocumentError) -> ErrorInfo:
    return ErrorInfo(code=error.code, message=str(error))


def _ink(facts: PageImage) -> Signals:
    return {"ink": round(facts.ink, 6), "renderer": facts.renderer}
