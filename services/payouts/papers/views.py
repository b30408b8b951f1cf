"""Frozen papers as texts for the templates: nothing is reckoned here, only written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.payouts.domain.papers.billing import NamedBy
from services.payouts.papers.amounts import amount_text
from services.payouts.papers.parties import particulars_lines, titled

_HOW: Final = {
    "topup": "Deposit at the payment provider",
    "payment": "Payment by card or bank",
    "bank_transfer": "Bank transfer",
}
_INVOICE_NOTE: Final = (
    "Lines are exact; their sum is rounded once. Contractors, vendors, the platform and benefits"
    " got what their columns say."
)
_RECEIPT_NOTE: Final = "Money that was received is the client's to spend; it is no charge yet."
_UNKNOWN: Final = {
    NamedBy.REGISTRATION: (
        "When this was issued, the client had stated no billing details: it is named as it is"
        " registered."
    ),
    NamedBy.ID: "When this was issued, the client's name was not known: its id stands for it.",
}
# In characters, what columns of amounts leave of an upright page for the projects.
_UPRIGHT_WIDTH_MAX: Final = 72
_PARTS: Final = (
    ("contractor_pay_units", "Contractors"),
    ("vendor_commission_units", "Vendors"),
    ("platform_fee_units", "Platform"),
    ("benefits_units", "Benefits"),
    ("floor_top_ups_units", "Floors"),
    ("borne_by_platform_units", "Borne by us"),
    ("total_units", "Total"),
)


def view_of(content: Mapping[str, Any], *, sha256: str) -> tuple[str, dict[str, Any]]:
    """The template of a paper, and what it is given."""
    made = {"receipt": _receipt, "invoice": _invoice, "credit_note": _credit_note}
    shown = made[content["kind"]](content)
    shown |= {
        "issuer": particulars_lines(content["issuer"]),
        "client": particulars_lines(content["client"]),
        "foot": f"{content['number']} · SHA-256 of the content {sha256}",
    }
    return ("invoice" if content["kind"] == "invoice" else "receipt"), shown


def _receipt(content: Mapping[str, Any]) -> dict[str, Any]:
    amount = amount_text(content["amount_minor"], content["currency"])
    return {
        "title": f"Receipt {content['number']}",
        "facts": [
            ["Received", _day(content["received_at"])],
            ["By", _HOW.get(content["how"], content["how"])],
            ["Our reference", content["source_id"]],
            ["Provider's reference", content["provider_id"]],
            ["Issued", _day(content["issued_at"])],
            *_references(content["client"]),
        ],
        "sums": [["Amount received", amount]],
        "notes": [_RECEIPT_NOTE, *_unknown(content["client"])],
    }


def _invoice(content: Mapping[str, Any]) -> dict[str, Any]:
    currency = content["currency"]
    fractions = content["units_per_minor"]
    parts = [part for part in _PARTS if any(line[part[0]] for line in content["lines"])]

    def exact(units: int) -> str:
        shown = amount_text(0, currency, fraction=units, fractions=fractions)
        return shown.removesuffix(f" {currency}")

    def whole(minor: int) -> str:
        return amount_text(minor, currency)

    tax = content["tax"]
    sums = [["Net", whole(content["net_minor"])]]
    if tax["rate_bps"]:
        rate = f"{tax['rate_bps'] / 100:g} %"
        sums.append([f"{tax['name']} {rate}", whole(tax["amount_minor"])])
        sums.append(["Total", whole(content["gross_minor"])])
    sums.append(["Paid from funds held", whole(-content["paid_minor"])])
    sums.append(["To pay", whole(content["due_minor"])])
    head = ["Project", "Answers", *(name for _, name in parts)]
    lines = [
        [
            titled(line.get("project_name", ""), line["project_id"]),
            f"{line['answers']:,}",
            *(exact(line[name]) for name, _ in parts),
        ]
        for line in content["lines"]
    ]
    return {
        "title": f"Invoice {content['number']}",
        "wide": _width(head, lines) > _UPRIGHT_WIDTH_MAX,
        "facts": [
            ["For work accepted", f"{_day(content['from'])} until {_day(content['until'])} (UTC)"],
            ["Issued", _day(content["issued_at"])],
            *_references(content["client"]),
            ["Exact total", f"{exact(content['total_units'])} {currency}"],
            ["Amounts in", currency],
        ],
        "head": head,
        "lines": lines,
        "sums": sums,
        "notes": [
            *([tax["note"]] if tax.get("note") else []),
            _INVOICE_NOTE,
            *content.get("notes", ()),
            *_unknown(content["client"]),
        ],
    }


def _width(head: Sequence[str], lines: Sequence[Sequence[str]]) -> int:
    """Of all columns of amounts, in characters."""
    return sum(max(len(row[place]) for row in (head, *lines)) for place in range(1, len(head)))


def _credit_note(content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": f"Credit note {content['number']}",
        "facts": [
            ["Corrects invoice", content["corrects"]],
            ["Reason", content["reason"]],
            ["Issued", _day(content["issued_at"])],
            *_references(content["client"]),
        ],
        "sums": [["Credited", amount_text(content["amount_minor"], content["currency"])]],
        "notes": _unknown(content["client"]),
    }


def _references(client: Mapping[str, Any]) -> list[list[str]]:
    # Papers of before have no order of the client's.
    order = client.get("purchase_order", "")
    return [["Client", client["client_id"]], *([["Purchase order", order]] if order else [])]


def _unknown(client: Mapping[str, Any]) -> list[str]:
    note = _UNKNOWN.get(client.get("named_by", ""))
    return [note] if note else []


def _day(instant: str) -> str:
    return instant[:10]
