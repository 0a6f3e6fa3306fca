"""The engine ``sglang``: a server that we launch ourselves on the GPUs of this machine, mind, and stop.

``gpus`` asks which cards there are, ``arguments`` turns them into a command line, ``model`` finds the weights,
``process`` runs the server, ``diagnostics`` explains its last log lines.
"""

from __future__ import annotations
