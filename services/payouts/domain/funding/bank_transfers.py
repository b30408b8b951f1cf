"""Transfers to the platform's own bank account: announced, recorded, confirmed, booked once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger.money import check_positive, minor_exponent
from services.payouts.domain.ledger.two_persons import TwoPersons

# Neither 0, 1, I, O nor U: none is taken for another, and none makes a word.
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
_PREFIX: Final = "CRW"
_CODE_CHARACTERS: Final = 8
# The largest prime that two characters can count to: one wrong character and two that changed
# places both show.
_MODULUS: Final = 953
# Of the 128 that a part of a key has, less what names the bank.
_RAIL_ID_CHARACTERS_MAX: Final = 123


class BankTransferNotFound(DomainError):
    """No such bank transfer, or another client's."""

    kind, reason = Kind.NOT_FOUND, "BANK_TRANSFER_NOT_FOUND"


class BankReferenceUsed(DomainError):
    """The bank's reference stands for a transfer with other facts."""

    kind, reason = Kind.EXISTS, "BANK_REFERENCE_USED"


class BankTransferStateInvalid(DomainError):
    """The transfer is not in the state that this step needs."""

    kind, reason = Kind.PRECONDITION, "BANK_TRANSFER_STATE_INVALID"


class BankTransferInvalid(DomainError):
    """What was recorded contradicts itself, or what was announced."""

    kind, reason = Kind.INVALID, "BANK_TRANSFER_INVALID"


class TransferReferenceNotFound(DomainError):
    """No client was given this code, or it was mistyped."""

    kind, reason = Kind.NOT_FOUND, "TRANSFER_REFERENCE_NOT_FOUND"


class BankTransferState(StrEnum):
    ANNOUNCED = "announced"
    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


_OPEN: Final = (BankTransferState.ANNOUNCED, BankTransferState.RECORDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFacts:
    """What the bank states of a transfer. `reference` is the bank's, and its natural key."""

    client_id: str
    currency: str
    amount_minor: int
    value_date: date
    reference: str
    sender: str

    def __post_init__(self) -> None:
        check_positive(self.amount_minor)
        minor_exponent(self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankTransfer:
    """A transfer and how far it is; `value_date` and `reference` are known once it is recorded."""

    transfer_id: str
    client_id: str
    currency: str
    amount_minor: int
    sender: str
    created_at: datetime
    state: BankTransferState = BankTransferState.ANNOUNCED
    value_date: str = ""
    reference: str = ""
    reason: str = ""
    recorded_by: str = ""
    confirmed_by: str = ""
    version: int = 1

    def __post_init__(self) -> None:
        check_positive(self.amount_minor)
        minor_exponent(self.currency)

    @property
    def rail_id(self) -> str:
        """Return the bank's reference as a part of ledger keys, which have no blanks or slashes."""
        return rail_id_of(self.reference)

    def recorded(self, facts: BankFacts, *, today: date, by: str) -> BankTransfer:
        """Take over what the bank states, which may differ from what was announced.

        Errors: BankTransferStateInvalid, BankReferenceUsed, BankTransferInvalid.
        """
        if self.state in (BankTransferState.RECORDED, BankTransferState.CONFIRMED):
            if self._states(facts):
                return self
            raise BankReferenceUsed(
                f"{facts.reference} was recorded with other facts",
                field="bank_reference",
                bank_transfer_id=self.transfer_id,
            )
        self._check_state(BankTransferState.ANNOUNCED)
        check_facts(facts, today=today)
        if (facts.client_id, facts.currency) != (self.client_id, self.currency):
            raise BankTransferInvalid(
                "the transfer that was announced is another client's or in another currency",
                field="bank_transfer_id",
                bank_transfer_id=self.transfer_id,
            )
        return self._changed(
            state=BankTransferState.RECORDED,
            amount_minor=facts.amount_minor,
            value_date=facts.value_date.isoformat(),
            reference=facts.reference,
            sender=facts.sender,
            recorded_by=by,
        )

    def confirmed(self, *, by: str, two_persons: TwoPersons) -> BankTransfer:
        """Say that it is so. Errors: BankTransferStateInvalid, SecondPersonNeeded."""
        if self.state is BankTransferState.CONFIRMED:
            return self
        self._check_state(BankTransferState.RECORDED)
        two_persons.check(first=self.recorded_by, second=by, what="recorded")
        return self._changed(state=BankTransferState.CONFIRMED, confirmed_by=by)

    def rejected(self, *, reason: str, by: str) -> BankTransfer:
        """Say that it is none. Errors: BankTransferStateInvalid."""
        if self.state is BankTransferState.REJECTED and self.reason == reason:
            return self
        self._check_state(*_OPEN)
        return self._changed(state=BankTransferState.REJECTED, reason=reason, confirmed_by=by)

    def _states(self, facts: BankFacts) -> bool:
        return (
            self.client_id,
            self.currency,
            self.amount_minor,
            self.value_date,
            self.reference,
            self.sender,
        ) == (
            facts.client_id,
            facts.currency,
            facts.amount_minor,
            facts.value_date.isoformat(),
            facts.reference,
            facts.sender,
        )

    def _check_state(self, *allowed: BankTransferState) -> None:
        if self.state not in allowed:
            raise BankTransferStateInvalid(
                f"the transfer is {self.state}, not {' or '.join(allowed)}",
                bank_transfer_id=self.transfer_id,
                state=self.state.value,
            )

    def _changed(self, **changes: object) -> BankTransfer:
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]


def check_facts(facts: BankFacts, *, today: date) -> None:
    """Pass what a bank can state. Errors: BankTransferInvalid."""
    if facts.value_date > today:
        raise BankTransferInvalid(
            f"{facts.value_date} has not come yet: no bank counts money before its day",
            field="value_date",
            value_date=facts.value_date.isoformat(),
        )


def normal_reference(text: str) -> str:
    """Return a bank's reference as it is compared: blanks and case are how people type."""
    return " ".join(text.upper().split())


def rail_id_of(reference: str) -> str:
    """Return a reference as a part of ledger keys; different ones stay different.

    Of one with so many blanks and slashes that it becomes too long, a hash tells the rest.
    """
    text = "".join(
        letter if letter.isalnum() or letter in "-." else f"_{ord(letter):02x}"
        for letter in reference
    )
    if len(text) <= _RAIL_ID_CHARACTERS_MAX:
        return text
    digest = sha256(reference.encode()).hexdigest()
    return f"{text[: _RAIL_ID_CHARACTERS_MAX - len(digest) - 1]}.{digest}"


def transfer_code(number: int) -> str:
    """Return a client's code from any whole number: eight characters and two that check them."""
    body = ""
    for _ in range(_CODE_CHARACTERS):
        number, place = divmod(number, len(_ALPHABET))
        body = _ALPHABET[place] + body
    return f"{_PREFIX}-{body[:4]}-{body[4:]}-{_check(body)}"


def normal_code(text: str) -> str:
    """Return a code as it was given out. Errors: TransferReferenceNotFound if it is mistyped."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    body = letters.removeprefix(_PREFIX)
    if len(body) == _CODE_CHARACTERS + 2 and all(letter in _ALPHABET for letter in body):
        body, check = body[:_CODE_CHARACTERS], body[_CODE_CHARACTERS:]
        if check == _check(body):
            return f"{_PREFIX}-{body[:4]}-{body[4:]}-{check}"
    raise TransferReferenceNotFound(
        "this is no code of ours; it may be mistyped", field="transfer_reference"
    )


def _check(body: str) -> str:
    # A weighted sum as in ISO 7064: each place has another power of the alphabet's size.
    value = 0
    for letter in body:
        value = (value * len(_ALPHABET) + _ALPHABET.index(letter) + 1) % _MODULUS
    high, low = divmod(value, len(_ALPHABET))
    return _ALPHABET[high] + _ALPHABET[low]
