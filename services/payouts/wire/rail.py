"""Statements, periods and payout accounts as protobuf messages."""

from __future__ import annotations

from collections.abc import Iterable

from crewline.payouts.v1 import service_pb2, types_pb2
from services.chassis.timestamps import timestamp
from services.payouts.domain.ledger.corrections import NO_CORRECTIONS, Correction, ToldCorrections
from services.payouts.domain.payments.payments import StatementState
from services.payouts.domain.payments.payout_accounts import PayoutAccount
from services.payouts.domain.payments.unpaid import PAY_DAY_AHEAD
from services.payouts.domain.statements.statement_lines import LineKind, StatementLine
from services.payouts.domain.statements.statements import PeriodState
from services.payouts.store.statements.statement_records import StatementRecord
from services.payouts.usecases.reconciliation.reconciliation import ReconciliationReport
from services.payouts.usecases.statements.periods import PeriodView
from services.payouts.wire.chain import seal_message
from services.payouts.wire.unpaid import unpaid_message

CONTRACTOR_PAY = "contractor_pay"
VENDOR_COMMISSION = "vendor_commission"
# Some 100 bytes each: an answer of gRPC has 8 MB. A vendor's commission is beside them.
LINES_MAX = 40_000
_REASONS_MAX = 100


def period_message(view: PeriodView) -> types_pb2.PayPeriod:
    """A period; an open one has no end yet."""
    period = view.record.period
    message = types_pb2.PayPeriod(
        pay_period_id=period.period_id,
        state=types_pb2.PayPeriodState.Value(f"PAY_PERIOD_STATE_{period.state.name}"),
        start_time=timestamp(period.starts_at),
        statements=sum(view.counts.values()),
        statements_paid=view.counts.get(StatementState.PAID, 0),
        statements_failed=view.counts.get(StatementState.FAILED, 0),
        clearing_set_aside=view.record.set_aside,
    )
    if period.state is not PeriodState.OPEN:
        message.end_time.CopyFrom(timestamp(period.ends_at))
    if view.seal is not None:
        message.seal.CopyFrom(seal_message(view.seal))
    return message


def statement_message(record: StatementRecord) -> types_pb2.Statement:
    """Without its lines."""
    standing = record.standing
    message = types_pb2.Statement(
        statement_id=record.statement_id,
        pay_period_id=record.period_id,
        payee_id=record.payee.payee_id,
        currency=record.currency,
        total_minor=record.total_minor,
        rest_units=record.rest_units,
        state=types_pb2.StatementState.Value(f"STATEMENT_STATE_{standing.state.value}"),
        hash=record.body_hash,
        transfer_id=standing.transfer_id,
        payout_id=standing.payout_id,
        reason=standing.reason,
        close_time=timestamp(record.closed_at),
        document_hash=record.document_hash,
        withheld=[
            types_pb2.WithheldTax(
                rule=one.rule,
                authority=one.authority,
                rate_bps=one.rate_bps,
                amount_minor=one.amount_minor,
                source=one.source,
            )
            for one in record.withheld
        ],
    )
    unpaid = _unpaid(record)
    if unpaid is not None:
        message.unpaid.CopyFrom(unpaid)
    if record.pay_at is not None and standing.state is StatementState.CLOSED:
        message.pay_time.CopyFrom(timestamp(record.pay_at))
    return message


def _unpaid(record: StatementRecord) -> types_pb2.UnpaidReason | None:
    """In words; a statement whose pay day is ahead has a reason, too."""
    standing, code = record.standing, record.standing.reason
    waits = standing.state is StatementState.CLOSED
    if waits and not code and record.pay_at is not None:
        code = PAY_DAY_AHEAD
    looked_at = waits or standing.state is StatementState.FAILED
    return unpaid_message(code, next_look_at=record.pay_at if looked_at else None)


def full_statement_message(
    lines: Iterable[StatementLine],
    record: StatementRecord,
    corrections: ToldCorrections = NO_CORRECTIONS,
) -> types_pb2.Statement:
    """With its lines: what each contractor earned and for what, and the vendor's commission."""
    message = statement_message(record)
    reasons: dict[str, list[str]] = {}
    for one in corrections.named:
        reasons.setdefault(one.contractor_id, []).append(one.reason)
    pay: dict[tuple[str, str, LineKind], list[int]] = {}
    commission: dict[tuple[str, str], list[int]] = {}
    for line in lines:
        is_adjusted = line.kind is LineKind.ADJUSTMENT
        # What an earlier period carried over is in the same line.
        key = (line.project_id, line.contractor_id, line.kind)
        if line.pay_units or not is_adjusted:
            _add(pay.setdefault(key, [0, 0]), line.answers, line.pay_units)
        if line.commission_units:
            what = (line.project_id, line.kind.value if is_adjusted else VENDOR_COMMISSION)
            _add(commission.setdefault(what, [0, 0]), line.answers, line.commission_units)
    shown = sorted(pay.items())[:LINES_MAX]
    message.lines_left_out = len(pay) - len(shown)
    for (project_id, contractor_id, kind), (answers, amount_units) in shown:
        message.lines.add(
            project_id=project_id,
            contractor_id=contractor_id,
            kind=CONTRACTOR_PAY if kind is LineKind.WORK else kind.value,
            answers=answers,
            amount_units=amount_units,
            reasons=reasons.get(contractor_id, [])[:_REASONS_MAX]
            if kind is LineKind.ADJUSTMENT
            else (),
        )
    for (project_id, name), (answers, amount_units) in sorted(commission.items()):
        message.lines.add(
            project_id=project_id,
            kind=name,
            answers=answers,
            amount_units=amount_units,
            reasons=_commission_reasons(corrections.named) if name != VENDOR_COMMISSION else (),
        )
    return message


def _commission_reasons(corrections: Iterable[Correction]) -> list[str]:
    return [one.reason for one in corrections if one.commission_units][:_REASONS_MAX]


def payout_account_message(account: PayoutAccount) -> types_pb2.PayoutAccount:
    """As it was last seen at the provider."""
    return types_pb2.PayoutAccount(
        payee_id=account.payee.payee_id,
        account_id=account.account_id,
        country=account.country,
        currency=account.currency,
        transfers_enabled=account.transfers_enabled,
        payouts_enabled=account.payouts_enabled,
        requirements_due=account.requirements_due,
    )


def reconciliation_message(
    report: ReconciliationReport,
) -> service_pb2.GetReconciliationResponse:
    """One line a currency."""
    return service_pb2.GetReconciliationResponse(
        lines=[
            service_pb2.ReconciliationLine(
                rail=line.rail,
                has_provider=line.has_provider,
                provider_unknown=line.provider_unknown,
                currency=line.currency,
                ledger_platform_minor=line.ledger_platform_minor,
                provider_platform_minor=line.provider_platform_minor,
                ledger_in_flight_minor=line.ledger_in_flight_minor,
                ledger_connected_minor=line.ledger_connected_minor,
                ledger_paid_out_minor=line.ledger_paid_out_minor,
            )
            for line in report.lines
        ],
        instructions_unsettled=report.instructions_unsettled,
    )


def _add(sums: list[int], answers: int, amount_units: int) -> None:
    sums[0] += answers
    sums[1] += amount_units
