"""A long-lived headless Chromium, controlled by the DevTools protocol over a pair of pipes.

Pipes need no port that other users could reach and no driver package, and the browser ends with this process, even if it
is killed.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from olmocr_core.domain.errors import OlmocrError, UsageError

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
HOW_TO_INSTALL = "run `make setup-bench`, or install it: apt-get install chromium"
START_SECONDS = 60.0
_CHUNK = 1 << 20
_FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-breakpad",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
# Rendered content must not load anything.
OFFLINE = (
    # Crash handlers are separate processes outside the process group that is killed. Chromium 150 has no network without.
    "--disable-crashpad-for-testing",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
)
# The browser reads commands from descriptor 3 and answers on 4; they are moved there after the fork.
_MOVE = "import os,sys;r,w=map(int,sys.argv[1:3]);os.dup2(r,3);os.dup2(w,4);os.execvp(sys.argv[3],sys.argv[3:])"
_ABOVE = 10
_CRASHED = "Inspector.targetCrashed"


class BrowserFault(OlmocrError):
    """The browser died, did not answer in time, or refused a command."""


def find_chromium(which: Callable[[str], str | None] = shutil.which) -> str:
    """Find the program. Raises UsageError if there is none."""
    for name in NAMES:
        if path := which(name):
            return path
    raise UsageError(f"equations cannot be rendered: there is no Chromium on this machine; {HOW_TO_INSTALL}")


class Chromium:
    """One browser with one page, for one thread at a time. ``close`` ends it with all its processes."""

    def __init__(self, program: str, seconds: float = START_SECONDS, *, more_flags: tuple[str, ...] = OFFLINE) -> None:
        """Start the browser. Raises BrowserFault with its last output if it is not ready within ``seconds``."""
        self._flags = (*_FLAGS, *more_flags)
        self._profile = tempfile.TemporaryDirectory(prefix="olmocr-chromium-", ignore_cleanup_errors=True)
        self._log = Path(self._profile.name) / "stderr.txt"
        self._number = 0
        self._unread = bytearray()
        self._owner = os.getpid()
        self._process, self._in, self._out = self._launch(program)
        try:
            target = self.call("Target.createTarget", {"url": "about:blank"}, seconds)["targetId"]
            attached = self.call("Target.attachToTarget", {"targetId": target, "flatten": True}, seconds)
            self._session = str(attached["sessionId"])
            self.call("Inspector.enable", {}, seconds, self._session)
            view = {"width": 800, "height": 400, "deviceScaleFactor": 1, "mobile": False}
            self.call("Emulation.setDeviceMetricsOverride", view, seconds, self._session)
        except BrowserFault as fault:
            output = self._log.read_text("utf-8", "replace").strip()[-500:]
            self.close()
            raise BrowserFault(f"{program} does not start: {fault}; its output: {output or 'none'}") from fault

    def run(self, script: str, seconds: float) -> Any:
        """Run JavaScript and return its JSON value, after awaiting a promise. Raises BrowserFault."""
        wanted = {"expression": script, "returnByValue": True, "awaitPromise": True}
        answer = self.call("Runtime.evaluate", wanted, seconds, self._session)
        if details := answer.get("exceptionDetails"):
            raise BrowserFault(f"the page's script failed: {details.get('text')} {details.get('exception')}")
        return answer["result"].get("value")

    def open(self, url: str, seconds: float) -> None:
        """Go to a page. Raises BrowserFault when it cannot be loaded."""
        answer = self.call("Page.navigate", {"url": url}, seconds, self._session)
        if reason := answer.get("errorText"):
            raise BrowserFault(f"{url} cannot be opened: {reason}")

    def screenshot(self, box: Mapping[str, float], seconds: float) -> bytes:
        """Take a PNG of a part of the page: ``x``, ``y``, ``width``, ``height`` in CSS pixels. Raises BrowserFault."""
        wanted = {"format": "png", "captureBeyondViewport": True, "clip": {**box, "scale": 1}}
        answer = self.call("Page.captureScreenshot", wanted, seconds, self._session)
        return base64.b64decode(answer["data"])

    def call(self, method: str, parameters: dict[str, Any], seconds: float, session: str = "") -> dict[str, Any]:
        """Send one command of the protocol and return its answer; ignore events in between. Raises BrowserFault."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        command |= {"sessionId": session} if session else {}
        deadline = time.monotonic() + seconds
        self._send(json.dumps(command).encode() + b"\0", deadline)
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == self._number:
                break
            # A crashed page does not answer.
            if answer.get("method") == _CRASHED:
                raise BrowserFault("its page crashed")
        if "error" in answer:
            raise BrowserFault(f"{method} was refused: {answer['error'].get('message')}")
        return dict(answer["result"])

    def close(self) -> None:
        """End the browser with all its processes. Does nothing the second time, and in a forked process."""
        if os.getpid() != self._owner:
            return
        for descriptor in (self._in, self._out):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._in = self._out = -1
        # Until wait(), the group id cannot be reused, even if the browser has ended already.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._profile.cleanup()

    def _launch(self, program: str) -> tuple[subprocess.Popen[bytes], int, int]:
        theirs_in, ours_out = _pipe(above="read")
        ours_in, theirs_out = _pipe(above="write")
        flags = [*self._flags, f"--user-data-dir={self._profile.name}"]
        # Chromium's own sandbox refuses to run as root, the usual user in containers.
        flags += ["--no-sandbox"] if os.geteuid() == 0 else []
        mover = [sys.executable, "-I", "-S", "-c", _MOVE, str(theirs_in), str(theirs_out)]
        with self._log.open("wb") as log:
            process = subprocess.Popen(
                [*mover, program, *flags],
                pass_fds=(theirs_in, theirs_out),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        os.close(theirs_in)
        os.close(theirs_out)
        os.set_blocking(ours_out, False)
        return process, ours_in, ours_out

    def _send(self, data: bytes, deadline: float) -> None:
        while data:
            if not _ready(self._out, select.POLLOUT, deadline):
                raise BrowserFault("it does not accept commands in time")
            try:
                data = data[os.write(self._out, data) :]
            except BrokenPipeError as error:
                raise BrowserFault("it has ended") from error

    def _receive(self, deadline: float) -> dict[str, Any]:
        searched = 0
        while (end := self._unread.find(b"\0", searched)) < 0:
            searched = len(self._unread)
            if not _ready(self._in, select.POLLIN, deadline):
                raise BrowserFault("it does not answer in time")
            chunk = os.read(self._in, _CHUNK)
            if not chunk:
                raise BrowserFault("it has ended")
            self._unread += chunk
        message = self._unread[:end].decode("utf-8", "replace")
        del self._unread[: end + 1]
        return dict(json.loads(message))


def _ready(descriptor: int, event: int, deadline: float) -> bool:
    # select.select cannot wait for descriptors over 1023.
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))


def _pipe(above: Literal["read", "write"]) -> tuple[int, int]:
    """Make a pipe; move the end of the browser above the descriptors 3 and 4."""
    read, write = os.pipe()
    near = read if above == "read" else write
    far = fcntl.fcntl(near, fcntl.F_DUPFD_CLOEXEC, _ABOVE)
    os.close(near)
    return (far, write) if above == "read" else (read, far)
