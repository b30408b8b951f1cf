"""What a password must be: each rule by name, and nothing beyond the rules."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.accounts.domain.common_passwords import COMMON_PASSWORDS
from services.accounts.domain.errors import PasswordWeak
from services.accounts.domain.passwords import BYTES_MAX, check_password, normalised

EMAIL = "ada.lovelace@example.com"


def _broken(password: str, email: str = EMAIL) -> str:
    try:
        check_password(password, emails=(email,), name="new_password")
    except PasswordWeak as err:
        return err.metadata["rule"]
    return ""


def test_a_refusal_names_the_field_and_says_the_rule_but_not_the_password() -> None:
    with pytest.raises(PasswordWeak) as caught:
        check_password("password123", emails=(EMAIL,), name="new_password")
    assert caught.value.metadata == {"field": "new_password", "rule": "common"}
    assert caught.value.message == "the password is one of the most common ones"


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("", "length"),
        ("ninechars", "length"),
        # Ten code units, nine characters: a letter and its accent are one.
        ("e\u0301clairs!!", "length"),
        ("x" * 255 + "yz", "bytes"),
        ("ä" * 64 + "ö" * 65, "bytes"),
        ("ada.lovelace@example.com", "email"),
        (" ADA.Lovelace@Example.com ", "email"),
        ("Ada.Lovelace", "email"),
        ("aaaaaaaaaaaa", "repeated"),
        ("ababababababa", "repeated"),
        ("xyz12xyz12xyz", "repeated"),
        ("aabbccaabbcc1"[:12].replace("c", "b"), "repeated"),
        ("abcdefghijkl", "sequence"),
        ("zyxwvutsrqpo", "sequence"),
        ("23456789:;<=", "sequence"),
        ("password123", "common"),
        ("PassWord123", "common"),
        ("ｐａｓｓｗｏｒｄ１２３", "common"),
        ("CorrectHorseBatteryStaple", "common"),
    ],
)
def test_a_weak_password_breaks_one_rule(password: str, rule: str) -> None:
    assert _broken(password) == rule


@pytest.mark.parametrize(
    "password",
    [
        "ten chars!",
        "kaffee mit milch",
        "ada.lovelace@example.com!",
        "Пароль-длинный",
        "正しい馬の電池と釘ですよ",
        "x" * 4 + "abcdef" * 42,
        "1234567891",
    ],
)
def test_length_is_enough(password: str) -> None:
    assert _broken(password) == ""


def test_without_an_address_nothing_is_like_it() -> None:
    check_password("kaffee mit milch", emails=("",))


@given(st.text(min_size=1, max_size=60))
def test_what_looks_alike_is_judged_alike(password: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        other = unicodedata.normalize(form, password)
        assert normalised(other) == normalised(password)
        if len(other.encode()) <= BYTES_MAX and len(password.encode()) <= BYTES_MAX:
            assert _broken(other) == _broken(password)


@given(unit=st.text(alphabet=string.printable, min_size=1, max_size=5), length=st.integers(10, 60))
def test_a_few_characters_over_and_over_are_never_enough(unit: str, length: int) -> None:
    assert _broken((unit * length)[:length]) == "repeated"


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=24, max_size=24))
def test_random_ones_are_taken(password: str) -> None:
    assume(len(set(password.casefold())) > 6)
    assert _broken(password) == ""


def test_the_list_is_of_such_as_no_other_rule_refuses_for_their_length() -> None:
    assert 100 <= len(COMMON_PASSWORDS) <= 500
    for password in COMMON_PASSWORDS:
        assert len(password) >= 10, password
        assert password == normalised(password).casefold()
