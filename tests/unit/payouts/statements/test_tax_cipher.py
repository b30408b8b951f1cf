"""Tax numbers at rest: readable with the right key for the right payee alone."""

from __future__ import annotations

import dataclasses

import pytest

from services.payouts.ciphers.tax import TaxCipher, TaxKeyInvalid, TaxNumberUnreadable
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.domain.statements.tax_forms import TaxIdType

PERSON = Payee(kind=PayeeKind.CONTRACTOR, payee_id="ctr_1")
OTHER = Payee(kind=PayeeKind.CONTRACTOR, payee_id="ctr_2")
NUMBER = "A012345678Z"
OLD, NEW, LOOKUP = f"k1:{'17' * 32}", f"k2:{'18' * 32}", "42" * 32


def cipher(keys: str = OLD, lookup_key: str = LOOKUP) -> TaxCipher:
    return TaxCipher.of_settings(keys=keys, lookup_key=lookup_key)


def test_a_number_is_sealed_differently_each_time_and_found_by_its_hash() -> None:
    first, second = (
        cipher().seal(NUMBER, payee=payee, country="KE", id_type=TaxIdType.TIN)
        for payee in (PERSON, OTHER)
    )
    assert first.ciphertext != second.ciphertext
    assert first.digest == second.digest
    assert first.last_four == "678Z"
    for one in (first, second):
        assert NUMBER.encode() not in one.ciphertext
        assert NUMBER not in repr(one)
    elsewhere = cipher().seal(NUMBER, payee=PERSON, country="UG", id_type=TaxIdType.TIN)
    keyed_otherwise = cipher(lookup_key="43" * 32).seal(
        NUMBER, payee=PERSON, country="KE", id_type=TaxIdType.TIN
    )
    assert len({first.digest, elsewhere.digest, keyed_otherwise.digest}) == 3


def test_a_new_key_reads_what_the_old_one_sealed_until_that_is_dropped() -> None:
    sealed = cipher().seal(NUMBER, payee=PERSON, country="KE", id_type=TaxIdType.TIN)
    both = cipher(f"{NEW},{OLD}")
    assert both.open(sealed, payee=PERSON, id_type=TaxIdType.TIN) == NUMBER
    anew = both.seal(NUMBER, payee=PERSON, country="KE", id_type=TaxIdType.TIN)
    assert (anew.key_id, anew.digest) == ("k2", sealed.digest)
    with pytest.raises(TaxNumberUnreadable):
        cipher(NEW).open(sealed, payee=PERSON, id_type=TaxIdType.TIN)


def test_a_number_that_was_altered_or_moved_is_not_read() -> None:
    sealed = cipher().seal(NUMBER, payee=PERSON, country="KE", id_type=TaxIdType.TIN)
    with pytest.raises(TaxNumberUnreadable):
        cipher().open(sealed, payee=OTHER, id_type=TaxIdType.TIN)
    flipped = bytes((*sealed.ciphertext[:-1], sealed.ciphertext[-1] ^ 1))
    altered = dataclasses.replace(sealed, ciphertext=flipped)
    with pytest.raises(TaxNumberUnreadable):
        cipher().open(altered, payee=PERSON, id_type=TaxIdType.TIN)


@pytest.mark.parametrize("keys", ["", "k1", "k1:17", f"{OLD},{OLD}", f"k1:{'zz' * 32}"])
def test_what_is_no_key_is_refused_without_being_repeated(keys: str) -> None:
    with pytest.raises(TaxKeyInvalid) as caught:
        cipher(keys)
    assert "17" not in caught.value.message
