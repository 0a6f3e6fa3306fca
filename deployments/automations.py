"""Automations: what the server itself notices and reports, with or without workers. Making them again renews them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import CallWebhook, ChangeFlowRunState, DoNothing, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.exceptions import ObjectNotFound

from deployments.site import Site
from olmocr_core.domain.errors import UsageError
from tasks.prefect_compat.idempotency import NO_HEARTBEAT

WEBHOOK_BLOCK = "olmocr-webhook"
FLOW_RUNS = {"prefect.resource.id": "prefect.flow-run.*"}
NIGHTS = {"prefect.resource.role": "deployment", "prefect.resource.name": "nightly"}

FAILED = "olmocr: a night failed"
LATE = "olmocr: a night did not start"
GPU_GONE = "olmocr: the GPU workers are gone"
CRASHED = "olmocr: the process of a flow run is gone"
NOT_STARTED = "olmocr: a worker took a flow run and did not start it"

Action = CallWebhook | SendNotification | DoNothing


async def create_automations(site: Site) -> list[str]:
    """Create or update the five automations as the site says, and return their names.

    Raises UsageError when SITE_NOTIFY_BLOCK names no block.
    """
    async with get_client() as client:
        wanted = build_automations(site, await _make_notifier(client, site))
        for automation in wanted:
            found = await client.read_automations_by_name(automation.name)
            if found:
                await client.update_automation(found[0].id, automation)
            else:
                await client.create_automation(automation)
    return [automation.name for automation in wanted]


def build_automations(site: Site, notify: Notifier) -> list[AutomationCore]:
    """The automations of a site, as the API takes them."""
    run = "{{ flow_run.name }} is {{ flow_run.state.name }}: {{ flow_run.state.message }} {{ flow_run|ui_url }}"
    if site.service_url:
        run += f" reports: {site.service_url.rstrip('/')}/runs"
    return [
        AutomationCore(
            name=FAILED,
            description="Finished shards are kept: the next night, or a retry, continues where it stopped.",
            trigger=EventTrigger(
                expect={"prefect.flow-run.Failed", "prefect.flow-run.Crashed", "prefect.flow-run.TimedOut"},
                match=FLOW_RUNS,
                match_related=NIGHTS,
                posture=Posture.Reactive,
                threshold=1,
            ),
            actions=notify(FAILED, run),
        ),
        _late(site, notify(LATE, "{{ flow_run.name }} waits for a worker on the pool cpu. {{ flow_run|ui_url }}")),
        AutomationCore(
            name=GPU_GONE,
            description="No worker of the pool gpu has sent a heartbeat for 90 seconds; its shards wait.",
            trigger=EventTrigger(
                expect={"prefect.work-pool.not-ready"},
                match={"prefect.resource.id": "prefect.work-pool.*", "prefect.resource.name": "gpu"},
                posture=Posture.Reactive,
                threshold=1,
            ),
            actions=notify(GPU_GONE, "Start one on a machine with a GPU: make worker-gpu"),
        ),
        _dead(CRASHED, site.heartbeat_seconds, {"prefect.flow-run.heartbeat"}),
        # Submitting comes right after Pending, and would end its wait. What starts a pod may take minutes.
        _dead(NOT_STARTED, site.start_seconds, {"prefect.flow-run.Pending", "prefect.flow-run.Submitting"}),
    ]


def _late(site: Site, actions: list[Any]) -> AutomationCore:
    return AutomationCore(
        name=LATE,
        description="It was due, and no worker started it.",
        trigger=EventTrigger(
            after={"prefect.flow-run.Late"},
            expect={
                f"prefect.flow-run.{state}" for state in ("Running", "Completed", "Failed", "Crashed", "Cancelled")
            },
            match=FLOW_RUNS,
            match_related=NIGHTS,
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=site.late_seconds),
        ),
        actions=actions,
    )


def _dead(name: str, seconds: int, after: set[str]) -> AutomationCore:
    # Any change of state ends the wait: a run that ends, pauses or awaits a retry sends no heartbeats.
    return AutomationCore(
        name=name,
        description="Otherwise a flow run that is lost together with its worker stays Pending or Running forever.",
        trigger=EventTrigger(
            after=after,
            expect={"prefect.flow-run.*"},
            match=FLOW_RUNS,
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=seconds),
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                name="Crashed",
                message=f"{NO_HEARTBEAT} {seconds} seconds: its process, worker or machine is gone.",
            )
        ],
    )


class Notifier:
    """How people are notified: by a webhook, a notification block, both, or only in the UI."""

    def __init__(self, webhook: Any = None, block: Any = None) -> None:
        self._webhook = webhook
        self._block = block

    def __call__(self, subject: str, text: str) -> list[Action]:
        """The actions that send a text, which may hold Prefect's placeholders."""
        actions: list[Action] = []
        if self._webhook:
            # The server expands the placeholders; tojson keeps quotes in a message from breaking the JSON.
            body = "{% set text %}" + text + "{% endset %}" + '{"automation": {{ automation.name|tojson }}, '
            actions.append(CallWebhook(block_document_id=self._webhook, payload=body + '"text": {{ text|tojson }}}'))
        if self._block:
            actions.append(SendNotification(block_document_id=self._block, subject=subject, body=text))
        return actions or [DoNothing()]


async def _make_notifier(client: PrefectClient, site: Site) -> Notifier:
    webhook = block = None
    if site.webhook_url:
        webhook = await Webhook(url=site.webhook_url).save(WEBHOOK_BLOCK, overwrite=True)
    if site.notify_block:
        kind, _, name = site.notify_block.partition("/")
        try:
            block = (await client.read_block_document_by_name(name, kind)).id
        except ObjectNotFound as error:
            raise UsageError(
                f"SITE_NOTIFY_BLOCK: there is no block {site.notify_block!r} on the server; make one in its UI "
                "(Slack, Teams, e-mail by Sendgrid, ...) and name it TYPE/NAME, for example sendgrid-email/ops"
            ) from error
    return Notifier(webhook, block)
