"""The engine ``sglang``: a server that we launch on the GPUs of this machine, watch, restart and stop.

``engine`` opens it from settings, ``gpus`` lists the cards, ``arguments`` builds the command line, ``model`` finds the
weights, ``process`` runs the server, ``diagnostics`` explains its last log lines.
"""

from __future__ import annotations
