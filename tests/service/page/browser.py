"""A real browser before a real service: what it shows, which keys are pressed, and every request that it makes."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from olmocr_core.bench.math.chromium import Chromium

KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}


class Browser(Chromium):
    """A page in Chromium that keeps what the browser reports of it."""

    def __init__(self, program: str) -> None:
        self.events: list[dict[str, Any]] = []
        super().__init__(program, more_flags=("--no-proxy-server",))
        for domain in ("Network", "Page", "Log", "Runtime", "DOM"):
            self.ask(f"{domain}.enable")
        self.ask("Page.setDownloadBehavior", behavior="deny")

    def _receive(self, deadline: float) -> dict[str, Any]:
        message = super()._receive(deadline)
        if "method" in message:
            self.events.append(message)
        return message

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command to the page."""
        return self.call(method, parameters, 30, self._session)

    def resize(self, width: int, height: int, *, dark: bool = False) -> None:
        """Be a window, or a phone, of this size in CSS pixels."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])

    def visit(self, url: str) -> None:
        """Open a page as for the first time: nothing is remembered of an earlier visit."""
        self.ask("Storage.clearDataForOrigin", origin=url, storageTypes="all")
        self.open("about:blank", 30)
        self.open(url, 30)
        self.run("sessionStorage.clear()", 30)
        self.wait("document.readyState === 'complete'")

    def wait(self, condition: str, seconds: float = 60) -> None:
        """Wait until a JavaScript expression is true, or what a truth is taken for."""
        script = f"(() => {{ try {{ return Boolean({condition}); }} catch (error) {{ return false; }} }})()"
        deadline = time.monotonic() + seconds
        while not self.run(script, 30):
            assert time.monotonic() < deadline, f"{condition}: {self.text()}\n{self.complaints()}"
            time.sleep(0.02)

    def shows(self, text: str, seconds: float = 60) -> None:
        """Wait until the page shows a text."""
        self.wait(f"document.body.innerText.includes({json.dumps(text)})", seconds)

    def text(self) -> str:
        """What the page shows."""
        return str(self.run("document.body.innerText", 30))

    def choose(self, *paths: Path) -> None:
        """Choose files as a person does in the file dialog."""
        document = self.ask("DOM.getDocument")["root"]["nodeId"]
        node = self.ask("DOM.querySelector", nodeId=document, selector="#files")["nodeId"]
        self.ask("DOM.setFileInputFiles", files=[str(path.resolve()) for path in paths], nodeId=node)

    def press(self, key: str) -> None:
        """Press a key of the keyboard."""
        code = KEYS[key]
        text = {"Enter": "\r", " ": " "}.get(key, "")
        named = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **named)

    def tab_to(self, selector: str) -> None:
        """Press Tab until an element has the focus."""
        for _ in range(60):
            self.press("Tab")
            if self.run(f"document.activeElement.matches({json.dumps(selector)})", 30):
                return
        raise AssertionError(f"{selector} is not reached by the keyboard")

    def chooser_opened(self) -> int:
        """The element whose file dialog has just opened."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            self.run("0", 30)
            for event in self.events:
                if event["method"] == "Page.fileChooserOpened":
                    return int(event["params"]["backendNodeId"])
        raise AssertionError("no file dialog opened")

    def requested(self) -> list[str]:
        """Every address that was asked for, from the browser's own log."""
        sent = [
            event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in sent if urlsplit(url).scheme not in ("blob", "data", "about")]

    def complaints(self) -> list[str]:
        """What the console holds: exceptions, and what the page's policy refused."""
        entries = [event["params"]["entry"] for event in self.events if event["method"] == "Log.entryAdded"]
        found = [f"{entry['text']} {entry.get('url', '')}" for entry in entries]
        thrown = [
            event["params"]["exceptionDetails"] for event in self.events if event["method"] == "Runtime.exceptionThrown"
        ]
        return found + [str(one.get("exception", one).get("description")) for one in thrown]

    def save_screenshot(self, path: Path) -> None:
        """Keep what the window shows."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))
