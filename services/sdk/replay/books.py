"""What one project's ledger entries come to, and whether each of them is what was agreed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from crewline.payouts.v1 import types_pb2

_PROBLEMS_MAX = 20
_ACCRUAL = "accrual"
_REVERSAL = "accrual_reversal"
_ABSORPTION = "accrual_absorption"
_REPAID = "loss_repaid"
_PARTIES = ("contractor", "vendor", "platform", "benefits")


@dataclass(slots=True, kw_only=True)
class ProjectBooks:
    """Sums over the entries that touch one project's held account.

    held: put aside for the project; released: gone back to its client. The rest was spent, and
    `by_party` says on whom.
    """

    held_account: str
    currency: str
    pay_units: int
    accruals: int = 0
    reversals: int = 0
    held_units: int = 0
    released_units: int = 0
    reserved_units: int = 0
    """Put aside beside it, for pay that comes out below a floor."""
    by_party: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_PARTIES, 0))
    problems: list[str] = field(default_factory=list)
    _entry_ids: set[str] = field(default_factory=set)

    @property
    def earned_units(self) -> int:
        """What contractors and vendors earned: what has to be paid out."""
        return self.by_party["contractor"] + self.by_party["vendor"]

    @property
    def spent_units(self) -> int:
        """What the accepted answers cost the client."""
        return sum(self.by_party.values())

    @property
    def still_held_units(self) -> int:
        """What is still put aside."""
        return self.held_units - self.released_units - self.spent_units

    def fresh(self) -> ProjectBooks:
        """The same project's, empty again."""
        return ProjectBooks(
            held_account=self.held_account, currency=self.currency, pay_units=self.pay_units
        )

    def add(self, entries: Iterable[types_pb2.Entry]) -> None:
        """Takes more entries of the account in; each is taken once."""
        for entry in entries:
            if entry.entry_id in self._entry_ids:
                self._complain(f"entry {entry.entry_id} was listed twice")
                continue
            self._entry_ids.add(entry.entry_id)
            self._take(entry)

    def _take(self, entry: types_pb2.Entry) -> None:
        off = sum(posting.amount_units for posting in entry.postings)
        if off:
            self._complain(f"entry {entry.entry_id} is off balance by {off}")
        if any(posting.currency != self.currency for posting in entry.postings):
            self._complain(f"entry {entry.entry_id} is not in {self.currency}")
        if entry.kind in (_ACCRUAL, _REVERSAL, _ABSORPTION, _REPAID):
            self._take_accrual(entry)
            return
        change = -sum(p.amount_units for p in entry.postings if p.account == self.held_account)
        if change > 0:
            self.held_units += change
            reserve = self.held_account.replace(":held:", ":reserve:")
            self.reserved_units -= sum(
                p.amount_units for p in entry.postings if p.account == reserve
            )
        else:
            self.released_units -= change

    def _take_accrual(self, entry: types_pb2.Entry) -> None:
        sign = 1 if entry.kind in (_ACCRUAL, _REPAID) else -1
        self.accruals += sign == 1
        self.reversals += sign == -1
        for posting in entry.postings:
            if posting.account == self.held_account:
                continue
            parts = posting.account.split(":")
            party = "benefits" if parts[-2] == "benefits" else parts[0]
            if party not in self.by_party:
                self._complain(f"entry {entry.entry_id} gives money to {posting.account}")
                continue
            self.by_party[party] -= posting.amount_units
            if party == "contractor" and posting.amount_units != -sign * self.pay_units:
                self._complain(
                    f"entry {entry.entry_id} pays {-sign * posting.amount_units}, "
                    f"not the agreed {self.pay_units}"
                )

    def _complain(self, what: str) -> None:
        if len(self.problems) < _PROBLEMS_MAX:
            self.problems.append(what)
