"""C12, C20: whatever keeps money from a payee has words, somebody who acts, and a way out."""

from __future__ import annotations

import pytest

from services.payouts.domain.payments import payments
from services.payouts.domain.payments.instructions import Freeze
from services.payouts.domain.payments.rail import _DESTINATION_CODES, _FUNDS_CODES, Cause
from services.payouts.domain.payments.unpaid import CODES, Actor, unpaid
from services.payouts.domain.statements.statements import CarryReason
from services.payouts.domain.statements.tax_forms import TAX_FORM_EXPIRED, TAX_FORM_MISSING

# docs.stripe.com/api/payouts/failures
PAYOUT_FAILURES = (
    "account_closed", "account_frozen", "bank_account_restricted", "bank_ownership_changed",
    "could_not_process", "debit_not_authorized", "declined", "insufficient_funds",
    "invalid_account_number", "incorrect_account_holder_name", "invalid_currency", "no_account",
    "unsupported_card",
)  # fmt: skip
OURS = (
    payments.ACCOUNT_MISSING, payments.TRANSFERS_DISABLED, payments.BANK_DETAILS_MISSING,
    payments.NO_RAIL, payments.BALANCE_NEGATIVE, payments.TRANSFER_REVERSED,
    payments.OUTCOME_UNKNOWN, TAX_FORM_MISSING, TAX_FORM_EXPIRED,
)  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        *OURS,
        *(code.upper() for code in (*PAYOUT_FAILURES, *_DESTINATION_CODES, *_FUNDS_CODES)),
        *(freeze.upper() for freeze in Freeze if freeze),
        *(cause.upper() for cause in Cause if cause),
        *(reason.name for reason in CarryReason if reason is not CarryReason.ROUNDING),
    ],
)
def test_every_reason_that_there_is_has_words(code: str) -> None:
    assert code in CODES


def test_who_has_to_act_is_told_how() -> None:
    for code in CODES:
        found = unpaid(code)
        assert found is not None
        assert found.text.endswith(".")
        assert (found.acts is Actor.PAYEE) is bool(found.ways_out), code


def test_what_nobody_has_heard_of_is_an_operators_to_look_at() -> None:
    found = unpaid("SOMETHING_NEW")
    assert found is not None
    assert (found.code, found.acts) == ("SOMETHING_NEW", Actor.OPERATOR)
    assert unpaid("") is None
