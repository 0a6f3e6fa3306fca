"""STUB_SAYS is printed first; STUB_DOES: die, hang (never ready), stubborn (no SIGTERM); STUB_PIDS gets process ids.

Routes: /die ends it, /deafen makes health fail from then on, /v1/models names the model as SGLang does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

does = os.environ.get("STUB_DOES", "")
once = Path(os.environ.get("STUB_ONCE", "/nonexistent"))
if os.environ.get("STUB_DOES_LATER") and once.exists():
    does = os.environ["STUB_DOES_LATER"]
if once.parent.is_dir():
    once.touch()
# As a worker of the real one might: in a session of its own, deaf to everything but SIGKILL.
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"], start_new_session=True)
with Path(os.environ["STUB_PIDS"]).open("a") as file:
    file.write(f"{os.getpid()} {child.pid}\n")
if does == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.environ.get("STUB_SAYS", "stub starts"), sys.argv[1:], flush=True)  # noqa: T201
if does == "die":
    sys.exit(7)
if does == "hang":
    time.sleep(600)


def argument(flag: str) -> str:
    return sys.argv[sys.argv.index(flag) + 1]


MODEL = {"id": argument("--served-model-name"), "root": argument("--model-path"), "owned_by": "sglang"}


class Routes(BaseHTTPRequestHandler):
    deaf = False

    def do_GET(self) -> None:
        if self.path == "/die":
            os._exit(9)
        if self.path == "/deafen":
            Routes.deaf = True
        body = json.dumps({"data": [MODEL]}).encode() if self.path == "/v1/models" else b""
        self.send_response(503 if Routes.deaf and self.path == "/health_generate" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


HTTPServer(("127.0.0.1", int(argument("--port"))), Routes).serve_forever()
