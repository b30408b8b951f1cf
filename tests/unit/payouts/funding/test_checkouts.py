"""Payments on the rail's own page: which of its states are what, and in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.payouts.domain.funding.checkouts import (
    Checkout,
    HostedPage,
    ReturnUrlInvalid,
    ordered,
)
from services.payouts.domain.funding.deposits import Deposit, DepositState, Method
from services.payouts.domain.payments.rail_objects import Incoming, IncomingState
from services.payouts.stripe_api import funding_answers as answers

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BACK = "https://console.example/back"
PAGE = HostedPage(session_id="cs_1", url="https://stripe.example/pay")


def asked() -> Deposit:
    return Deposit(
        deposit_id="dep_1",
        client_id="org_a",
        currency="USD",
        amount_minor=500,
        created_at=NOON,
        method=Method.PAYMENT,
        checkout=ordered("dep_1", return_url=BACK, cancel_url="", now=NOON),
    ).begun(now=NOON)


def session(status: str, intent: Any) -> dict[str, Any]:
    return {
        "id": "cs_1",
        "url": PAGE.url if status == "open" else None,
        "status": status,
        "metadata": {"deposit_id": "dep_1"},
        "payment_intent": intent,
        "amount_total": 500,
        "currency": "usd",
    }


def intent(status: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "pi_1",
        "status": status,
        "amount": 500,
        "currency": "usd",
        "metadata": {"deposit_id": "dep_1"},
        "client_secret": "pi_1_secret_2",
        **more,
    }


def test_the_same_is_asked_for_however_late_and_under_a_key_of_its_own() -> None:
    """G10: an idempotent call may not differ, so that the page's end is written down first."""
    deposit = asked()
    assert deposit.key == "checkout:dep_1:1"
    assert deposit.checkout is not None
    assert deposit.checkout.expires_at == NOON + timedelta(hours=2)
    assert deposit.begun(now=NOON + timedelta(minutes=5)).checkout == deposit.checkout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (BACK, f"{BACK}?payment_id=dep_1"),
        (f"{BACK}?a=1#end", f"{BACK}?a=1&payment_id=dep_1#end"),
    ],
)
def test_the_way_back_names_the_payment(given: str, said: str) -> None:
    found = ordered("dep_1", return_url=given, cancel_url="", now=NOON)
    assert (found.return_url, found.cancel_url) == (said, said)


@pytest.mark.parametrize("wrong", ["ftp://a.example/", "/console", "https://", "http://[bad"])
def test_no_way_back_leads_nowhere(wrong: str) -> None:
    with pytest.raises(ReturnUrlInvalid) as refusal:
        ordered("dep_1", return_url=BACK, cancel_url=wrong, now=NOON)
    assert refusal.value.metadata["field"] == "cancel_url"


@pytest.mark.parametrize(
    ("body", "state", "code"),
    [
        (session("open", None), IncomingState.NEEDS_PAYER, ""),
        (session("open", "pi_1"), IncomingState.PENDING, ""),
        (session("open", intent("requires_payment_method")), IncomingState.NEEDS_PAYER, ""),
        (session("expired", None), IncomingState.FAILED, "checkout_expired"),
        (session("expired", intent("canceled")), IncomingState.CANCELED, ""),
        (session("expired", "pi_1"), IncomingState.PENDING, ""),
        (session("complete", intent("processing")), IncomingState.PENDING, ""),
        # A bank that says no after the page is done: nobody can try again there.
        (
            session(
                "complete",
                intent("requires_payment_method", last_payment_error={"code": "no_account"}),
            ),
            IncomingState.FAILED,
            "no_account",
        ),
    ],
)
def test_a_page_and_its_payment_are_one_state(
    body: dict[str, Any], state: IncomingState, code: str
) -> None:
    found = answers.session(body)
    assert (found.state, found.failure_code, found.deposit_id) == (state, code, "dep_1")


def test_a_page_that_was_read_before_its_payment_is_known_changes_nothing() -> None:
    """G12: the page's older state comes after the payment's newer one."""
    opened = asked().seen(answers.session(session("open", None)))
    assert (opened.state, opened.needs_payer, opened.rail_id) == (DepositState.PENDING, True, "")
    assert opened.checkout is not None
    assert opened.checkout.url == PAGE.url
    paid = opened.seen(answers.payment(intent("processing")))
    assert (paid.rail_id, paid.needs_payer, paid.client_secret) == ("pi_1", False, "")
    assert paid.seen(answers.session(session("open", None))) is paid


def test_a_payment_of_another_amount_is_none_of_ours() -> None:
    """G5: what a page took instead of what was asked for is for a person to look at."""
    body = session("open", None) | {"amount_total": 499}
    found = asked().seen(answers.session(body))
    assert (found.state, found.code) == (DepositState.FAILED, "object_differs")
    assert found.checkout is not None
    assert found.checkout.url == ""


def test_another_session_does_not_take_the_pages_place() -> None:
    page = Checkout(return_url=BACK, cancel_url=BACK, expires_at=NOON).seen(PAGE, is_open=True)
    assert page.seen(HostedPage(session_id="cs_2", url="x"), is_open=True) == page
    assert page.seen(None, is_open=True) == page
    assert page.seen(PAGE, is_open=False).url == ""


def test_news_of_a_top_up_has_no_page() -> None:
    plain = Deposit(
        deposit_id="dep_2", client_id="org_a", currency="USD", amount_minor=500, created_at=NOON
    ).begun(now=NOON)
    found = plain.seen(
        Incoming(
            rail_id="tu_1",
            deposit_id="dep_2",
            state=IncomingState.PENDING,
            amount_minor=500,
            currency="USD",
        )
    )
    assert (found.checkout, found.rail_id) == (None, "tu_1")
