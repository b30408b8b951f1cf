from __future__ import annotations

import pytest

from services.payouts.domain.payments.rail import (
    RANK,
    RETURNED,
    STATES_OF,
    Cause,
    Op,
    OutcomeKind,
    RailState,
    cause_of,
    classify_response,
)


@pytest.mark.parametrize(
    ("status", "error_type", "code", "kind"),
    [
        (200, "", "", OutcomeKind.CONFIRMED),
        (201, "", "", OutcomeKind.CONFIRMED),
        (400, "invalid_request_error", "balance_insufficient", OutcomeKind.REFUSED),
        (400, "invalid_request_error", "account_invalid", OutcomeKind.REFUSED),
        (400, "invalid_request_error", "", OutcomeKind.REFUSED),
        (404, "invalid_request_error", "resource_missing", OutcomeKind.REFUSED),
        (402, "card_error", "declined", OutcomeKind.REFUSED),
        (400, "invalid_request_error", "parameter_unknown", OutcomeKind.NOT_EXECUTED),
        (400, "invalid_request_error", "parameter_missing", OutcomeKind.NOT_EXECUTED),
        (401, "", "", OutcomeKind.NOT_EXECUTED),
        (403, "", "", OutcomeKind.NOT_EXECUTED),
        (403, "invalid_request_error", "account_invalid", OutcomeKind.REFUSED),
        (400, "idempotency_error", "", OutcomeKind.KEY_MISMATCH),
        (409, "", "", OutcomeKind.KEY_IN_USE),
        (429, "", "rate_limit", OutcomeKind.RATE_LIMITED),
        (429, "", "lock_timeout", OutcomeKind.RATE_LIMITED),
        (500, "api_error", "", OutcomeKind.SERVER_ERROR),
        # These may come from in front of the rail while the call still runs behind.
        (502, "", "", OutcomeKind.NO_RESPONSE),
        (503, "", "", OutcomeKind.NO_RESPONSE),
        (504, "", "", OutcomeKind.NO_RESPONSE),
        (302, "", "", OutcomeKind.NO_RESPONSE),
        (418, "", "", OutcomeKind.NO_RESPONSE),
        (None, "", "", OutcomeKind.NO_RESPONSE),
    ],
)
def test_what_an_answer_means(
    status: int | None, error_type: str, code: str, kind: OutcomeKind
) -> None:
    """§3.3, G10: confirmed, refused, or not known; what nobody has heard of is not known."""
    assert classify_response(status=status, error_type=error_type, code=code) is kind


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("", Cause.NOTHING),
        ("balance_insufficient", Cause.FUNDS),
        ("account_closed", Cause.DESTINATION),
        ("payouts_not_allowed", Cause.DESTINATION),
        ("something_new", Cause.OTHER),
    ],
)
def test_what_a_refusal_waits_for(code: str, cause: Cause) -> None:
    """C16: told by its code, never by its text; a code that nobody knows is an operator's."""
    assert cause_of(code) is cause


def test_every_state_has_its_call_and_rank() -> None:
    assert STATES_OF[Op.TRANSFER] | STATES_OF[Op.PAYOUT] == set(RailState) == set(RANK)
    assert not STATES_OF[Op.TRANSFER] & STATES_OF[Op.PAYOUT]
    assert all(
        RANK[state] == max(RANK[other] for other in states)
        for states in STATES_OF.values()
        for state in states & RETURNED
    )
