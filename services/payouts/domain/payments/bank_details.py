"""Where a payee banks, for payments that a person makes: as the payee gave it, never in clear."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from services.chassis.errors import DomainError, Kind

_NUMBER: Final = re.compile(r"[A-Z0-9]{4,34}")
_CODE: Final = re.compile(r"[A-Z0-9]{3,17}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_TEXT_MAX: Final = 140
_SHOWN: Final = 4


class BankDetailsInvalid(DomainError):
    """A field is not what banks take; the message names the field, never what was in it."""

    kind, reason = Kind.INVALID, "BANK_DETAILS_INVALID"


class BankDetailsUnreadable(DomainError):
    """The key that sealed them is not among the settings', or they were altered."""

    kind, reason = Kind.PRECONDITION, "BANK_DETAILS_UNREADABLE"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BankDetails:
    """An account at a bank. Its representation shows nothing: it may be logged."""

    account_holder: str
    # An IBAN, or the number that the country uses; without spaces.
    account_number: str
    # A BIC, or the country's own routing code.
    bank_code: str
    bank_name: str
    bank_country: str

    def __post_init__(self) -> None:
        _check("account_number", bool(_NUMBER.fullmatch(self.account_number)))
        _check("bank_code", bool(_CODE.fullmatch(self.bank_code)))
        _check("bank_country", bool(_COUNTRY.fullmatch(self.bank_country)))
        for name in ("account_holder", "bank_name"):
            text = getattr(self, name)
            _check(name, 0 < len(text.strip()) <= _TEXT_MAX and text.isprintable())
        if self.account_number[:2].isalpha() and self.account_number[2:4].isdigit():
            _check("account_number", _iban_holds(self.account_number))

    @property
    def last_four(self) -> str:
        # Some numbers have no more than four characters themselves: half of one may be shown.
        return self.account_number[-min(_SHOWN, len(self.account_number) // 2) :]

    def as_dict(self) -> dict[str, str]:
        """Return the fields by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBankDetails:
    """One version of a payee's bank details; earlier ones stay, later ones count."""

    payee_id: str
    version: int
    key_id: str
    ciphertext: bytes
    last_four: str
    given_at: datetime


def normalised(number: str) -> str:
    """Return a number as banks compare it: without spaces and hyphens, in capitals."""
    return number.replace(" ", "").replace("-", "").upper()


def _iban_holds(number: str) -> bool:
    # ISO 13616: the first four characters behind, letters as 10 to 35, modulo 97 is 1.
    digits = "".join(str(int(character, 36)) for character in number[4:] + number[:4])
    return int(digits) % 97 == 1


def _check(field: str, holds: object) -> None:
    if not holds:
        raise BankDetailsInvalid(f"{field} is not what banks take", field=field)
