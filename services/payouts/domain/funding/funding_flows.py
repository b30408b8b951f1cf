"""The entries of clients' money after it has arrived: what rails keep, and what goes back."""

from __future__ import annotations

from services.payouts.domain.ledger import accounts
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind, Posting, Subject
from services.payouts.domain.ledger.flows import move
from services.payouts.domain.ledger.money import units_of
from services.payouts.domain.payments.rail_objects import ReturnedMoney


def payment_fee(
    *,
    transaction_id: str,
    client_id: str,
    currency: str,
    fee_minor: int,
    booking: Booking,
    rail: str = accounts.STRIPE,
) -> tuple[Entry, ...]:
    """What the rail kept of one movement, or gave back; nothing where it kept nothing.

    Keyed by the balance transaction. The rail's mirror then shows what the rail has, and the
    platform's costs what it took.
    """
    if not fee_minor:
        return ()
    return (
        Entry(
            entry_id=f"fee:{transaction_id}",
            kind=EntryKind.PAYMENT_FEE,
            postings=_either_way(
                accounts.platform_payment_costs(currency=currency),
                accounts.rail_platform(currency=currency, rail=rail),
                amount_units=units_of(fee_minor),
                currency=currency,
            ),
            booking=booking,
            subject=Subject(client_id=client_id),
        ),
    )


def payment_return(
    returned: ReturnedMoney, *, client_id: str, rail_id: str, booking: Booking
) -> tuple[Entry, ...]:
    """A refund or a dispute took money of a payment, or it came again: the client owes as much.

    What goes back has gone, whatever the client has left, and is never refused;
    `owed_settlement` then takes what the client has. Keyed by the balance transaction, so that
    news that comes twice, or late, books nothing twice.
    """
    moved = Entry(
        entry_id=f"payment_return:{returned.transaction_id}",
        kind=EntryKind.PAYMENT_RETURN,
        postings=_either_way(
            accounts.client_owed(client_id=client_id, currency=returned.currency),
            accounts.rail_platform(currency=returned.currency),
            amount_units=units_of(-returned.amount_minor),
            currency=returned.currency,
        ),
        booking=booking,
        subject=Subject(client_id=client_id, rail_id=rail_id),
        reason=f"{returned.kind} {returned.source_id}",
    )
    fee = payment_fee(
        transaction_id=returned.transaction_id,
        client_id=client_id,
        currency=returned.currency,
        fee_minor=returned.fee_minor,
        booking=booking,
    )
    return (moved, *fee)


def owed_settlement(
    *,
    cause: str,
    client_id: str,
    currency: str,
    owed_units: int,
    available_units: int,
    booking: Booking,
) -> tuple[Entry, ...]:
    """Move what a client owes towards nothing, as far as its available money covers it.

    Below zero, `owed_units` is what came back after it had been covered: it is available again.
    """
    amount_units = min(owed_units, max(available_units, 0)) if owed_units > 0 else owed_units
    if not amount_units:
        return ()
    return (
        Entry(
            entry_id=f"owed_settlement:{cause}",
            kind=EntryKind.OWED_SETTLEMENT,
            postings=_either_way(
                accounts.client_available(client_id=client_id, currency=currency),
                accounts.client_owed(client_id=client_id, currency=currency),
                amount_units=amount_units,
                currency=currency,
            ),
            booking=booking,
            subject=Subject(client_id=client_id),
        ),
    )


def _either_way(
    debit: str, credit: str, *, amount_units: int, currency: str
) -> tuple[Posting, Posting]:
    if amount_units < 0:
        debit, credit, amount_units = credit, debit, -amount_units
    return move(debit=debit, credit=credit, amount_units=amount_units, currency=currency)
