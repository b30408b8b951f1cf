"""Fair pay as protobuf messages, and requests as what the use cases take."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from crewline.payouts.v1 import floors_pb2 as pb
from services.chassis.timestamps import timestamp
from services.payouts.domain.fairness.fair_pay import PriceLine
from services.payouts.domain.fairness.floor_rows import FloorRow, RateRow
from services.payouts.domain.fairness.floor_tests import FloorTest, PaidPart
from services.payouts.domain.fairness.floors import Floor
from services.payouts.domain.fairness.pass_throughs import PassThrough, PassThroughBalance
from services.payouts.domain.fairness.rates import ExchangeRate
from services.payouts.domain.tables import RowProblem
from services.payouts.usecases.fairness.floor_tables import FloorLack
from services.payouts.wire.ledger import units_message


def floor_row(row: pb.FloorRow) -> FloorRow:
    """Cell by cell."""
    return FloorRow(
        line=row.line,
        country=row.country,
        region=row.region,
        currency=row.currency,
        amount=row.amount,
        per=row.per,
        hours_a_month=row.hours_a_month,
        basis=row.basis,
        source=row.source,
        source_url=row.source_url,
        source_date=row.source_date,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def rate_row(row: pb.RateRow) -> RateRow:
    """Cell by cell."""
    return RateRow(
        line=row.line,
        base=row.base,
        quote=row.quote,
        rate=row.rate,
        rate_date=row.date,
        source=row.source,
        source_url=row.source_url,
    )


def problem_messages(problems: Iterable[RowProblem]) -> list[pb.RowProblem]:
    """In their order."""
    return [
        pb.RowProblem(
            line=one.line,
            field=one.field,
            rule=one.rule,
            message=one.message,
            nearest=one.nearest,
        )
        for one in problems
    ]


def floor_message(floor: Floor, *, is_fresh: bool, for_operator: bool) -> pb.Floor:
    """Who of the operators loaded it is theirs to know."""
    return pb.Floor(
        floor_id=floor.floor_id,
        country=floor.country,
        region=floor.region,
        currency=floor.currency,
        amount=floor.amount,
        per=floor.per.value,
        hours_a_month=floor.hours_a_month,
        basis=floor.basis,
        source=floor.source,
        source_url=floor.source_url,
        source_date=floor.source_date.isoformat(),
        valid_from=floor.valid_from.isoformat(),
        valid_to=_day(floor.valid_to),
        version=floor.version,
        recorded_by=floor.recorded_by if for_operator else "",
        record_time=timestamp(floor.recorded_at),
        hourly=units_message(floor.hourly_units, floor.currency),
        is_fresh=is_fresh,
    )


def rate_message(rate: ExchangeRate, *, is_fresh: bool, for_operator: bool) -> pb.ExchangeRate:
    """Who of the operators loaded it is theirs to know."""
    return pb.ExchangeRate(
        rate_id=rate.rate_id,
        base=rate.base,
        quote=rate.quote,
        rate=rate.rate,
        date=rate.rate_date.isoformat(),
        source=rate.source,
        source_url=rate.source_url,
        version=rate.version,
        recorded_by=rate.recorded_by if for_operator else "",
        record_time=timestamp(rate.recorded_at),
        is_fresh=is_fresh,
    )


def lack_message(lack: FloorLack) -> pb.FloorLack:
    """What an operator has to see to."""
    return pb.FloorLack(
        country=lack.country,
        kind=pb.FloorLackKind.Value(f"FLOOR_LACK_KIND_{lack.lack.value.upper()}"),
        floor_id=lack.floor.floor_id if lack.floor is not None else "",
        end_date=_day(lack.ends_on),
        place=lack.place,
    )


def price_line_message(line: PriceLine, currency: str) -> pb.PriceLine:
    """What is not known is not set."""
    message = pb.PriceLine(
        country=line.country,
        verdict=pb.FloorVerdict.Value(f"FLOOR_VERDICT_{line.verdict.value.upper()}"),
        effective_hourly=units_message(line.effective_units, currency),
        place=line.place,
    )
    applied = line.applied
    if applied is None:
        return message
    message.floor_hourly.CopyFrom(units_message(applied.hourly_units, currency))
    message.least_pay.CopyFrom(units_message(line.least_pay_units, currency))
    message.floor_scope = _scope(applied.scope.value)
    if applied.floor is not None:
        message.floor_id = applied.floor.floor_id
        message.source = applied.floor.source
        message.source_url = applied.floor.source_url
    if applied.rate is not None:
        message.rate_id = applied.rate.rate_id
    return message


def test_message(test: FloorTest, *, shows_money_of_clients: bool) -> pb.FloorTest:
    """With its evidence, as it was frozen."""
    currency = test.currency
    message = pb.FloorTest(
        floor_test_id=test.test_id,
        pay_period_id=test.period_id,
        contractor_id=test.contractor_id,
        country=test.country,
        outcome=pb.FloorOutcome.Value(f"FLOOR_OUTCOME_{test.outcome.value.upper()}"),
        reason=test.reason,
        answers=test.answers,
        earned=units_message(test.earned_units, currency),
        measured_seconds=test.measured_milliseconds / 1000,
        counted_seconds=test.counted_milliseconds / 1000,
        floor_hourly=units_message(test.hourly_units, currency),
        needed=units_message(test.needed_units, currency),
        topped_up=units_message(test.topped_up_units, currency),
        top_ups=[
            _top_up_message(part, currency, shows_sources=shows_money_of_clients)
            for part in test.parts
        ],
        region=test.region,
    )
    evidence = test.evidence
    if evidence is not None:
        message.floor_id = evidence.floor_id
        message.floor_amount = evidence.amount
        message.floor_currency = evidence.floor_currency
        message.per = evidence.per
        message.hours_a_month = evidence.hours_a_month
        message.basis = evidence.basis
        message.source = evidence.source
        message.source_url = evidence.source_url
        message.rate_id = evidence.rate_id
        message.rate = evidence.rate
        message.rate_source = evidence.rate_source
        message.was_stale = evidence.is_stale
        message.floor_place = evidence.place
        message.floor_scope = _scope(evidence.scope)
    return message


def pass_through_message(one: PassThrough) -> pb.PassThrough:
    """All of it."""
    return pb.PassThrough(
        pass_through_id=one.pass_through_id,
        vendor_id=one.vendor_id,
        contractor_id=one.contractor_id,
        amount=units_message(one.amount_units, one.currency),
        pay_date=one.paid_on.isoformat(),
        reference=one.reference,
        state=pb.PassThroughState.Value(f"PASS_THROUGH_STATE_{one.state.value.upper()}"),
        dispute=one.dispute,
        record_time=timestamp(one.recorded_at),
        withdrawn_because=one.withdrawn_because,
    )


def balance_message(balance: PassThroughBalance) -> pb.PassThroughBalance:
    """What was paid beside what is said of it."""
    return pb.PassThroughBalance(
        vendor_id=balance.vendor_id,
        contractor_id=balance.contractor_id,
        owed=units_message(balance.owed_units, balance.currency),
        passed_on=units_message(balance.passed_on_units, balance.currency),
        confirmed=units_message(balance.confirmed_units, balance.currency),
        disputed=units_message(balance.disputed_units, balance.currency),
        open=units_message(balance.open_units, balance.currency),
    )


def _top_up_message(part: PaidPart, currency: str, *, shows_sources: bool) -> pb.FloorTopUp:
    message = pb.FloorTopUp(
        project_id=part.project_id,
        vendor_id=part.vendor_id,
        answers=part.answers,
        earned=units_message(part.earned_units, currency),
        active_seconds=part.active_milliseconds / 1000,
        amount=units_message(part.amount_units, currency),
    )
    if shows_sources:
        message.from_reserve.CopyFrom(units_message(part.reserve_units, currency))
        message.from_available.CopyFrom(units_message(part.available_units, currency))
        message.absorbed.CopyFrom(units_message(part.absorbed_units, currency))
    return message


def _scope(scope: str) -> pb.FloorScope.ValueType:
    """Tests of before regions were known say none."""
    return pb.FloorScope.Value(f"FLOOR_SCOPE_{(scope or 'unspecified').upper()}")


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
