"""``python -m tasks.prefect_compat.docket_worker server services start``: a server's services whose loops survive a kill.

Patches: ``docket.Worker.__init__``, whose default ``redelivery_timeout`` is five minutes. Prefect's server constructs its
worker without one (``prefect.server.api.background_workers``) and has no setting for it.
Why: a loop that was running when its process was killed belongs to the dead process until the queue redelivers it. For five
minutes no silent flow run is noticed, no late one reported, no schedule filled. A living worker renews its claim four times
in that period, so a shorter one takes nothing away from it.
Contract: tests/tasks/prefect_compat/test_docket_worker.py, which also fails when the default is short by itself.
Goes when: Prefect has a setting for the redelivery timeout.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partialmethod
from typing import Any

from docket import Worker

from tasks.prefect_compat import apply_to_services

REDELIVERY_TIMEOUT = timedelta(seconds=30)
_init: Any = Worker.__init__


def redeliver_soon() -> None:
    """Have docket workers of this process take over the work of dead ones after REDELIVERY_TIMEOUT."""
    worker: Any = Worker
    worker.__init__ = partialmethod(_init, redelivery_timeout=REDELIVERY_TIMEOUT)


if __name__ == "__main__":
    from prefect.cli import app

    apply_to_services()
    app()
