from __future__ import annotations

import asyncio
import hashlib
import io
from typing import Any

import pytest
from pypdf import PdfReader

from services.payouts.papers import typesetting
from services.payouts.papers.amounts import amount_text
from services.payouts.papers.typesetting import PaperTooLarge, Typesetter, compile_pdf
from services.payouts.papers.views import view_of

RECEIPT: dict[str, Any] = {
    "title": "Receipt R-000001",
    "issuer": ["Crewline Ltd", "1 Quay Street", "Bristol"],
    "client": ["Ada & Söhne #1", "Grünstraße 5"],
    "facts": [["Received", "2026-03-31"], ["By", "Card payment pay_1"]],
    "sums": [["Amount", "1,250.00 USD"]],
    "notes": ["*not bold* #read(\"/etc/passwd\") $x$"],
    "foot": "SHA-256 0123",
}  # fmt: skip


def text_of(pdf: bytes) -> str:
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split()
    )


def test_a_paper_is_the_same_bytes_whenever_it_is_made() -> None:
    """G17: what was frozen is shown the same for ever; only a new template or typst changes it."""
    first, second = compile_pdf("receipt", RECEIPT), compile_pdf("receipt", dict(RECEIPT))

    assert first == second
    assert PdfReader(io.BytesIO(first)).metadata.get("/CreationDate") is None  # type: ignore[union-attr]
    assert hashlib.sha256(first).hexdigest() == (
        "d22334ad0a54704e2f410d47eda2882a3155d815f47608b5f01875f28998c089"
    )


def test_a_paper_shows_data_and_never_runs_them() -> None:
    text = text_of(compile_pdf("receipt", RECEIPT))

    for shown in ("Crewline Ltd", "Ada & Söhne #1", "1,250.00 USD", "Card payment pay_1"):
        assert shown in text
    assert '*not bold* #read("/etc/passwd") $x$' in text
    assert "root:" not in text


async def test_papers_asked_for_together_are_all_made_and_a_huge_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    typesetter = Typesetter()
    titles = [f"Receipt {place}" for place in range(5)]

    made = await asyncio.gather(
        *(typesetter.pdf("receipt", {**RECEIPT, "title": title}) for title in titles)
    )
    assert all(title in text_of(pdf) for title, pdf in zip(titles, made, strict=True))

    monkeypatch.setattr(typesetting, "DATA_BYTES_MAX", 100)
    with pytest.raises(PaperTooLarge):
        await typesetter.pdf("receipt", RECEIPT)
    monkeypatch.undo()
    # The refusal gave its room back.
    assert await typesetter.pdf("receipt", RECEIPT)


def test_what_was_frozen_before_names_is_shown_as_it_was() -> None:
    """G17: an invoice of the first form has no more to say, and is not refused for it."""
    parts = (
        "contractor_pay_units", "vendor_commission_units", "platform_fee_units", "benefits_units",
        "floor_top_ups_units", "borne_by_platform_units",
    )  # fmt: skip
    line = {"project_id": "prj_1", "answers": 5, "total_units": 6_000_000}
    old = {
        "form": 1, "kind": "invoice", "number": "INV-000001", "issued_at": "2026-12-01T00:00:00Z",
        "issuer": {"name": "Crewline", "lines": [], "tax_number": ""},
        "client": {"client_id": "org_1", "name": "Ada Ltd", "lines": ["Ulm"], "tax_number": "DE1"},
        "currency": "USD", "from": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z",
        "units_per_minor": 10_000, "lines": [line | dict.fromkeys(parts, 1_000_000)],
        "total_units": 6_000_000, "net_minor": 600,
        "tax": {"name": "VAT", "rate_bps": 2000, "amount_minor": 120}, "gross_minor": 720,
        "paid_minor": 600, "due_minor": 120,
    }  # fmt: skip
    template, made = view_of(old, sha256="0123")
    assert made["wide"] is False
    text = text_of(compile_pdf(template, made))
    assert "Ada Ltd Ulm Tax number DE1" in text
    for shown in ("prj_1", "VAT 20 %", "7.20 USD", "0123"):
        assert shown in text
    assert "named" not in text
    # Columns of amounts that leave the projects no room turn the page.
    large = dict.fromkeys(parts, 12_345_678_912_345)
    assert view_of(old | {"lines": [line | large]}, sha256="")[1]["wide"] is True


def test_a_name_that_no_column_holds_is_broken() -> None:
    """Nothing on a page lies over anything else, however long a name is."""
    line = ["n" * 140 + "\nprj_1", *["1,234,567.891234"] * 6]
    shown = RECEIPT | {"wide": True, "head": ["Project", *"abcdef"], "lines": [line]}
    (page,) = PdfReader(io.BytesIO(compile_pdf("invoice", shown))).pages
    assert page.mediabox.width > page.mediabox.height
    parts = [part for part in page.extract_text().split("\n") if set(part) == {"n"}]
    assert sum(len(part) for part in parts) == 140
    assert max(len(part) for part in parts) < 70


@pytest.mark.parametrize(
    ("amount_minor", "fraction", "currency", "shown"),
    [
        (0, 0, "USD", "0.00 USD"),
        (1, 3000, "USD", "0.013 USD"),
        (-1, -3000, "USD", "-0.013 USD"),
        (123456789, 0, "USD", "1,234,567.89 USD"),
        (5, 5000, "JPY", "5.5 JPY"),
        (5, 0, "JPY", "5 JPY"),
        (1, 0, "KWD", "0.001 KWD"),
        (0, 1, "USD", "0.000001 USD"),
    ],
)
def test_amounts_show_every_digit(
    amount_minor: int, fraction: int, currency: str, shown: str
) -> None:
    """G8: what is finer than a cent is on the paper as it is in the ledger."""
    assert amount_text(amount_minor, currency, fraction=fraction, fractions=10_000) == shown
