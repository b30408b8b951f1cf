"""Commands about clients' money and its papers: what they ask for, and what they leave behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.sdk.commanding import answer_with, run

pytestmark = pytest.mark.usefixtures("nobody")

PDF = b"%PDF-1.7 \xff\x00"
CONTENT = '{"form":1,"number":"INV-000001"}'
TRANSFER = {
    "bank_transfer_id": "btr_1",
    "client_id": "org_1",
    "amount": {"amount_minor": 25_000, "currency": "USD", "fraction": 0},
    "state": "BANK_TRANSFER_STATE_RECORDED",
    "sender": "Ada Ltd",
    "value_date": "2026-03-02",
    "bank_reference": "N1",
    "reason": "",
    "recorded_by": "",
    "confirmed_by": "",
}


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """A platform that has one invoice, also as a file."""
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.path.endswith(":pdf"):
            return httpx.Response(200, content=PDF, headers={"content-type": "application/pdf"})
        return httpx.Response(200, json={"invoice": {"number": "INV-000001", "content": CONTENT}})

    answer_with(handle, monkeypatch)
    return asked


def test_an_invoice_is_had_as_json_and_as_pdf(files: list[httpx.Request]) -> None:
    said = run("invoices", "get", "inv_1")
    assert (said.exit_code, said.stdout) == (0, CONTENT + "\n")
    made = run("invoices", "pdf", "inv_1")
    assert made.exit_code == 0, made.output
    assert Path("INV-000001.pdf").read_bytes() == PDF
    assert [request.url.path for request in files] == [
        "/v1/invoices/inv_1",
        "/v1/invoices/inv_1",
        "/v1/invoices/inv_1:pdf",
    ]


def test_a_transfer_is_recorded_as_the_bank_states_it(
    answers: list[Any], asked: list[httpx.Request]
) -> None:
    answers.append({"bank_transfer": TRANSFER})
    made = run(
        "bank-transfers", "record", "250.00 USD", "--value-date", "2026-03-02",
        "--bank-reference", "N1", "--sender", "Ada Ltd", "--client", "org_1",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    sent = json.loads(asked[0].content)
    assert (sent["amount"]["amount_minor"], sent["bank_reference"]) == (25_000, "N1")
    assert "crewline bank-transfers confirm btr_1" in made.output


def test_funds_say_what_is_set_aside_for_fair_pay(answers: list[Any]) -> None:
    """Held and reserve together are what was paid in for a project."""
    held = {"amount_minor": 19, "fraction": 6276, "currency": "USD"}
    reserve = {"amount_minor": 1, "fraction": 3724, "currency": "USD"}
    hold = {"project_id": "prj_1", "held": held, "reserve": reserve}
    answers.append({"available": [], "holds": [hold]})
    done = run("funds")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[1].split() == ["prj_1", "0.196276", "USD", "0.013724", "USD"]


def test_how_a_payment_came_is_a_word(answers: list[Any]) -> None:
    payment = {
        "payment_id": "dep_1", "amount": TRANSFER["amount"], "method": "PAYMENT_METHOD_TOP_UP",
        "state": "PAYMENT_STATE_SUCCEEDED", "reason": "",
    }  # fmt: skip
    answers.append({"payments": [payment], "next_page_token": ""})
    done = run("payments", "list")
    assert done.stdout.splitlines()[1].split() == ["dep_1", "250.00", "USD", "TOP_UP", "SUCCEEDED"]


def test_details_are_corrected_one_by_one_and_nobody_elses_are_lost(
    answers: list[Any], asked: list[httpx.Request]
) -> None:
    known = {"name": "Ada Ltd", "lines": ["1 Quay"], "city": "Bristol", "tax_number": "GB 1",
             "version": 3, "state_time": "2026-03-02T10:00:00Z"}  # fmt: skip
    answers.extend([{"particulars": known}, {"particulars": {**known, "version": 4}}])
    made = run("billing", "set", "--country", "gb", "--tax-number", "", "--line", "2 Quay")
    assert made.exit_code == 0, made.output
    assert [request.method for request in asked] == ["GET", "POST"]
    assert json.loads(asked[1].content)["particulars"] == {
        "name": "Ada Ltd", "lines": ["2 Quay"], "city": "Bristol", "tax_number": "",
        "country": "GB", "version": 3,
    }  # fmt: skip
    assert "Bristol" in made.output
    assert run("billing", "set").exit_code == 2
    answers.append({"particulars": {"name": "org_1"}})
    assert "nothing was stated yet" in run("billing", "show").output


def test_a_clients_own_tax_is_set_and_told(answers: list[Any], asked: list[httpx.Request]) -> None:
    note = "Reverse charge"
    tax = {"client_id": "org_1", "rate_bps": 0, "note": note, "version": 1}
    answers.extend([{"tax": tax}, {"particulars": {"name": "Ada Ltd", "version": 1, "tax": tax}}])
    made = run("billing", "tax", "org_1", "--bps", "0", "--note", note)
    assert made.exit_code == 0, made.output
    sent = json.loads(asked[0].content)
    assert (sent["client_id"], sent["rate_bps"], sent["note"]) == ("org_1", 0, note)
    assert "0 %: Reverse charge" in made.output


PAYMENT = {
    "payment_id": "dep_1",
    "client_id": "org_1",
    "amount": {"amount_minor": 25_000, "currency": "USD", "fraction": 0},
    "method": "PAYMENT_METHOD_PAYMENT",
    "state": "PAYMENT_STATE_NEEDS_PAYER",
    "reason": "",
    "description": "",
    "provider_id": "",
    "client_secret": "",
    "checkout_url": "https://stripe.example/pay/1",
}


def test_the_address_of_the_page_to_pay_on_is_all_that_is_printed(
    answers: list[Any], asked: list[httpx.Request]
) -> None:
    """For a pipe: what else there is to say goes beside it."""
    answers.append({"payment": PAYMENT})
    made = run("payments", "checkout", "250.00 USD", "--description", "May")
    assert (made.exit_code, made.stdout) == (0, "https://stripe.example/pay/1\n"), made.output
    assert "crewline payments show dep_1" in made.stderr
    body = json.loads(asked[-1].content)
    assert (asked[-1].url.path, body["amount"]["amount_minor"]) == ("/v1/checkouts", 25_000)
    assert body["return_url"].endswith("/client/money/returned")
    answers.append({"payment": {**PAYMENT, "checkout_url": ""}})
    early = run("payments", "checkout", "250.00 USD", "--return-to", "https://a.example/paid")
    assert (early.exit_code, early.stdout) == (0, ""), early.output
    assert "is asked again" in early.stderr
    assert json.loads(asked[-1].content)["return_url"] == "https://a.example/paid"
