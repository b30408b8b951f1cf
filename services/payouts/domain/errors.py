"""Everything that the payouts domain refuses, and why."""

from __future__ import annotations

from services.chassis.errors import DomainError, Kind


class InvalidAmount(DomainError):
    """An amount is not a whole number, is zero where it may not be, or too big."""

    kind = Kind.INVALID
    reason = "AMOUNT_INVALID"


class CurrencyMismatch(DomainError):
    """Amounts of two currencies met where only one is allowed."""

    kind = Kind.INVALID
    reason = "CURRENCY_MISMATCH"


class CurrencyUnsupported(DomainError):
    """The currency is unknown, has no minor unit, or the rail does not carry it."""

    kind = Kind.INVALID
    reason = "CURRENCY_UNSUPPORTED"


class RailUnitsInvalid(DomainError):
    """The amount cannot be written in the rail's units without losing or inventing money."""

    kind = Kind.INVALID
    reason = "RAIL_UNITS_INVALID"


class InvalidAccount(DomainError):
    """No account is named like this."""

    kind = Kind.INVALID
    reason = "ACCOUNT_INVALID"


class InvalidEntry(DomainError):
    """The entry is malformed: its key, its postings, its times or its references."""

    kind = Kind.INVALID
    reason = "ENTRY_INVALID"


class EntryUnbalanced(InvalidEntry):
    """Debits and credits of one currency differ."""

    reason = "ENTRY_UNBALANCED"


class EntryConflict(DomainError):
    """The key is taken by an entry with another body: somebody computes it wrongly."""

    kind = Kind.INVALID
    reason = "ENTRY_CONFLICT"

    def __init__(self, *, entry_id: str, known_hash: str, given_hash: str) -> None:
        super().__init__(
            f"entry {entry_id} exists with another body",
            entry_id=entry_id,
            known_hash=known_hash,
            given_hash=given_hash,
        )


class InsufficientFunds(DomainError):
    """The account may not go below zero and would."""

    kind = Kind.PRECONDITION
    reason = "INSUFFICIENT_FUNDS"

    def __init__(self, *, account: str, available: str, needed: str, currency: str) -> None:
        super().__init__(
            f"{account} has {available} of {needed} {currency} needed",
            account=account,
            available=available,
            needed=needed,
            currency=currency,
        )


class InvalidPeriod(DomainError):
    """A pay period's bounds or a booking into it make no sense."""

    kind = Kind.INVALID
    reason = "PERIOD_INVALID"


class PeriodStateInvalid(DomainError):
    """The pay period is not in the state that this step needs."""

    kind = Kind.PRECONDITION
    reason = "PERIOD_STATE_INVALID"


class StatementAltered(DomainError):
    """What is stored is not what was frozen when the statement was made."""

    kind = Kind.PRECONDITION
    reason = "STATEMENT_ALTERED"


class InvalidStatement(DomainError):
    """A statement's lines and totals contradict each other, or there is nothing to pay."""

    kind = Kind.INVALID
    reason = "STATEMENT_INVALID"


class InvalidInstruction(DomainError):
    """A payment instruction is malformed."""

    kind = Kind.INVALID
    reason = "INSTRUCTION_INVALID"


class InstructionStateInvalid(DomainError):
    """The payment instruction is not in the state that this step needs."""

    kind = Kind.PRECONDITION
    reason = "INSTRUCTION_STATE_INVALID"


class InstructionFrozen(DomainError):
    """Something about this payment contradicts itself; only an operator may let it go on."""

    kind = Kind.PRECONDITION
    reason = "INSTRUCTION_FROZEN"
