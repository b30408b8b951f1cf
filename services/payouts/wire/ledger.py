"""The ledger's values as protobuf messages, and requests as what the use cases take."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2, types_pb2
from services.chassis.errors import PageTokenInvalid
from services.chassis.paging import page_position, page_token
from services.chassis.timestamps import timestamp
from services.payouts.domain.errors import (
    CurrencyUnsupported,
    InvalidAccount,
    InvalidAmount,
    RailUnitsInvalid,
)
from services.payouts.domain.ledger.accounts import CHART
from services.payouts.domain.ledger.audits import Finding
from services.payouts.domain.ledger.entries import Entry, Exchange, Posting
from services.payouts.domain.ledger.money import Money, minor_below, units_of
from services.payouts.store.funding.client_funds import Holding
from services.payouts.store.ledger.ledger_reads import EntryPosition
from services.payouts.usecases.ledger.ledger import TrialBalance, VisibleEntry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# client:{client}:project:{project}:held -> client:project:held
PURPOSES = {kind.purpose: re.sub(r":?\{[a-z]+\}", "", kind.template) for kind in CHART}


def money_of(message: common_pb2.Money) -> Money:
    """Whole minor units. Errors: InvalidAmount, CurrencyUnsupported."""
    if message.fraction:
        raise InvalidAmount(
            "this is paid in whole minor units: leave the fraction out", field="amount.fraction"
        )
    return Money(amount_minor=message.amount_minor, currency=message.currency)


@contextlib.contextmanager
def naming_fields(*, amount: str, account: str) -> Iterator[None]:
    """Gives errors about an amount or an account the field of the request that they are about.

    `amount` is where its money stands, `account` the id that its account is named by.
    """
    try:
        yield
    except (InvalidAmount, RailUnitsInvalid) as err:
        err.metadata.setdefault("field", f"{amount}.amount_minor")
        raise
    except CurrencyUnsupported as err:
        err.metadata.setdefault("field", f"{amount}.currency")
        raise
    except InvalidAccount as err:
        err.metadata.setdefault("field", account)
        raise


def price_units(message: common_pb2.Money) -> int:
    """The price of an answer, as the ledger counts. Errors: InvalidAmount."""
    return units_of(message.amount_minor) + message.fraction


def units_message(amount_units: int, currency: str) -> common_pb2.Money:
    """An amount of the ledger."""
    amount_minor = minor_below(amount_units)
    return common_pb2.Money(
        amount_minor=amount_minor,
        fraction=amount_units - units_of(amount_minor),
        currency=currency,
    )


def funds_message(
    available: list[Holding], held: list[Holding], owed: list[Holding]
) -> service_pb2.GetFundsResponse:
    """A client's funds."""
    return service_pb2.GetFundsResponse(
        available=[_holding_money(holding) for holding in available],
        holds=[
            service_pb2.ProjectHold(
                project_id=holding.project_id,
                held=_holding_money(holding),
                reserve=units_message(holding.reserve_units, holding.currency),
            )
            for holding in held
        ],
        owed=[_holding_money(holding) for holding in owed],
    )


def entry_message(visible: VisibleEntry) -> types_pb2.Entry:
    """An entry, as much of it as the caller may see."""
    entry = visible.entry
    message = types_pb2.Entry(
        entry_id=entry.entry_id,
        kind=entry.kind.value,
        postings=[posting_message(posting) for posting in visible.postings],
        effective_time=timestamp(entry.booking.effective_at),
        record_time=timestamp(entry.booking.recorded_at),
        reverses_entry_id=entry.reverses_id,
        reason=entry.reason,
        pay_period_id=entry.booking.period_id,
    )
    if entry.exchange is not None:
        message.exchange.CopyFrom(exchange_message(entry.exchange))
    if visible.is_whole:
        message.body_hash = entry.body_hash
        message.subject.update(entry.subject.as_dict())
        if entry.approval is not None:
            message.approval.proposed_by = entry.approval.proposed_by
            message.approval.confirmed_by = entry.approval.confirmed_by
            message.approval.document = entry.approval.document
    return message


def posting_message(posting: Posting) -> types_pb2.Posting:
    """A debit where it is positive."""
    return types_pb2.Posting(
        account=posting.account,
        amount_units=posting.amount_units,
        currency=posting.currency,
    )


def exchange_message(exchange: Exchange) -> types_pb2.EntryExchange:
    """At which rate, and who says."""
    return types_pb2.EntryExchange(
        base=exchange.base,
        quote=exchange.quote,
        rate=exchange.rate,
        source=exchange.source,
        rate_time=timestamp(exchange.rated_at),
    )


def trial_balance_message(balance: TrialBalance) -> service_pb2.GetTrialBalanceResponse:
    """The trial balance."""
    return service_pb2.GetTrialBalanceResponse(
        lines=[
            service_pb2.TrialBalanceLine(
                purpose=PURPOSES[line.purpose],
                currency=line.currency,
                amount_units=line.amount_units,
                accounts=line.accounts,
            )
            for line in balance.sums
        ],
        totals=[
            units_message(amount_units, currency)
            for currency, amount_units in sorted(balance.totals_units.items())
        ],
        entries=balance.entries,
        accruals=balance.accruals,
    )


def finding_message(finding: Finding) -> service_pb2.BookFinding:
    """What is wrong, and where."""
    return service_pb2.BookFinding(
        fault=service_pb2.BookFault.Value(f"BOOK_FAULT_{finding.fault.value}"),
        account=finding.account,
        currency=finding.currency,
        expected_units=finding.expected_units,
        found_units=finding.found_units,
        block_number=finding.block_number,
        entry_id=finding.entry_id,
    )


def entry_position(token: str, *, scope: str) -> EntryPosition | None:
    """Where a list of entries goes on. Errors: PageTokenInvalid."""
    position = page_position(token, scope=scope)
    if not position:
        return None
    millis, _, entry_id = position.partition(" ")
    try:
        recorded_at = _EPOCH + timedelta(milliseconds=int(millis))
    except (ValueError, OverflowError) as err:
        raise PageTokenInvalid("page_token is not one of ours", field="page_token") from err
    return EntryPosition(recorded_at=recorded_at, entry_id=entry_id)


def entry_token(entry: Entry, *, scope: str) -> str:
    """A token that goes on after this entry."""
    position = EntryPosition(recorded_at=entry.booking.recorded_at, entry_id=entry.entry_id)
    return position_token(position, scope=scope)


def position_token(position: EntryPosition, *, scope: str) -> str:
    """A token that goes on after this place."""
    millis = (position.recorded_at - _EPOCH) // timedelta(milliseconds=1)
    return page_token(f"{millis} {position.entry_id}", scope=scope)


def _holding_money(holding: Holding) -> common_pb2.Money:
    return units_message(holding.amount_units, holding.currency)
