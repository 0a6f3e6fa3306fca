"""``python -m tasks.prefect_compat.docket_worker server services start``: loops that go on soon after a kill.

A loop that was at work when its process died belongs to the dead until the queue takes it away from them: by default after
five minutes, in which no silent flow run is noticed, no late one is told of, no schedule is filled.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partialmethod
from typing import Any

from docket import Worker

# Whoever works on something says so four times in that time: nothing is taken away from the living.
TAKEN_AWAY = timedelta(seconds=30)


def take_away_soon() -> None:
    """Have workers of the queue, in this process, take over what the dead have left after that time."""
    worker: Any = Worker
    worker.__init__ = partialmethod(worker.__init__, redelivery_timeout=TAKEN_AWAY)


if __name__ == "__main__":
    from prefect.cli import app

    take_away_soon()
    app()
