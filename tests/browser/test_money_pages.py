"""An operator's pages of clients' money: sent back, converted, settled, and files for a bank."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened
from tests.browser.seeding import PASSWORD, Rest, Seeded, seed
from tests.browser.seeing import look, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

OPERATOR = "operator@money.example.com"


@pytest.fixture
def seeded(stack: dict[str, Any]) -> Iterator[Seeded]:
    """A client that wants some of its money back, and an operator who can sign in."""
    found = seed(stack, name="Refunds")
    made = found.operator.send("POST", "/people", email=OPERATOR, name="Grace Hopper")
    invited = found.operator.send(
        "POST", "/invitations:batchCreate", invitations=[{"person_id": made["person"]["person_id"]}]
    )
    anybody = Rest(found.base)
    anybody.send(
        "POST",
        "/invitations:accept",
        secret=invited["results"][0]["secret"],
        email=OPERATOR,
        password=PASSWORD,
    )
    anybody.close()
    found.client.patiently(
        "POST", "/refunds", amount={"amount_minor": 2_500, "currency": "USD"}, note="to our bank"
    )
    yield found
    found.close()


def test_an_operator_sends_back_and_converts_what_a_client_has(
    open_browser: Opened, seeded: Seeded
) -> None:
    """G15: what is asked back is held, then sent; what is converted says its rate until settled."""
    page: Page = open_browser().new_page()
    sign_in(page, OPERATOR, PASSWORD)
    page.get_by_role("link", name="Refunds").click()
    row = page.get_by_role("row").filter(has_text=seeded.client_id)
    row.get_by_text("Decline", exact=True).click()
    look(page, "operator-refunds-declining")
    row.get_by_text("It was sent").click()
    row.get_by_label("Bank's reference").fill("FT 1")
    look(page, "operator-refunds")
    row.get_by_role("button", name="Note it as sent").click()
    expect(page.get_by_text("noted as sent")).to_be_visible()
    expect(row.get_by_text("FT 1")).to_be_visible()

    page.goto(f"/operator/conversions?client={seeded.client_id}")
    page.get_by_label("Amount").fill("50")
    page.locator("#f-rate").fill("0.9137")
    page.get_by_label("Where the rate is from").fill("ECB")
    page.get_by_role("button", name="Convert").click()
    expect(page.get_by_text("US$50.00 became €45.685.")).to_be_visible()
    row = page.get_by_role("row").filter(has_text=seeded.client_id)
    row.get_by_text("Settle", exact=True).click()
    look(page, "operator-conversions")
    row.get_by_label("What left, in USD").fill("50")
    row.get_by_label("What came, in EUR").fill("45.60")
    row.get_by_label("Bank's rate").fill("0.912")
    row.get_by_label("Bank's reference").fill("bank F7")
    row.get_by_role("button", name="Settle the conversion").click()
    expect(row.get_by_text("Settled")).to_be_visible()
    page.get_by_role("link", name="Payout files").click()
    look(page, "operator-payout-files")

    funds = seeded.client.send("GET", "/funds")
    left = {one["currency"]: int(one["amount_minor"]) for one in funds["available"]}
    assert left["EUR"] == 4_568
