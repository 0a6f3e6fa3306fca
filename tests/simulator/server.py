"""The simulated server: connections, routes, slots with a queue, and chat completions that follow the plan."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from tests.ports import free_port
from tests.simulator.answers import tokens_of
from tests.simulator.plan import Asked, Fault, Plan, well_behaved
from tests.simulator.shape import Shape
from tests.simulator.stats import Stats
from tests.simulator.wire import ClientGone, Connection, HttpRequest

_POLL = 0.2
_FOR_EVER = 3600.0


class Simulator:
    """``async with Simulator(plan, shape) as server: server.url``. ``die`` and ``revive`` take it away and back."""

    def __init__(self, plan: Plan = well_behaved, shape: Shape | None = None, port: int = 0) -> None:
        self.plan = plan
        self.shape = shape or Shape()
        # Of its own, so that it can come back on it.
        self.port = port or free_port()
        self.stats = Stats()
        # The last few chat bodies (without images) and their headers, for tests to look at.
        self.bodies: deque[dict[str, Any]] = deque(maxlen=50)
        self.headers: deque[dict[str, str]] = deque(maxlen=50)
        self.dies_after: int | None = None
        self.down_seconds = 1.0
        self.healthy = True
        self._slots = asyncio.Semaphore(self.shape.slots)
        self._asked: Counter[str] = Counter()
        self._prompts: set[str] = set()
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._aborting: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._conversations: set[asyncio.Task[None]] = set()
        self._closing = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.revive()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        for task in (*self._tasks, *self._conversations):
            task.cancel()
        await self.die()
        await asyncio.gather(*self._tasks, *self._conversations, return_exceptions=True)

    async def revive(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(
            self._converse, "127.0.0.1", self.port, limit=1 << 22, backlog=1024, reuse_address=True
        )

    async def die(self) -> None:
        """Stop listening and break every connection."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for connection in list(self._connections):
            connection.reset()
        await asyncio.sleep(0)

    async def _die_for_a_while(self) -> None:
        await self.die()
        await asyncio.sleep(self.down_seconds)
        await self.revive()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)
        try:
            await self._talk(Connection(reader, writer))
        except asyncio.CancelledError:
            # Python 3.11 reports a conversation that was cancelled as an error of the event loop.
            if not self._closing:
                raise

    async def _talk(self, connection: Connection) -> None:
        self._connections.add(connection)
        self.stats.connections += 1
        try:
            while (request := await connection.read()) and await self._route(request, connection):
                pass
        except ClientGone:
            pass
        finally:
            self._connections.discard(connection)
            await connection.close()

    async def _route(self, request: HttpRequest, connection: Connection) -> bool:
        """Answer one request; False when the connection is over."""
        shape = self.shape
        if request.path.startswith("/v1/") and shape.api_key is not None:
            given = request.headers.get("authorization", "")
            if given != f"Bearer {shape.api_key}":
                await connection.send(401, {"error": {"message": f"Incorrect API key provided: {given}", "code": 401}})
                return True
        if request.path == "/v1/chat/completions":
            return await self._chat(request, connection)
        if request.path == "/abort_request":
            wanted = json.loads(request.body or b"{}")
            self._aborting.add("*" if wanted.get("abort_all") else str(wanted.get("rid")))
            await connection.send(200, "")
            return True
        if request.path == "/v1/models" and shape.habits.models == "none":
            await connection.send(404, {"detail": "Not Found"})
            return True
        status, body = self._small(request.path) if self.healthy or request.path != "/health" else (503, "")
        await connection.send(status, body)
        return True

    def _small(self, path: str) -> tuple[int, Any]:
        shape = self.shape
        is_sglang = shape.dialect == "sglang"
        owner = shape.habits.owner or shape.dialect
        model: dict[str, Any] = {"id": shape.model, "object": "model", "owned_by": owner, "root": shape.root}
        model |= {"max_model_len": shape.context}
        routes: dict[str, Any] = {"/v1/models": {"object": "list", "data": [model]}, "/health": ""}
        if shape.habits.models == "bare":
            routes["/v1/models"] = [model]
        routes["/_stats"] = self.stats.as_json(shape.slots)
        if is_sglang:
            info = {"model_path": shape.root, "version": "0.0-simulated", "max_running_requests": shape.slots}
            routes |= dict.fromkeys(("/server_info", "/get_server_info", "/model_info", "/get_model_info"), info)
            routes["/health_generate"] = ""
        if is_sglang and shape.metrics:
            routes["/metrics"] = self.stats.as_metrics()
        return (200, routes[path]) if path in routes else (404, {"detail": "Not Found"})

    async def _chat(self, request: HttpRequest, connection: Connection) -> bool:
        self.stats.came()
        if self.stats.requests == self.dies_after:
            task = asyncio.create_task(self._die_for_a_while())
            self._tasks.add(task)
        try:
            if request.headers.get("content-type") != "application/json":
                await self._error(connection, 400, "Unsupported Media Type: Only 'application/json' is allowed")
                return True
            body = json.loads(request.body)
            asked = self._see(body, request)
            if asked is None:
                await self._error(connection, 400, "Could not decode image")
                return True
            fault = self.plan(asked)
            if fault:
                self.stats.faults[fault] += 1
            if await self._refused(body, fault, connection):
                return fault != "hang_up"
            async with self._slot(connection):
                return await self._serve(body, asked, fault, connection)
        except ClientGone:
            self.stats.aborted += 1
            raise
        finally:
            self.stats.in_flight -= 1

    def _see(self, body: dict[str, Any], request: HttpRequest) -> Asked | None:
        content = body["messages"][0]["content"]
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        url = next((part["image_url"]["url"] for part in parts if part["type"] == "image_url"), "data:,")
        try:
            image = base64.b64decode(url.partition(",")[2], validate=True)
        except (binascii.Error, ValueError):
            return None
        for part in parts:
            if part["type"] == "image_url":
                part["image_url"] = {"url": url[:40]}
        self.bodies.append(body)
        self.headers.append(request.headers)
        digest = hashlib.sha256(image).hexdigest()
        self._asked[digest] += 1
        return Asked(image, digest, self._asked[digest])

    async def _refused(self, body: dict[str, Any], fault: Fault | None, connection: Connection) -> bool:
        """Whether the request was answered without a slot."""
        if fault == "hang_up":
            return True
        if refusal := self.shape.habits.refusal(body):
            await connection.send(*refusal)
            return True
        if body.get("max_tokens", 0) > self.shape.context:
            await self._error(connection, 400, "max_completion_tokens is too large")
        elif fault == "rejected":
            await self._error(connection, 400, "Could not decode image")
        elif fault == "error_500":
            await self._error(connection, 500, "Internal server error: planned")
        elif fault == "queue_full" or self.stats.queued >= self.shape.most_queued:
            await self._error(connection, 503, "The request queue is full.")
        elif fault == "throttled":
            await self._error(connection, 429, "Too many requests")
        elif fault == "throttled_after":
            await self._error(connection, 429, "Too many requests", {"Retry-After": self.shape.retry_after})
        else:
            return False
        return True

    async def _error(
        self, connection: Connection, status: int, message: str, headers: dict[str, str] | None = None
    ) -> None:
        flat = {"object": "error", "message": message, "type": "Error", "code": status}
        await connection.send(status, flat if self.shape.dialect == "sglang" else {"error": flat}, headers)

    @asynccontextmanager
    async def _slot(self, connection: Connection) -> AsyncIterator[None]:
        self.stats.queued += 1
        try:
            await self._slots.acquire()
        finally:
            self.stats.queued -= 1
        self.stats.slots(+1)
        try:
            if connection.is_gone:
                raise ClientGone
            yield
        finally:
            self.stats.slots(-1)
            self._slots.release()

    async def _serve(self, body: dict[str, Any], asked: Asked, fault: Fault | None, connection: Connection) -> bool:
        usage = self._prefill(body, asked)
        tokens = tokens_of(body, asked, fault, self.shape)
        most = int(body.get("max_tokens", body.get("max_completion_tokens", 1 << 30)))
        finish = "length" if fault == "length" or len(tokens) > most else "stop"
        tokens = tokens[: len(tokens) // 2] if fault == "length" else tokens[:most]
        habits = self.shape.habits
        if not body.get("stream") or (habits.whole and not habits.gateway):
            if fault in ("cut", "reset"):
                connection.reset()
                return False
            return await self._whole(tokens, finish, usage, connection)
        await connection.begin_stream({"X-LiteLLM-Version": "1.108.7"} if habits.gateway else {})
        if habits.whole:
            return await self._lose(connection)
        return await self._stream(body, tokens, finish, usage, fault, connection)

    def _prefill(self, body: dict[str, Any], asked: Asked) -> dict[str, Any]:
        """Input tokens, and how many of them the prefix cache holds: the prompt after one page, an image seen before."""
        content = body["messages"][0]["content"]
        first = content[0] if isinstance(content, list) else {"type": "text", "text": content}
        prompt = str(first.get("text", ""))
        prompt_tokens = len(prompt.split()) + 20
        image_tokens = self.shape.image_tokens if asked.image else 0
        cached = prompt_tokens if prompt in self._prompts else 0
        if asked.number > 1 and image_tokens:
            cached = prompt_tokens + image_tokens - 1
        self._prompts.add(prompt)
        self.stats.prompt_tokens += prompt_tokens + image_tokens
        self.stats.cached_tokens += cached
        details = {"cached_tokens": cached, "image_tokens": image_tokens}
        return {"prompt_tokens": prompt_tokens + image_tokens, "prompt_tokens_details": details, "completion_tokens": 0}

    async def _whole(self, tokens: list[str], finish: str, usage: dict[str, Any], connection: Connection) -> bool:
        await _pause(self.shape.seconds_per_page, connection)
        _count(usage, len(tokens))
        self.stats.generation_tokens += len(tokens)
        message = {"role": "assistant", "content": "".join(tokens)}
        choice = {"index": 0, "message": message, "finish_reason": self._word(finish)}
        await connection.send(200, {"object": "chat.completion", "choices": [choice], "usage": usage})
        self.stats.completed += 1
        return True

    async def _stream(
        self,
        body: dict[str, Any],
        tokens: list[str],
        finish: str,
        usage: dict[str, Any],
        fault: Fault | None,
        connection: Connection,
    ) -> bool:
        step = self.shape.tokens_per_event
        pause = self.shape.seconds_per_page * step / max(1, self.shape.tokens_per_page)
        await connection.event(_chunk({"role": "assistant", "content": ""}))
        continuous = (body.get("stream_options") or {}).get("continuous_usage_stats")
        middle = len(tokens) // 2
        for start in range(0, len(tokens), step):
            if {"*", str(body.get("rid"))} & self._aborting:
                finish = "abort"
                break
            if start >= middle and fault in ("reset", "cut", "stall", "wrong_json", "error_in_stream"):
                return await self._break(fault, connection)
            await _pause(pause, connection)
            piece = tokens[start : start + step]
            _count(usage, len(piece))
            self.stats.generation_tokens += len(piece)
            chunk = _chunk({"content": "".join(piece)})
            await connection.event(chunk | {"usage": usage} if continuous else chunk)
        last = _chunk({}, self._word(finish))
        await connection.event([last, {"object": "chat.completion.chunk", "choices": [], "usage": usage}, "[DONE]"])
        await connection.end_stream()
        self.stats.completed += 1
        return True

    async def _lose(self, connection: Connection) -> bool:
        """End a stream as if all of it had come."""
        await connection.event([_chunk({}, "stop"), _chunk({}), "[DONE]"])
        await connection.end_stream()
        return True

    def _word(self, finish: str) -> str | None:
        return self.shape.habits.stop if finish == "stop" else finish

    async def _break(self, fault: Fault, connection: Connection) -> bool:
        if fault == "reset":
            connection.reset()
            return False
        if fault == "cut" and self.shape.habits.gateway:
            return await self._lose(connection)
        if fault == "cut":
            await connection.end_stream()
            return True
        if fault == "wrong_json":
            await connection.event('{"choices": [{"delta": <html>')
            await connection.end_stream()
            return True
        if fault == "error_in_stream":
            code = "500" if self.shape.habits.gateway else 500
            await connection.event({"error": {"message": "the scheduler died", "code": code}})
            await connection.end_stream()
            return True
        await _pause(_FOR_EVER, connection)
        return False


async def _pause(seconds: float, connection: Connection) -> None:
    """Wait; that the client has gone shows only when it is looked at. Raises ClientGone."""
    end = time.monotonic() + seconds
    await asyncio.sleep(0)
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(left, _POLL))
        if connection.is_gone:
            raise ClientGone


def _count(usage: dict[str, Any], tokens: int) -> None:
    usage["completion_tokens"] += tokens
    usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]


def _chunk(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
