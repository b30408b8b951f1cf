"""Who payees are to a tax authority: the form, how long it holds, and what waits for it.

The number itself is never here: only its last four characters and what `SealedNumber` hides.

Sources: IRS, Instructions for Form W-8BEN (rev. 10-2021), "Expiration of Form W-8BEN": valid from
the date signed to the last day of the third succeeding calendar year. IRS, Instructions for the
Requester of Form W-9: nine digits, an SSN, an ITIN or an EIN. Directive (EU) 2021/514 (DAC7).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind

TAX_FORM_MISSING: Final = "TAX_FORM_MISSING"
TAX_FORM_EXPIRED: Final = "TAX_FORM_EXPIRED"

ALL_COUNTRIES: Final = "*"
UNITED_STATES: Final = "US"
_LAST: Final = 4
_W8_YEARS: Final = 3
_SEPARATORS: Final = re.compile(r"[\s.\-/]+")
_NUMBER: Final = re.compile(r"[A-Z0-9]{5,32}")
_US_NUMBER: Final = re.compile(r"[0-9]{9}")


class TaxIdentityInvalid(DomainError):
    """The tax form contradicts itself, the payee or the law it follows."""

    kind = Kind.INVALID
    reason = "TAX_IDENTITY_INVALID"


class TaxIdentityNotFound(DomainError):
    """The payee has given no tax form, or it is another's."""

    kind = Kind.NOT_FOUND
    reason = "TAX_IDENTITY_NOT_FOUND"


class TaxForm(StrEnum):
    """The declaration that a payee makes."""

    W9 = "W9"
    W8BEN = "W8BEN"
    W8BENE = "W8BENE"
    DAC7 = "DAC7"
    OTHER = "OTHER"


class TaxIdType(StrEnum):
    """What kind of number it is; `TIN` is any country's own."""

    SSN = "SSN"
    ITIN = "ITIN"
    EIN = "EIN"
    TIN = "TIN"
    VAT = "VAT"


_US_TYPES: Final = frozenset({TaxIdType.SSN, TaxIdType.ITIN, TaxIdType.EIN})
_PERSONS_TYPES: Final = frozenset({TaxIdType.SSN, TaxIdType.ITIN})


class FormState(StrEnum):
    """Whether a form is there and still holds."""

    MISSING = "MISSING"
    VALID = "VALID"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedNumber:
    """A tax number at rest: encrypted under a named key, and hashed under another to be found.

    `digest` is the same for the same country, type and number, whoever gave it.
    """

    key_id: str
    ciphertext: bytes = field(repr=False)
    digest: str = field(repr=False)
    last_four: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxIdentity:
    """One version of what a payee has certified; a correction is a new version."""

    payee: Payee
    version: int
    form: TaxForm
    country: str
    id_type: TaxIdType
    legal_name: str
    number: SealedNumber
    certified_at: datetime

    @property
    def valid_until(self) -> datetime | None:
        """When it ends; None where it holds until it is replaced."""
        return form_end(self.form, certified_at=self.certified_at)

    def state(self, *, at: datetime) -> FormState:
        """Whether it holds then."""
        end = self.valid_until
        return FormState.VALID if end is None or at < end else FormState.EXPIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxFacts:
    """What of a payee decides about taxes; `form` is empty where none holds."""

    payee: Payee
    country: str
    """Of the form while it holds, else where the payee is known to be."""
    state: FormState
    form: TaxForm | None = None


def form_end(form: TaxForm, *, certified_at: datetime) -> datetime | None:
    """Return the first moment at which a form no longer holds, in UTC; None for never."""
    if form is not TaxForm.W8BEN and form is not TaxForm.W8BENE:
        return None
    return datetime(certified_at.astimezone(UTC).year + _W8_YEARS + 1, 1, 1, tzinfo=UTC)


def normalised_number(number: str) -> str:
    """Return it without what people write between its parts, in capitals.

    Errors: TaxIdentityInvalid; the message never repeats the number.
    """
    plain = _SEPARATORS.sub("", number).upper()
    if _NUMBER.fullmatch(plain) is None:
        raise TaxIdentityInvalid(
            "a tax number has 5 to 32 letters and digits", field="number", rule="number.characters"
        )
    return plain


def last_four(number: str) -> str:
    """Return what may be shown of a normalised number: never more than half of it."""
    return number[-min(_LAST, len(number) // 2) :]


def check_form(
    payee: Payee, *, form: TaxForm, country: str, id_type: TaxIdType, number: str
) -> None:
    """Pass if the form fits the payee, and the normalised number the form.

    Errors: TaxIdentityInvalid, naming the field and the rule.
    """
    is_person = payee.kind is PayeeKind.CONTRACTOR
    if form is TaxForm.W9:
        _demand(country == UNITED_STATES, "country", "w9.country", "a W-9 is of the US")
        _demand(id_type in _US_TYPES, "id_type", "w9.id_type", "a W-9 has an SSN, ITIN or EIN")
    else:
        _demand(id_type not in _US_TYPES or form is TaxForm.OTHER, "id_type", "id_type.country",
                "an SSN, ITIN or EIN goes with a W-9")  # fmt: skip
    if form is TaxForm.W8BEN:
        _demand(is_person, "form", "w8ben.person", "a W-8BEN is a person's; firms give a W-8BEN-E")
    if form is TaxForm.W8BENE:
        _demand(not is_person, "form", "w8bene.entity", "a W-8BEN-E is a firm's; give a W-8BEN")
    if form in {TaxForm.W8BEN, TaxForm.W8BENE, TaxForm.DAC7}:
        _demand(country != UNITED_STATES, "country", "w8.country", "US persons give a W-9")
    if id_type in _US_TYPES:
        _demand(_US_NUMBER.fullmatch(number) is not None, "number", "number.us",
                "an SSN, ITIN or EIN has nine digits")  # fmt: skip
    if id_type in _PERSONS_TYPES:
        _demand(is_person, "id_type", "id_type.person", "an SSN or ITIN is a person's")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxFormPolicy:
    """In which countries payment waits for a form; the money stays owed meanwhile."""

    waiting_countries: frozenset[str] = frozenset()

    def refusal(self, facts: TaxFacts) -> str:
        """Return why a payee is not paid yet; empty where nothing waits."""
        waits = {facts.country, ALL_COUNTRIES} & self.waiting_countries
        if not waits or facts.state is FormState.VALID:
            return ""
        return TAX_FORM_EXPIRED if facts.state is FormState.EXPIRED else TAX_FORM_MISSING


def facts_of(payee: Payee, identity: TaxIdentity | None, *, country: str, at: datetime) -> TaxFacts:
    """Put together what decides; `country` is where the payee is known to be otherwise."""
    if identity is None:
        return TaxFacts(payee=payee, country=country, state=FormState.MISSING)
    state = identity.state(at=at)
    if state is FormState.EXPIRED:
        return TaxFacts(payee=payee, country=country or identity.country, state=state)
    return TaxFacts(payee=payee, country=identity.country, state=state, form=identity.form)


def _demand(holds: bool, name: str, rule: str, message: str) -> None:  # noqa: FBT001
    if not holds:
        raise TaxIdentityInvalid(message, field=name, rule=rule)
