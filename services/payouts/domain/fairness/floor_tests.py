"""Floor tests as they are kept: what was found, what it rests on, and who paid what was missing.

Frozen with the pay period: a floor or rate that is corrected later changes no test.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from services.payouts.domain.fairness.fair_pay import AppliedFloor
from services.payouts.domain.fairness.floor_top_ups import TopUp, Worked


class Outcome(StrEnum):
    """What a contractor's pay of one period and currency came to."""

    PASSED = "passed"
    TOPPED_UP = "topped_up"
    UNTESTED = "untested"
    """No floor, or no rate, was known: an operator has to see to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorEvidence:
    """By which floor and rate; the texts are the tables' own."""

    country: str
    floor_id: str
    """Empty: the operator's fallback, which is no living wage from any source."""
    amount: str
    per: str
    hours_a_month: str
    floor_currency: str
    basis: str
    source: str
    source_url: str
    rate_id: str
    """Empty where the floor is in the currency that was paid in."""
    rate: str
    rate_source: str
    is_stale: bool
    place: str = ""
    """Whose row it is: a country's, or a region's by its ISO 3166-2 code; empty for no row, and in
    tests of before regions were known."""
    scope: str = ""
    """As what it applied: `FloorScope`; empty in tests of before regions were known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidPart:
    """What one project's top-up came to, and out of what it was paid."""

    project_id: str
    client_id: str
    vendor_id: str
    answers: int
    earned_units: int
    active_milliseconds: int
    amount_units: int
    reserve_units: int = 0
    """Out of what the client had set aside for this."""
    available_units: int = 0
    """Out of what the client had available besides."""
    is_shared: bool = False
    """Some of the work was done through somebody else, before the person changed sides."""

    @property
    def absorbed_units(self) -> int:
        """At the platform's cost: the client had no more."""
        return self.amount_units - self.reserve_units - self.available_units


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorTest:
    """The test of one contractor, pay period and currency."""

    test_id: str
    period_id: str
    contractor_id: str
    vendor_ids: tuple[str, ...]
    """Through whom the work was done; an empty one stands for what was engaged directly."""
    currency: str
    country: str
    outcome: Outcome
    reason: str
    """Why it was not tested: UPPER_SNAKE."""
    answers: int
    earned_units: int
    measured_milliseconds: int
    counted_milliseconds: int
    hourly_units: int
    needed_units: int
    evidence: FloorEvidence | None
    parts: tuple[PaidPart, ...]
    region: str = ""
    """Where in the country the person was known to live; empty where nobody had said."""

    @property
    def topped_up_units(self) -> int:
        """What was added to the pay."""
        return sum(part.amount_units for part in self.parts)


def evidence_of(applied: AppliedFloor) -> FloorEvidence:
    """What of the tables has to be kept."""
    floor, rate = applied.floor, applied.rate
    return FloorEvidence(
        country=applied.country,
        floor_id=floor.floor_id if floor is not None else "",
        amount=floor.amount if floor is not None else "",
        per=floor.per.value if floor is not None else "",
        hours_a_month=floor.hours_a_month if floor is not None else "",
        floor_currency=floor.currency if floor is not None else applied.currency,
        basis=floor.basis if floor is not None else "",
        source=floor.source if floor is not None else "the operator's fallback",
        source_url=floor.source_url if floor is not None else "",
        rate_id=rate.rate_id if rate is not None else "",
        rate=rate.rate if rate is not None else "",
        rate_source=rate.source if rate is not None else "",
        is_stale=applied.is_stale,
        place=floor.place if floor is not None else "",
        scope=applied.scope.value,
    )


def tested(test_id: str, top_up: TopUp, *, region: str, vendor_ids: tuple[str, ...]) -> FloorTest:
    """The record of a test; the parts are not funded yet."""
    return FloorTest(
        test_id=test_id,
        period_id=top_up.period_id,
        contractor_id=top_up.contractor_id,
        vendor_ids=vendor_ids,
        currency=top_up.currency,
        country=top_up.applied.country,
        outcome=Outcome.TOPPED_UP if top_up.parts else Outcome.PASSED,
        reason="",
        answers=top_up.answers,
        earned_units=top_up.earned_units,
        measured_milliseconds=top_up.measured_milliseconds,
        counted_milliseconds=top_up.counted_milliseconds,
        hourly_units=top_up.applied.hourly_units,
        needed_units=top_up.needed_units,
        evidence=evidence_of(top_up.applied),
        parts=tuple(
            PaidPart(
                project_id=part.worked.project_id,
                client_id=part.worked.client_id,
                vendor_id=part.worked.vendor_id,
                answers=part.worked.answers,
                earned_units=part.worked.earned_units,
                active_milliseconds=part.worked.active_milliseconds,
                amount_units=part.amount_units,
                is_shared=bool(part.worked.earlier_vendor_ids),
            )
            for part in top_up.parts
        ),
        region=region,
    )


def untested(
    test_id: str,
    worked: list[Worked],
    *,
    period_id: str,
    country: str,
    region: str = "",
    reason: str,
) -> FloorTest:
    """The record of a test that could not be made."""
    measured = max(0, sum(one.active_milliseconds for one in worked))
    return FloorTest(
        test_id=test_id,
        period_id=period_id,
        contractor_id=worked[0].contractor_id,
        vendor_ids=vendors_of(worked),
        currency=worked[0].currency,
        country=country,
        outcome=Outcome.UNTESTED,
        reason=reason,
        answers=sum(one.answers for one in worked),
        earned_units=sum(one.earned_units for one in worked),
        measured_milliseconds=measured,
        counted_milliseconds=measured,
        hourly_units=0,
        needed_units=0,
        evidence=None,
        parts=(),
        region=region,
    )


def vendors_of(worked: list[Worked]) -> tuple[str, ...]:
    """Through whom the work was done; empty: directly."""
    return tuple(
        sorted({name for one in worked for name in (one.vendor_id, *one.earlier_vendor_ids)})
    )


def is_all_through(test: FloorTest, vendor_id: str) -> bool:
    """Tell whether all of the work that was tested was done through one vendor."""
    return test.vendor_ids == (vendor_id,)


def seen_by_vendor(test: FloorTest, vendor_id: str) -> FloorTest:
    """Return a test as a vendor may see it: the verdict, and what came through the vendor.

    What somebody earned through others, and in what time, is none of this vendor's business: where
    there was any, the sums of all the work are zero.
    """
    parts = tuple(
        replace(part, answers=0, earned_units=0, active_milliseconds=0) if part.is_shared else part
        for part in test.parts
        if part.vendor_id == vendor_id
    )
    if is_all_through(test, vendor_id):
        return replace(test, parts=parts)
    return replace(
        test,
        vendor_ids=(vendor_id,),
        answers=0,
        earned_units=0,
        measured_milliseconds=0,
        counted_milliseconds=0,
        needed_units=0,
        parts=parts,
    )


def told(test: FloorTest, *, vendor_id: str) -> dict[str, str | int]:
    """What a statement tells of a test: of a vendor's, what came through the vendor and no more.

    Amounts are in the ledger's units of the statement's currency; `floor_amount` is the source's.
    """
    seen = seen_by_vendor(test, vendor_id) if vendor_id else test
    content: dict[str, str | int] = {
        "contractor_id": test.contractor_id,
        "pay_period_id": test.period_id,
        "country": test.country,
        "region": test.region,
        "outcome": test.outcome.value,
        "reason": test.reason,
        "floor_hourly_units": test.hourly_units,
        "topped_up_units": seen.topped_up_units,
    }
    if not vendor_id or is_all_through(test, vendor_id):
        content |= {
            "answers": test.answers,
            "measured_milliseconds": test.measured_milliseconds,
            "counted_milliseconds": test.counted_milliseconds,
            "earned_units": test.earned_units,
            "needed_units": test.needed_units,
        }
    evidence = test.evidence
    if evidence is None:
        return content
    return {
        **content,
        "floor_id": evidence.floor_id,
        "floor_place": evidence.place,
        "floor_scope": evidence.scope,
        "floor_amount": evidence.amount,
        "floor_currency": evidence.floor_currency,
        "per": evidence.per,
        "hours_a_month": evidence.hours_a_month,
        "basis": evidence.basis,
        "source": evidence.source,
        "source_url": evidence.source_url,
        "rate_id": evidence.rate_id,
        "rate": evidence.rate,
        "rate_source": evidence.rate_source,
        "was_stale": int(evidence.is_stale),
    }
