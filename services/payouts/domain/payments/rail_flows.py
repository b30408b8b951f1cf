"""The entries of money that leaves: statements closed, transfers, payouts, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from services.payouts.domain.ledger import accounts
from services.payouts.domain.ledger.entries import (
    MAX_POSTINGS,
    Booking,
    Entry,
    EntryKind,
    Posting,
    Subject,
)
from services.payouts.domain.ledger.flows import move
from services.payouts.domain.ledger.money import units_of
from services.payouts.domain.payments.instructions import Instruction, Movement
from services.payouts.domain.statements.statement_lines import PayeeKind, StatementLine
from services.payouts.domain.statements.statements import Statement

# Seen and refused share their key, as do a payout's refusal and its failure: an attempt has one
# end, and a second, different one is an `EntryConflict`.
_KEYS: Final = {
    EntryKind.TRANSFER_SENT: "transfer",
    EntryKind.TRANSFER_SEEN: "transfer_outcome",
    EntryKind.TRANSFER_REFUSED: "transfer_outcome",
    EntryKind.TRANSFER_REVERSED: "transfer_reversal",
    EntryKind.PAYOUT_SENT: "payout",
    EntryKind.PAYOUT_PAID: "payout_paid",
    EntryKind.PAYOUT_REFUSED: "payout_return",
    EntryKind.PAYOUT_FAILED: "payout_return",
    EntryKind.OUTBOUND_SENT: "outbound",
    EntryKind.OUTBOUND_SEEN: "outbound_outcome",
    EntryKind.OUTBOUND_REFUSED: "outbound_outcome",
    EntryKind.OUTBOUND_PAID: "outbound_paid",
    EntryKind.OUTBOUND_RETURNED: "outbound_return",
}


def statement_close(statement: Statement, *, booking: Booking) -> tuple[Entry, ...]:
    """Move a statement's money out of the payable accounts; many payees make several entries."""
    claims = _claims(statement)
    # The larger claims go first, so that the statement's account never falls below zero on the way.
    ordered = sorted(claims.items(), key=lambda claim: (-claim[1], claim[0]))
    room = MAX_POSTINGS - 1
    return tuple(
        Entry(
            entry_id=f"statement:{statement.statement_id}:{part}",
            kind=EntryKind.STATEMENT_CLOSE,
            postings=_closing_postings(statement, ordered[start : start + room]),
            booking=booking,
            subject=_payee_subject(statement),
        )
        for part, start in enumerate(range(0, len(ordered), room))
    )


def entries_for(
    instruction: Instruction, movements: tuple[Movement, ...], *, booking: Booking
) -> tuple[Entry, ...]:
    """Write the ledger entries that a step of an instruction calls for."""
    return tuple(_entry_for(instruction, movement, booking=booking) for movement in movements)


def _claims(statement: Statement) -> dict[str, int]:
    currency, payee = statement.currency, statement.payee
    vendor_id = payee.payee_id if payee.kind is PayeeKind.VENDOR else ""
    claims: dict[str, int] = {}
    for line in (*statement.lines, *map(_taken_off, statement.rest)):
        if line.pay_units:
            payable = accounts.payable(
                contractor_id=line.contractor_id, vendor_id=vendor_id, currency=currency
            )
            claims[payable] = claims.get(payable, 0) + line.pay_units
        if line.commission_units:
            commission = accounts.vendor_commission(vendor_id=vendor_id, currency=currency)
            claims[commission] = claims.get(commission, 0) + line.commission_units
    return {account: amount for account, amount in claims.items() if amount}


def _taken_off(rest: StatementLine) -> StatementLine:
    # It stays in its account.
    return replace(rest, pay_units=-rest.pay_units, commission_units=-rest.commission_units)


def _closing_postings(statement: Statement, claims: list[tuple[str, int]]) -> tuple[Posting, ...]:
    currency = statement.currency
    postings = [
        Posting(account=account, amount_units=amount, currency=currency)
        for account, amount in claims
    ]
    total_units = sum(amount for _, amount in claims)
    if total_units:
        account = accounts.statement(statement_id=statement.statement_id, currency=currency)
        postings.append(Posting(account=account, amount_units=-total_units, currency=currency))
    return tuple(postings)


def _payee_subject(statement: Statement) -> Subject:
    payee = statement.payee
    if payee.kind is PayeeKind.VENDOR:
        return Subject(vendor_id=payee.payee_id, statement_id=statement.statement_id)
    return Subject(contractor_id=payee.payee_id, statement_id=statement.statement_id)


def _entry_for(instruction: Instruction, movement: Movement, *, booking: Booking) -> Entry:
    payee = instruction.payee
    vendor = payee.kind is PayeeKind.VENDOR
    key = f"{_KEYS[movement.kind]}:{instruction.instruction_id}:{movement.attempt}"
    if movement.kind is EntryKind.TRANSFER_REVERSED:
        key = f"{key}:{movement.reversed_minor}"
    return Entry(
        entry_id=key,
        kind=movement.kind,
        postings=_postings_for(instruction, movement),
        booking=booking,
        subject=Subject(
            contractor_id="" if vendor else payee.payee_id,
            vendor_id=payee.payee_id if vendor else "",
            statement_id=instruction.statement_id,
            instruction_id=instruction.instruction_id,
            rail_id=movement.rail_id,
        ),
        reason=movement.reason,
    )


def _postings_for(instruction: Instruction, movement: Movement) -> tuple[Posting, ...]:
    currency, rail = instruction.currency, movement.rail or instruction.rail
    owed = accounts.statement(statement_id=instruction.statement_id, currency=currency)
    in_flight = accounts.rail_in_flight(currency=currency, rail=rail)
    platform = accounts.rail_platform(currency=currency, rail=rail)
    handed_over = accounts.rail_transferred(currency=currency, rail=rail)
    connected = accounts.rail_connected(
        account_id=movement.destination, currency=currency, rail=rail
    )
    paying_out = accounts.rail_payout_in_flight(currency=currency, rail=rail)
    paid_out = accounts.rail_paid_out(currency=currency, rail=rail)
    failed_from = paid_out if movement.was_paid else paying_out
    # Each pair is debited, credited. A transfer that is seen discharges what we owed out of the
    # platform's balance; from there on the payee's own balance at the rail is watched.
    debits_and_credits = {
        EntryKind.TRANSFER_SENT: ((owed, in_flight),),
        EntryKind.TRANSFER_REFUSED: ((in_flight, owed),),
        EntryKind.TRANSFER_SEEN: ((in_flight, platform), (connected, handed_over)),
        EntryKind.TRANSFER_REVERSED: ((platform, owed), (handed_over, connected)),
        EntryKind.PAYOUT_SENT: ((paying_out, connected),),
        EntryKind.PAYOUT_PAID: ((paid_out, paying_out),),
        EntryKind.PAYOUT_REFUSED: ((connected, paying_out),),
        EntryKind.PAYOUT_FAILED: ((connected, failed_from),),
        # Without a balance of the payee's in between: from ours it is on its way at once.
        EntryKind.OUTBOUND_SENT: ((owed, in_flight),),
        EntryKind.OUTBOUND_REFUSED: ((in_flight, owed),),
        EntryKind.OUTBOUND_SEEN: ((in_flight, platform), (paying_out, handed_over)),
        EntryKind.OUTBOUND_PAID: ((paid_out, paying_out),),
        EntryKind.OUTBOUND_RETURNED: ((platform, owed), (handed_over, failed_from)),
    }[movement.kind]
    return tuple(
        posting
        for debit, credit in debits_and_credits
        for posting in move(
            debit=debit,
            credit=credit,
            amount_units=units_of(movement.amount_minor),
            currency=currency,
        )
    )
