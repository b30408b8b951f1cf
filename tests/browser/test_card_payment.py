"""A person with nothing but a browser pays by card: the console, the provider's page, and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened
from tests.browser.seeding import PASSWORD, Rest
from tests.browser.seeing import look, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

PAYER = "payer@cards.example.com"


@pytest.fixture
def page(open_browser: Opened, stack: dict[str, Any]) -> Iterator[Page]:
    """A new client's, whose pages load and run nothing that their policy refuses."""
    anybody = Rest(str(stack["gateway"]))
    anybody.send(
        "POST",
        "/organisations",
        name="Cards Labs",
        kind="ORGANISATION_KIND_CLIENT",
        email=PAYER,
        person_name="Ada Byron",
        password=PASSWORD,
    )
    anybody.close()
    opened = open_browser().new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda err: complaints.append(str(err)))
    opened.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
    )
    yield opened
    assert complaints == []


def pay_with(page: Page, number: str) -> None:
    """What is typed on the provider's page."""
    page.get_by_label("E-mail address").fill(PAYER)
    page.get_by_label("Card number").fill(number)
    page.get_by_role("button", name="Pay", exact=True).click()


def test_a_client_funds_an_account_by_card(page: Page, stack: dict[str, Any]) -> None:
    """G12, C2: declined, given up and taken up again, proved to the bank, and booked once."""
    sign_in(page, PAYER, PASSWORD)
    page.get_by_role("link", name="Funds").first.click()
    expect(page.get_by_text("No money yet")).to_be_visible()
    page.get_by_role("link", name="Add money").click()
    page.get_by_label("Amount").first.fill("125.00")
    page.get_by_role("button", name="Continue to payment").click()
    look(page, "client-payment")
    page.get_by_role("link", name="Pay at Stripe").click()
    expect(page.get_by_role("heading", name="Pay USD 125.00")).to_be_visible()
    assert not page.url.startswith(str(stack["gateway"]))

    pay_with(page, "4000 0000 0000 0002")
    expect(page.get_by_role("alert")).to_contain_text("declined")
    page.get_by_role("link", name="Back without paying").click()
    expect(page.get_by_text("nothing was taken")).to_be_visible()
    page.get_by_role("link", name="Pay at Stripe").click()
    pay_with(page, "4000002760003184")
    page.get_by_role("button", name="Complete authentication").click()

    # Back at the console, which says so as soon as the provider itself has; nobody reloads it.
    page.wait_for_url("**/client/money/returned?payment_id=dep_*")
    expect(page.get_by_text("The payment has arrived.")).to_be_visible()
    look(page, "client-payment-arrived")
    receipt = page.get_by_role("link", name="Receipt").get_attribute("href")
    file = page.request.get(str(receipt))
    assert file.headers["content-type"] == "application/pdf"
    assert file.body().startswith(b"%PDF")
    page.get_by_role("link", name="Funds").last.click()
    expect(page.get_by_text("125.00").first).to_be_visible()
