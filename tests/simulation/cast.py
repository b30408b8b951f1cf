"""Who is there before a pay day: a client with money, people with accepted answers and accounts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from services.chassis.authentication import Principal
from services.payouts.domain.decisions import Decision, Verdict
from services.payouts.domain.money import BPS_IN_WHOLE, LEDGER_UNITS_PER_MINOR
from services.payouts.store.rail_collections import PAYOUT_ACCOUNTS
from tests.simulation.books import Owed, check_ledger
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

CLIENT = "org_client"
VENDOR = "org_vendor"
PROJECT = "prj_1"
# No whole cents: what is left of an answer's pay is carried over.
PAY_UNITS = 1_003_700
COMMISSION_BPS = 1_000
COMMISSION_BPS_MAX = 1_500
FEE_BPS = 2_000
BENEFITS_BPS = 250
RESERVE_BPS = 500
CLIENT_PRINCIPAL = Principal(
    subject_id="per_client",
    organisation_id=CLIENT,
    organisation_kind="client",
    roles=frozenset({"CLIENT"}),
)
DEPOSIT_MINOR = 100_000
HOLD_MINOR = 50_000
_READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """How many answers of whom are accepted: people engaged directly, and a vendor's."""

    direct: tuple[int, ...]
    through_vendor: tuple[int, ...] = ()

    def people(self) -> dict[str, tuple[int, str]]:
        """Answers and vendor of each contractor."""
        direct = {f"ctr_d{place}": (count, "") for place, count in enumerate(self.direct)}
        vendors = {
            f"ctr_v{place}": (count, VENDOR) for place, count in enumerate(self.through_vendor)
        }
        return direct | vendors

    def owed(self) -> list[Owed]:
        """What each payee is to have in the end: pay, and to the vendor its commission on top."""
        found = [
            Owed(payee_id=who, amount_minor=count * PAY_UNITS // LEDGER_UNITS_PER_MINOR)
            for who, (count, vendor) in self.people().items()
            if not vendor
        ]
        answers = sum(self.through_vendor)
        each = PAY_UNITS + PAY_UNITS * COMMISSION_BPS // BPS_IN_WHOLE
        if answers:
            whole_minor = answers * each // LEDGER_UNITS_PER_MINOR
            found.append(Owed(payee_id=VENDOR, amount_minor=whole_minor))
        return sorted(found, key=lambda one: one.payee_id)


SMALL = Cast(direct=(3,))
WHOLE = Cast(direct=(3, 1), through_vendor=(2, 1))


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
                await _open_account(process, stripe, one.payee_id)
            await asyncio.sleep(_READY_SECONDS)
            ready = database.find(PAYOUT_ACCOUNTS, {"payouts_enabled": True})
            assert len(ready) == len(cast.owed()), ready
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
        "country": "US",
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
    await stripe.control("complete_onboarding", {"account": made.payout_account.account_id})


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
