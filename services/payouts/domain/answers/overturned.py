"""Answers that were paid and then overturned: what the platform bears, and how it gets it back.

The client has its money back whoever has been paid; what cannot be taken from its payee is the
platform's loss. Accepted after all, the answer is paid already: what the client then pays for it
makes good the loss. Nothing is ever taken from other work's pay or benefits.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.payouts.domain.answers.costs import Cost, cost_of
from services.payouts.domain.ledger import accounts
from services.payouts.domain.ledger.accounts import Purpose, parse
from services.payouts.domain.ledger.balances import apply, fold
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind, Posting
from services.payouts.domain.ledger.flows import move
from services.payouts.domain.ledger.money import Rounding, divide, split


def loss_repaid_key(*, assignment_id: str, revision: int) -> str:
    """Name what the client pays, by one decision, for an answer that was paid before."""
    return f"loss_repaid:{assignment_id}:{revision}"


def benefits_borne_key(*, assignment_id: str, revision: int) -> str:
    """Name what was missing of an accrual's benefits when it was taken back."""
    return f"benefits_borne:{assignment_id}:{revision}"


def loss_repaid(
    *, accrued: Entry, revision: int, bps: int, borne_bps: int, booking: Booking
) -> Entry:
    """Let the client pay for what the payee has already: the platform has its loss back.

    `accrued` is the accrual whose pay was kept, of `borne_bps` of the answer's pay; `bps` of it
    are accepted now, at most as many, and the client pays their part, rounded up.
    """
    held = accrued.postings[0]
    return Entry(
        entry_id=loss_repaid_key(assignment_id=accrued.subject.assignment_id, revision=revision),
        kind=EntryKind.LOSS_REPAID,
        postings=move(
            debit=held.account,
            credit=accounts.platform_absorbed(currency=held.currency),
            amount_units=divide(held.amount_units * bps, borne_bps, rounding=Rounding.UP),
            currency=held.currency,
        ),
        booking=booking,
        subject=accrued.subject,
    )


def repaid_cost(repaid: Entry, *, accrued: Entry) -> Cost:
    """What the client pays with it, in the parts of the price that the answer had."""
    cost = cost_of(accrued)
    parts = (cost.pay_units, cost.commission_units, cost.fee_units, cost.benefits_units)
    pay, commission, fee, benefits = split(repaid.postings[0].amount_units, parts)
    return Cost(pay_units=pay, commission_units=commission, fee_units=fee, benefits_units=benefits)


def with_benefits_borne(
    reversal: Entry, *, revision: int, balances_units: Mapping[str, int]
) -> tuple[Entry, Entry] | None:
    """Let the platform pay in what is missing of the benefits, so that the rest can be taken back.

    None where that is not what is missing: the pay itself has gone. `balances_units` are signed
    sums, of the guarded accounts at least; `revision` is the accrual's.
    """
    debit = _benefits_posting(reversal)
    if debit is None:
        return None
    available_units = max(0, -balances_units.get(debit.account, 0))
    missing_units = debit.amount_units - available_units
    if missing_units <= 0:
        return None
    borne = Entry(
        entry_id=benefits_borne_key(
            assignment_id=reversal.subject.assignment_id, revision=revision
        ),
        kind=EntryKind.BENEFITS_BORNE,
        postings=move(
            debit=accounts.platform_absorbed(currency=debit.currency),
            credit=debit.account,
            amount_units=missing_units,
            currency=debit.currency,
        ),
        booking=reversal.booking,
        subject=reversal.subject,
        reason=reversal.reason,
    )
    entries = (borne, reversal)
    refused = fold(entries=entries, balances_units=balances_units, known_hashes={}).refused
    return None if refused else entries


def benefits_recovered(borne: Entry, *, accrued: Entry) -> Entry | None:
    """Take what the platform paid in out of the benefits that the same answer brings again."""
    credit = _benefits_posting(accrued)
    if credit is None:
        return None
    return Entry(
        entry_id=f"benefits_recovered:{accrued.entry_id.removeprefix('accrual:')}",
        kind=EntryKind.BENEFITS_RECOVERED,
        postings=move(
            debit=credit.account,
            credit=accounts.platform_absorbed(currency=credit.currency),
            amount_units=min(borne.postings[0].amount_units, -credit.amount_units),
            currency=credit.currency,
        ),
        booking=accrued.booking,
        subject=accrued.subject,
    )


def after(balances_units: Mapping[str, int], *entries: Entry) -> dict[str, int]:
    """The balances with those entries, which are not refused."""
    folded = fold(entries=entries, balances_units=balances_units, known_hashes={})
    return apply(balances_units, folded.deltas_units)


def _benefits_posting(entry: Entry) -> Posting | None:
    for posting in entry.postings:
        if parse(posting.account).kind.purpose is Purpose.CONTRACTOR_BENEFITS:
            return posting
    return None
