"""Tax forms: who may give which, until when they hold, and what waits for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.payouts.domain.payments.bank_details import BankDetails
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.domain.statements.tax_forms import (
    FormState,
    SealedNumber,
    TaxForm,
    TaxFormPolicy,
    TaxIdentity,
    TaxIdentityInvalid,
    TaxIdType,
    check_form,
    facts_of,
    last_four,
    normalised_number,
)

PERSON = Payee(kind=PayeeKind.CONTRACTOR, payee_id="ctr_1")
FIRM = Payee(kind=PayeeKind.VENDOR, payee_id="org_v")
SIGNED_AT = datetime(2026, 5, 31, 23, 59, tzinfo=UTC)


def identity(form: TaxForm = TaxForm.W8BEN) -> TaxIdentity:
    return TaxIdentity(
        payee=PERSON,
        version=1,
        form=form,
        country="KE",
        id_type=TaxIdType.TIN,
        legal_name="Wanjiku Kamau",
        number=SealedNumber(key_id="k1", ciphertext=b"x", digest="d", last_four="678Z"),
        certified_at=SIGNED_AT,
    )


def test_a_w8ben_holds_until_the_end_of_the_third_calendar_year_after_it_was_signed() -> None:
    """The IRS's own example: signed in 2026, it ends with December 31, 2029."""
    form = identity()
    assert form.valid_until == datetime(2030, 1, 1, tzinfo=UTC)
    last_moment = datetime(2030, 1, 1, tzinfo=UTC) - timedelta(microseconds=1)
    assert form.state(at=last_moment) is FormState.VALID
    assert form.state(at=datetime(2030, 1, 1, tzinfo=UTC)) is FormState.EXPIRED
    assert identity(TaxForm.DAC7).valid_until is None


@pytest.mark.parametrize(
    ("payee", "form", "country", "id_type", "number", "rule"),
    [
        (PERSON, TaxForm.W9, "KE", TaxIdType.SSN, "123456789", "w9.country"),
        (PERSON, TaxForm.W9, "US", TaxIdType.TIN, "123456789", "w9.id_type"),
        (PERSON, TaxForm.W9, "US", TaxIdType.SSN, "12345678", "number.us"),
        (FIRM, TaxForm.W9, "US", TaxIdType.SSN, "123456789", "id_type.person"),
        (FIRM, TaxForm.W8BEN, "KE", TaxIdType.TIN, "A0123456Z", "w8ben.person"),
        (PERSON, TaxForm.W8BENE, "KE", TaxIdType.TIN, "A0123456Z", "w8bene.entity"),
        (PERSON, TaxForm.W8BEN, "US", TaxIdType.TIN, "A0123456Z", "w8.country"),
        (PERSON, TaxForm.DAC7, "FR", TaxIdType.EIN, "123456789", "id_type.country"),
    ],
)
def test_a_form_that_does_not_fit_is_refused_by_rule_and_without_the_number(
    payee: Payee, form: TaxForm, country: str, id_type: TaxIdType, number: str, rule: str
) -> None:
    with pytest.raises(TaxIdentityInvalid) as caught:
        check_form(payee, form=form, country=country, id_type=id_type, number=number)
    assert caught.value.metadata["rule"] == rule
    assert number not in repr((caught.value, caught.value.message, caught.value.metadata))


def test_what_people_write_between_the_digits_does_not_count() -> None:
    assert normalised_number(" 123-45 6789 ") == "123456789"
    with pytest.raises(TaxIdentityInvalid) as caught:
        normalised_number("12_34_56")
    assert "12_34_56" not in repr((caught.value.message, caught.value.metadata))


@pytest.mark.parametrize(
    ("number", "shown"),
    [("12345678Z", "678Z"), ("12345678", "5678"), ("12345", "45"), ("1234", "34")],
)
def test_never_more_than_half_of_a_number_is_shown(number: str, shown: str) -> None:
    assert last_four(number) == shown
    details = BankDetails(
        account_holder="A",
        account_number=number,
        bank_code="ABCD",
        bank_name="B",
        bank_country="KE",
    )
    assert details.last_four == shown


def test_payment_waits_only_where_it_is_said_to() -> None:
    """C20: what is missing is told by a code, and nobody else waits for it."""
    at = SIGNED_AT + timedelta(days=1)
    late = datetime(2030, 1, 1, tzinfo=UTC)
    policy = TaxFormPolicy(waiting_countries=frozenset({"KE"}))
    missing = facts_of(PERSON, None, country="KE", at=at)
    elsewhere = facts_of(PERSON, None, country="FR", at=at)
    held = facts_of(PERSON, identity(), country="KE", at=at)
    ended = facts_of(PERSON, identity(), country="KE", at=late)
    assert [policy.refusal(one) for one in (missing, elsewhere, held, ended)] == [
        "TAX_FORM_MISSING", "", "", "TAX_FORM_EXPIRED",
    ]  # fmt: skip
    assert TaxFormPolicy(waiting_countries=frozenset({"*"})).refusal(elsewhere)
    assert not TaxFormPolicy().refusal(missing)
