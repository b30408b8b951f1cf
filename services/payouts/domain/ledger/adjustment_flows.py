"""The entries of corrections by hand: what may be posted, what may be reversed, and what not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger.accounts import BANK, Account, Purpose, parse
from services.payouts.domain.ledger.adjustments import AdjustmentInvalid, Wanted
from services.payouts.domain.ledger.entries import (
    Approval,
    Booking,
    Entry,
    EntryKind,
    Posting,
    Subject,
    reversal_key,
)
from services.payouts.domain.ledger.flows import accrual_reversal, opposite

POSTINGS_MAX: Final = 20


class AccountNotAdjustable(DomainError):
    """The account follows its own flow, and is not posted to by hand."""

    kind, reason = Kind.INVALID, "ACCOUNT_NOT_ADJUSTABLE"


class EntryNotReversible(DomainError):
    """Entries of this kind are corrected another way; the message says which."""

    kind, reason = Kind.PRECONDITION, "ENTRY_NOT_REVERSIBLE"


class EntryReversed(DomainError):
    """The entry was reversed before, by people or by the platform itself."""

    kind, reason = Kind.PRECONDITION, "ENTRY_REVERSED"


_PAY: Final = frozenset({Purpose.CONTRACTOR_PAYABLE, Purpose.VENDOR_PAYABLE})
_STATED: Final = _PAY | {Purpose.VENDOR_COMMISSION}
# Not: what is set aside for projects and refunds, statements, taxes, and what rails report.
ADJUSTABLE: Final = _STATED | {
    Purpose.CLIENT_AVAILABLE,
    Purpose.CONTRACTOR_BENEFITS,
    Purpose.PLATFORM_FEES,
    Purpose.PLATFORM_ABSORBED,
    Purpose.PLATFORM_PAYMENT_COSTS,
    Purpose.PLATFORM_EXCHANGE,
    # Of the bank alone: people keep that account's books, no rail reports them.
    Purpose.RAIL_PLATFORM,
}

REVERSIBLE: Final = frozenset(
    {
        EntryKind.ACCRUAL,
        EntryKind.ADJUSTMENT,
        EntryKind.PAY_ADJUSTMENT,
        # Recorded by an operator from a bank's statement.
        EntryKind.TAX_REMITTANCE,
        EntryKind.BENEFITS_REMITTED,
    }
)

_REPORTED: Final = "a bank or a payment provider reported it; adjust what follows from it instead"
_REFUND: Final = "a refund resolves once; adjust the client's funds instead"
_PROJECT: Final = "the project's own book counts on it; complete or cancel the project instead"
_REVERSAL: Final = "it reverses another entry itself; propose what is right as an adjustment"
_DECIDED: Final = "it follows from how its answer was decided; adjust what is wrong of it instead"
_FLOOR: Final = "it stands on statements with its floor test; adjust the contractor's pay instead"
_TAKEN_OUT: Final = "the contractor has taken it out; adjust the benefits account instead"
_FROZEN: Final = "it stands behind a frozen statement; adjust the payee's next one instead"
_LEFT: Final = "the payment has its own way back: take it back, or let its rail return it"
_EXCHANGED: Final = "the money was changed at a rate that others rely on; change it back instead"

NOT_BY_HAND: Final[Mapping[EntryKind, str]] = {
    EntryKind.CLIENT_DEPOSIT: _REPORTED,
    EntryKind.PAYMENT_FEE: _REPORTED,
    EntryKind.PAYMENT_RETURN: _REPORTED,
    EntryKind.OWED_SETTLEMENT: _REPORTED,
    EntryKind.RAIL_FUNDING: _REPORTED,
    EntryKind.FUNDS_HOLD: _REFUND,
    EntryKind.FUNDS_HOLD_POSTED: _REFUND,
    EntryKind.FUNDS_HOLD_VOIDED: _REFUND,
    EntryKind.FUNDS_HOLD_EXPIRED: _REFUND,
    EntryKind.PROJECT_HOLD: _PROJECT,
    EntryKind.HOLD_RELEASE: _PROJECT,
    EntryKind.ACCRUAL_REVERSAL: _REVERSAL,
    EntryKind.ACCRUAL_ABSORPTION: _REVERSAL,
    EntryKind.ENTRY_REVERSAL: _REVERSAL,
    EntryKind.PAY_REVERSAL: _REVERSAL,
    EntryKind.LOSS_REPAID: _DECIDED,
    EntryKind.BENEFITS_BORNE: _DECIDED,
    EntryKind.BENEFITS_RECOVERED: _DECIDED,
    EntryKind.FLOOR_TOP_UP: _FLOOR,
    EntryKind.RESERVE_SHORTFALL: _FLOOR,
    EntryKind.BENEFITS_WITHDRAWAL: _TAKEN_OUT,
    EntryKind.BENEFITS_ASSIGNED: _TAKEN_OUT,
    EntryKind.STATEMENT_CLOSE: _FROZEN,
    EntryKind.TAX_WITHHOLDING: _FROZEN,
    EntryKind.TRANSFER_SENT: _LEFT,
    EntryKind.TRANSFER_SEEN: _LEFT,
    EntryKind.TRANSFER_REFUSED: _LEFT,
    EntryKind.TRANSFER_REVERSED: _LEFT,
    EntryKind.PAYOUT_SENT: _LEFT,
    EntryKind.PAYOUT_PAID: _LEFT,
    EntryKind.PAYOUT_REFUSED: _LEFT,
    EntryKind.PAYOUT_FAILED: _LEFT,
    EntryKind.OUTBOUND_SENT: _LEFT,
    EntryKind.OUTBOUND_SEEN: _LEFT,
    EntryKind.OUTBOUND_REFUSED: _LEFT,
    EntryKind.OUTBOUND_PAID: _LEFT,
    EntryKind.OUTBOUND_RETURNED: _LEFT,
    EntryKind.FX_CONVERSION: _EXCHANGED,
    EntryKind.FX_SETTLEMENT: _EXCHANGED,
}


def adjustment(wanted: Wanted, *, approval: Approval, booking: Booking) -> Entry:
    """Book what was agreed on; pay is told on the payee's next statement.

    Errors: AdjustmentInvalid, AccountNotAdjustable, EntryUnbalanced, InvalidEntry.
    """
    accounts = check_adjustable(wanted.postings)
    is_pay = any(account.kind.purpose in _STATED for account in accounts)
    clients = {account.part("client") for account in accounts} - {""}
    return Entry(
        entry_id=wanted.entry_id,
        kind=EntryKind.PAY_ADJUSTMENT if is_pay else EntryKind.ADJUSTMENT,
        postings=wanted.postings,
        booking=booking,
        subject=Subject(
            client_id=min(clients) if len(clients) == 1 else "",
            contractor_id=_only(accounts, "contractor"),
            vendor_id=_only(accounts, "vendor"),
        ),
        reason=wanted.reason,
        approval=approval,
    )


def reversal(entry: Entry, *, reason: str, approval: Approval, booking: Booking) -> Entry:
    """Undo an entry, posting by posting, under the one key that any reversal of it has.

    Errors: EntryNotReversible.
    """
    check_reversible(entry)
    if entry.kind is EntryKind.ACCRUAL:
        return accrual_reversal(accrued=entry, reason=reason, booking=booking, approval=approval)
    is_pay = entry.kind is EntryKind.PAY_ADJUSTMENT
    return Entry(
        entry_id=reversal_key(entry.entry_id),
        kind=EntryKind.PAY_REVERSAL if is_pay else EntryKind.ENTRY_REVERSAL,
        postings=opposite(entry.postings),
        booking=booking,
        subject=entry.subject,
        reverses_id=entry.entry_id,
        reason=reason,
        approval=approval,
    )


def check_reversible(entry: Entry) -> None:
    """Pass entries that people may reverse. Errors: EntryNotReversible."""
    if entry.kind not in REVERSIBLE:
        raise EntryNotReversible(
            f"{entry.kind} is not reversed by hand: {NOT_BY_HAND[entry.kind]}",
            entry_id=entry.entry_id,
            entry_kind=entry.kind.value,
        )


def check_adjustable(postings: tuple[Posting, ...]) -> list[Account]:
    """Pass postings that people may make; return their accounts.

    One payee's pay at a time: it is a line of one statement.

    Errors: AdjustmentInvalid, AccountNotAdjustable.
    """
    if not 2 <= len(postings) <= POSTINGS_MAX:
        raise AdjustmentInvalid(f"an adjustment has 2 to {POSTINGS_MAX} postings", field="postings")
    names = [posting.account for posting in postings]
    accounts = [parse(name) for name in names]
    if len(set(names)) < len(names):
        raise AdjustmentInvalid("an account stands there twice", field="postings")
    for account in accounts:
        _check_account(account)
    for part in ("contractor", "vendor"):
        _only(accounts, part)
    direct = any(one.kind.purpose is Purpose.CONTRACTOR_PAYABLE for one in accounts)
    if direct and _only(accounts, "vendor"):
        raise AdjustmentInvalid(
            "pay of a contractor and money of a vendor are on two statements: propose two",
            field="postings",
        )
    return accounts


def _check_account(account: Account) -> None:
    purpose = account.kind.purpose
    if purpose not in ADJUSTABLE:
        raise AccountNotAdjustable(
            f"{account.name} follows its own flow, and is not posted to by hand",
            field="postings",
            account=account.name,
        )
    if purpose is Purpose.RAIL_PLATFORM and account.part("rail") != BANK:
        raise AccountNotAdjustable(
            f"{account.name} is what the rail reports; of rails, only the bank's account is"
            " adjusted",
            field="postings",
            account=account.name,
        )


def _only(accounts: Iterable[Account], part: str) -> str:
    found = {account.part(part) for account in accounts} - {""}
    if len(found) > 1:
        raise AdjustmentInvalid(
            f"money of more than one {part} is adjusted: propose one adjustment each",
            field="postings",
        )
    return min(found, default="")
