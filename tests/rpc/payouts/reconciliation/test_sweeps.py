"""What has come to rest is looked at again: accounts that closed, banks that send money back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.payouts.store.payments.rail_collections import INSTRUCTIONS, PAYOUT_ACCOUNTS
from tests.rpc.payouts.served_rail import ServedRail


async def test_a_bank_that_sends_money_back_in_silence_is_found_out(rail: ServedRail) -> None:
    """G12, G13, C7: paid turns into failed days later, and no event of it ever comes."""
    await rail.funded()
    await rail.contractors("ctr_d")
    await rail.open_account("ctr_d")
    await rail.accept("ctr_d", 8)
    period = await rail.close()
    await rail.pay(period.pay_period_id)
    [paid] = await rail.until_all("PAID")
    # It was ordered long ago, and had to wait for an account: it was sent today all the same.
    await rail.rpc.database.collection(INSTRUCTIONS).update_one(
        {"_id": f"pay.{paid.statement_id}"},
        {"$set": {"created_at": datetime.now(UTC) - timedelta(days=60)}},
    )
    sweeps = rail.parts.reconciliation.sweeps
    first = await sweeps.paid()
    assert (first.looked_at, first.changed) == (1, 0)

    rail.hooks.open = False
    await rail.stripe.control(
        "fail_payout", {"payout": paid.payout_id, "failure_code": "account_closed"}
    )
    # Not twice a day.
    assert (await sweeps.paid()).looked_at == 0
    sweeps._paid_round_began_at = datetime.now(UTC) - timedelta(days=2)
    second = await sweeps.paid()
    assert (second.looked_at, second.changed) == (1, 1)
    [failed] = await rail.until_all("FAILED")
    assert failed.reason == "ACCOUNT_CLOSED"
    await rail.check_books()


async def test_an_account_that_was_closed_in_silence_is_found_out(rail: ServedRail) -> None:
    """G13: what says that it may be paid out is a day old at most."""
    await rail.contractors("ctr_d", "ctr_e")
    account_id = await rail.open_account("ctr_d")
    await rail.open_account("ctr_e")
    accounts = rail.rpc.database.collection(PAYOUT_ACCOUNTS)
    sweeps = rail.parts.reconciliation.sweeps
    assert (await sweeps.accounts()).looked_at == 0

    rail.hooks.open = False
    # Nor does what came in before make one of them known anew.
    await rail.stop_loops()
    await rail.stripe.v1.accounts.delete_async(account_id)
    await accounts.update_many(
        {}, {"$set": {"fetched_at": datetime.now(UTC) - timedelta(hours=25)}}
    )
    swept = await sweeps.accounts()
    assert (swept.looked_at, swept.changed) == (2, 1)
    known = {one["_id"]: one["payouts_enabled"] async for one in accounts.find({})}
    assert known == {"ctr_d": False, "ctr_e": True}
    # Both are known well enough now.
    assert (await sweeps.accounts()).looked_at == 0
