"""Only collected where an environment of a server is named: see ``make test-strangers``."""

from __future__ import annotations

import os

collect_ignore_glob = [] if {"LITELLM_PYTHON", "LLAMA_PYTHON", "VLLM_PYTHON"} & set(os.environ) else ["test_*.py"]
