"""Run llama.cpp's server: ``serve_llama.py MODEL PORT KEY``. Runs where xllamacpp (MIT) is installed."""

from __future__ import annotations

import signal
import sys

import xllamacpp


def main(model: str, port: int, key: str) -> None:
    """Serve until SIGTERM."""
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.api_keys = [key]
    params.n_ctx = 2048
    params.n_parallel = 1
    params.warmup = False
    server = xllamacpp.Server(params)
    # It serves as long as it is referred to.
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    del server


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
