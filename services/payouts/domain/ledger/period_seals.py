"""What a closed pay period is sealed with, so that all can see that it stays as it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.chassis.errors import DomainError, Kind

_ROOT_FORM: Final = "crewline-statements-1"
_canonical = json.JSONEncoder(separators=(",", ":")).encode


class PeriodSealed(DomainError):
    """The pay period is closed: what belongs into it now counts into a later one."""

    kind, reason = Kind.PRECONDITION, "PERIOD_SEALED"


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceLine:
    """All balances of one purpose and currency; debits less credits."""

    purpose: str
    currency: str
    amount_units: int
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodSeal:
    """The books as they stood at a block of the chain, and the hash of all statements.

    `as_of`: all that was recorded before that time is in the blocks up to `block_number` and in the
    `balances`; the period's own entries are among it.
    """

    period_id: str
    sealed_at: datetime
    as_of: datetime
    block_number: int
    block_hash: str
    statements: int
    statements_root: str
    balances: tuple[BalanceLine, ...]


class StatementsRoot:
    """One hash over the hashes of all statements of a period, in the order of their ids."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256(f"{_ROOT_FORM}\n".encode())
        self._last_id = ""
        self.statements = 0

    def add(self, statements: Iterable[tuple[str, str]]) -> None:
        """Take (statement_id, body_hash) in order."""
        for statement_id, body_hash in statements:
            if statement_id <= self._last_id:
                raise ValueError(f"{statement_id} is out of order")
            self._last_id = statement_id
            self._digest.update(_canonical((statement_id, body_hash)).encode() + b"\n")
            self.statements += 1

    def root(self) -> str:
        """Return the hash of those that were added."""
        return self._digest.hexdigest()
