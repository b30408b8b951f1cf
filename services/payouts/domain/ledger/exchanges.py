"""A client's money in another currency: only by way of clearing accounts, at a rate that is told.

No entry moves money from one currency into another. A conversion takes the client's dollars into
`fx:USD:EUR:clearing:USD` and gives euros out of `fx:USD:EUR:clearing:EUR`: it balances in each
currency. What stands there until the platform has really changed the money is its open position;
the entry that settles it books what that came to, and the difference as the platform's.

The two linked transfers by way of liquidity accounts are TigerBeetle's recipe (docs, "Currency
exchange"). Rounding is down, in favour of clearing: going there and back never makes money.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.errors import CurrencyMismatch, InvalidAmount
from services.payouts.domain.fairness.rates import Conversion
from services.payouts.domain.ledger import accounts
from services.payouts.domain.ledger.entries import (
    Booking,
    Entry,
    EntryKind,
    Exchange,
    Posting,
    Subject,
)
from services.payouts.domain.ledger.flows import move
from services.payouts.domain.ledger.money import Money, Rounding, check_positive, units_of


class ConversionNotFound(DomainError):
    """No such conversion."""

    kind, reason = Kind.NOT_FOUND, "CONVERSION_NOT_FOUND"


class RateInvalid(DomainError):
    """The rate is no decimal number above zero, has no source, or is of the future."""

    kind, reason = Kind.INVALID, "FX_RATE_INVALID"


def given_rate(
    *, source: str, target: str, rate: str, told_by: str, rated_at: datetime, now: datetime
) -> Exchange:
    """A rate that an operator gives by hand. Errors: RateInvalid, CurrencyMismatch."""
    if source == target:
        raise CurrencyMismatch(
            "a currency is not converted into itself", field="currency", currency=target
        )
    if not told_by:
        raise RateInvalid("say where the rate is from", field="rate_source")
    if rated_at > now:
        raise RateInvalid("a rate of the future", field="rate_time", now=now.isoformat())
    return Exchange(base=source, quote=target, rate=rate, source=told_by, rated_at=rated_at)


def converted_units(amount_units: int, *, target: str, exchange: Exchange) -> int:
    """Return what an amount of the other currency comes to, rounded down."""
    source = exchange.quote if target == exchange.base else exchange.base
    fraction = Fraction(exchange.rate) if target == exchange.quote else 1 / Fraction(exchange.rate)
    return Conversion(
        source_currency=source, target_currency=target, fraction=fraction, rate=None
    ).convert(amount_units, rounding=Rounding.DOWN)


def fx_conversion(
    *,
    conversion_id: str,
    client_id: str,
    amount: Money,
    target: str,
    exchange: Exchange,
    booking: Booking,
) -> Entry:
    """Turn a client's available money into another currency. Errors: InvalidAmount."""
    taken_units = units_of(check_positive(amount.amount_minor))
    given_units = converted_units(taken_units, target=target, exchange=exchange)
    if given_units <= 0:
        raise InvalidAmount(
            f"{amount.amount_minor} {amount.currency} come to nothing in {target}",
            amount_minor=amount.amount_minor,
        )
    source = amount.currency
    return Entry(
        entry_id=f"fx_conversion:{conversion_id}",
        kind=EntryKind.FX_CONVERSION,
        postings=(
            *move(
                debit=accounts.client_available(client_id=client_id, currency=source),
                credit=accounts.fx_clearing(source=source, target=target, currency=source),
                amount_units=taken_units,
                currency=source,
            ),
            *move(
                debit=accounts.fx_clearing(source=source, target=target, currency=target),
                credit=accounts.client_available(client_id=client_id, currency=target),
                amount_units=given_units,
                currency=target,
            ),
        ),
        booking=booking,
        subject=Subject(client_id=client_id, rail_id=conversion_id),
        exchange=exchange,
    )


def fx_settlement(
    *,
    conversion: Entry,
    paid: Money,
    received: Money,
    rail: str,
    exchange: Exchange,
    booking: Booking,
) -> Entry:
    """The platform has changed the money at its bank: the position is closed, whatever it came to.

    What was paid or received beyond the conversion, or short of it, is the platform's.
    Errors: CurrencyMismatch, InvalidAmount.
    """
    open_units = {
        posting.currency: posting.amount_units
        for posting in conversion.postings
        if accounts.parse(posting.account).kind.purpose is accounts.Purpose.FX_CLEARING
    }
    moved_units = {
        paid.currency: -units_of(check_positive(paid.amount_minor)),
        received.currency: units_of(check_positive(received.amount_minor)),
    }
    source, target = conversion.postings[0].currency, conversion.postings[-1].currency
    if (paid.currency, received.currency) != (source, target):
        raise CurrencyMismatch(
            f"the conversion is from {source} to {target}", field="paid.currency", currency=source
        )
    postings: list[Posting] = []
    for currency in (source, target):
        clearing = accounts.fx_clearing(source=source, target=target, currency=currency)
        parts = {
            clearing: -open_units[currency],
            accounts.rail_platform(currency=currency, rail=rail): moved_units[currency],
            accounts.platform_exchange(currency=currency): open_units[currency]
            - moved_units[currency],
        }
        postings += [
            Posting(account=account, amount_units=amount_units, currency=currency)
            for account, amount_units in parts.items()
            if amount_units
        ]
    return Entry(
        entry_id=f"fx_settlement:{conversion.subject.rail_id}",
        kind=EntryKind.FX_SETTLEMENT,
        postings=tuple(postings),
        booking=booking,
        subject=conversion.subject,
        exchange=exchange,
    )
