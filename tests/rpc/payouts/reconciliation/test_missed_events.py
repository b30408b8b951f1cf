"""Webhooks that never arrive leave nothing stuck: what they would have told is fetched."""

from __future__ import annotations

from crewline.payouts.v1 import types_pb2
from services.payouts.store.payments.rail_collections import WEBHOOKS
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.served_rail import ServedRail, rail_running
from tests.waiting import eventually

PAID = types_pb2.STATEMENT_STATE_PAID


async def _until_paid(rail: ServedRail) -> None:
    async def paid() -> bool:
        await rail.parts.reconciliation.missed_events.turn()
        return {one.state for one in await rail.statements()} == {PAID}

    await eventually(paid, what="the statements are paid", timeout_seconds=60)


async def test_statements_are_paid_although_no_webhook_ever_arrives(
    rpc: RpcHarness, sandbox: SandboxProcess
) -> None:
    """G13, C6: nobody polls within the hour, every delivery fails, and all becomes known."""
    async with rail_running(rpc, sandbox, poll_seconds=3600, missed_events_seconds=0.05) as rail:
        await rail.funded()
        await rail.contractors("ctr_d", "ctr_e")
        for contractor_id, answers in (("ctr_d", 4), ("ctr_e", 2)):
            await rail.open_account(contractor_id)
            await rail.accept(contractor_id, answers)
        period = await rail.close()
        rail.hooks.refusing = True
        webhooks = rail.rpc.database.collection(WEBHOOKS)
        known = await webhooks.count_documents({})
        await rail.pay(period.pay_period_id)
        await _until_paid(rail)

        assert (await rail.check_books())["paid_out_minor"] == 600

        # They went the way of those that arrive: each once, by its id.
        async def both() -> list[bytes] | None:
            await rail.parts.reconciliation.missed_events.turn()
            found = webhooks.find({"type": "payout.paid"})
            payloads = [one["payload"] async for one in found]
            return payloads if len(payloads) == 2 else None

        payloads = await eventually(both, what="both payouts' events are fetched")
        assert await webhooks.count_documents({}) > known
        # What then arrives late is no news.
        rail.hooks.refusing = False

        async def delivered() -> bool:
            return not (await rail.stripe.control("deliveries"))["owed"]

        await eventually(delivered, what="the sandbox got rid of all")
        assert await both() == payloads
