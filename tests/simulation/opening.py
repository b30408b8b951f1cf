"""What is there before a pay day, made as it comes about: by calls, news and people's acts."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.payouts.domain.answers.decisions import Decision, Verdict
from services.payouts.domain.ledger.accounts import MANUAL_CSV, STRIPE_GLOBAL
from services.payouts.store.payments.payout_rail_collections import RECIPIENTS
from services.payouts.store.payments.rail_collections import PAYOUT_ACCOUNTS
from tests.simulation.books import check_ledger
from tests.simulation.cast import (
    BENEFITS_BPS,
    CLIENT,
    CLIENT_PRINCIPAL,
    COMMISSION_BPS,
    COMMISSION_BPS_MAX,
    DEPOSIT_MINOR,
    FEE_BPS,
    HOLD_MINOR,
    PAY_UNITS,
    PROJECT,
    RESERVE_BPS,
    VENDOR,
    Cast,
    rail_of,
)
from tests.simulation.database import Picture, SimulatedDatabase
from tests.simulation.loop import EPOCH, SimulatedLoop
from tests.simulation.payouts_process import (
    PayoutsProcess,
    depositing,
    payee_principal,
    request_id,
)
from tests.simulation.plans import Plan
from tests.simulation.play import HOOKS_PORT, Play, end_what_is_left
from tests.simulation.stripe_world import StripeWorld, stripe_world

_READY_SECONDS = 60.0


def picture_of(loop: SimulatedLoop, database: SimulatedDatabase, cast: Cast) -> Picture:
    """The moment before the period is closed; the same whenever it is asked for."""
    loop.rewind(seed=1)
    database.become({})
    return loop.run_until_complete(_prepare(loop, database, cast))


async def _prepare(loop: SimulatedLoop, database: SimulatedDatabase, cast: Cast) -> Picture:
    async with stripe_world(loop, seed=1) as stripe:
        secrets = await stripe.register(f"http://127.0.0.1:{HOOKS_PORT}")
        scene = Play(
            loop=loop, database=database, stripe=stripe, secrets=secrets, plan=Plan(seed=1)
        )
        hooks = await scene.hooks()
        try:
            await scene.staff()
            process = await scene.somebody()
            await tell(process, cast)
            deposit = depositing(CLIENT, DEPOSIT_MINOR, number=1)
            made = await scene.insist("CreateDeposit", deposit)
            assert made.status == "succeeded", made
            await _fund(process)
            await process.decide(_decisions(cast))
            for one in cast.owed():
                if one.rail == MANUAL_CSV:
                    await _choose_files(process, one.payee_id)
                else:
                    await _open_account(process, stripe, one.payee_id)
            await asyncio.sleep(_READY_SECONDS)
            ready = [
                account["_id"]
                for collection in (PAYOUT_ACCOUNTS, RECIPIENTS)
                for account in database.find(collection, {"payouts_enabled": True})
            ]
            wanted = [one.payee_id for one in cast.owed() if one.rail != MANUAL_CSV]
            assert len(ready) == len(wanted), (ready, wanted)
            assert stripe.owes_nothing()
            check_ledger(database)
        finally:
            await scene.end()
            await hooks.cleanup()
            await end_what_is_left()
        return Picture(
            documents=database.documents(),
            stripe=stripe.picture(),
            at_seconds=loop.time() + 1.0,
            secrets=secrets,
        )


async def tell(process: PayoutsProcess, cast: Cast) -> None:
    """What the other services would have told."""
    projections = process.parts.ledger.projections
    vendor = {"_id": VENDOR, "country": "US", "state": "APPROVED", "version": 1}
    rates = {"_id": VENDOR, "rates_bps": {"1": COMMISSION_BPS}, "version": 1}
    people = [contractor(who, vendor_id) for who, (_, vendor_id) in cast.people().items()]
    project = {
        "_id": PROJECT,
        "client_id": CLIENT,
        "kind": 1,
        "pay_units": PAY_UNITS,
        "benefits_bps": BENEFITS_BPS,
        "floor_reserve_bps": RESERVE_BPS,
        "currency": "USD",
        "platform_fee_bps": FEE_BPS,
        "commission_bps_max": COMMISSION_BPS_MAX,
        "version": 1,
    }
    for work in (
        projections.vendors_changed([vendor]),
        projections.rate_cards_set([rates]),
        projections.contractors_changed(people),
        projections.projects_created([project]),
    ):
        await process.process.call(work)


def contractor(who: str, vendor_id: str) -> dict[str, Any]:
    """As payouts keeps it."""
    return {
        "_id": who,
        "organisation_id": vendor_id or "org_platform",
        "is_direct": not vendor_id,
        "country": "KE" if rail_of(who) == STRIPE_GLOBAL else "US",
        "version": 1,
    }


async def _fund(process: PayoutsProcess) -> None:
    request = pb.FundProjectRequest(
        request_id=request_id("fund"),
        project_id=PROJECT,
        amount=common_pb2.Money(amount_minor=HOLD_MINOR, currency="USD"),
    )
    await process.ask("FundProject", request, who=CLIENT_PRINCIPAL)


async def _open_account(process: PayoutsProcess, stripe: StripeWorld, payee_id: str) -> None:
    request = pb.CreatePayoutAccountRequest(
        request_id=request_id(f"account {payee_id}"), email="payee@example.com"
    )
    made = await process.ask("CreatePayoutAccount", request, who=payee_principal(payee_id))
    at_global = rail_of(payee_id) == STRIPE_GLOBAL
    asked = "complete_recipient" if at_global else "complete_onboarding"
    await stripe.control(asked, {"account": made.payout_account.account_id})


async def _choose_files(process: PayoutsProcess, payee_id: str) -> None:
    who = payee_principal(payee_id)
    choice = pb.SetPayoutRailRequest(
        request_id=request_id(f"rail {payee_id}"),
        rail=types_pb2.PAYOUT_RAIL_MANUAL_CSV,
        reason="my bank",
    )
    await process.ask("SetPayoutRail", choice, who=who)
    details = pb.SetBankDetailsRequest(
        request_id=request_id(f"bank of {payee_id}"),
        account_holder="Ada Lovelace",
        account_number="GB82 WEST 1234 5698 7654 32",
        bank_code="WESTGB2L",
        bank_name="Bank of Tests",
        bank_country="GB",
    )
    await process.ask("SetBankDetails", details, who=who)


def _decisions(cast: Cast) -> list[Decision]:
    return [
        Decision(
            assignment_id=f"asn_{who}_{number}",
            revision=1,
            verdict=Verdict.ACCEPTED,
            project_id=PROJECT,
            task_id=f"tsk_{who}_{number}",
            contractor_id=who,
            vendor_id=vendor_id,
            reason="CONSENSUS",
            decided_at=EPOCH + timedelta(seconds=30),
        )
        for who, (count, vendor_id) in cast.people().items()
        for number in range(count)
    ]
