"""The platform's own bank account as the bank has it: what clients sent, and were sent back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from services.payouts.domain.ledger.accounts import BANK, Purpose, parse
from services.payouts.domain.ledger.money import units_of
from services.payouts.store.funding.bank_transfers import BANK_TRANSFERS
from services.payouts.store.funding.refunds import REFUNDS
from services.payouts.store.papers.papers import PAPERS
from tests.simulation.books import BooksWrongError, balances_of, same
from tests.simulation.database import SimulatedDatabase


@dataclass(slots=True, kw_only=True)
class OwnBank:
    """In minor units; of what has come, only what people agreed on that it is a client's."""

    received_minor: dict[str, int] = field(default_factory=dict)
    """By the bank's references."""
    sent_minor: dict[str, int] = field(default_factory=dict)
    """By refunds: a person at the bank's form sends each as soon as the service takes note."""

    def receive(self, reference: str, amount_minor: int) -> None:
        """Errors: BooksWrongError if it was agreed on before, as another transfer."""
        if reference in self.received_minor:
            raise BooksWrongError(f"{reference} came once, and was agreed on twice")
        self.received_minor[reference] = amount_minor

    def send(self, refund_id: str, amount_minor: int) -> None:
        """Errors: BooksWrongError if it was sent before."""
        if refund_id in self.sent_minor:
            raise BooksWrongError(f"{refund_id} is sent back twice")
        self.sent_minor[refund_id] = amount_minor

    @property
    def net_minor(self) -> int:
        """What it has more than before."""
        return sum(self.received_minor.values()) - sum(self.sent_minor.values())


def check_bank_books(database: SimulatedDatabase) -> None:
    """At any moment: each transfer and each refund is in the books as it is in the records."""
    confirmed = database.find(BANK_TRANSFERS, {"state": "confirmed"})
    refunds = database.find(REFUNDS)
    stored = balances_of(database)
    at_bank_minor = sum(one["amount_minor"] for one in confirmed)
    at_bank_minor -= sum(one["paid_minor"] for one in refunds)
    same("what transfers and refunds left at our bank", _at_bank(stored), units_of(at_bank_minor))
    held: Counter[str] = Counter()
    for name, amount in stored.items():
        account = parse(name)
        if account.kind.purpose is Purpose.CLIENT_HOLD:
            held[account.part("hold")] -= amount
    wanted = {
        one["_id"]: units_of(one["amount_minor"]) if one["state"] == "held" else 0
        for one in refunds
    }
    same("what is held for refunds", dict(held), wanted)
    references = Counter(one["reference"] for one in database.find(BANK_TRANSFERS))
    doubled = {name for name, count in references.items() if name and count > 1}
    same("transfers of one reference", doubled, set())
    receipts = Counter(one["source_id"] for one in database.find(PAPERS, {"kind": "receipt"}))
    for one in confirmed:
        same(f"receipts of {one['_id']}", receipts[one["_id"]], 1)


def check_own_bank(database: SimulatedDatabase, bank: OwnBank) -> None:
    """When nothing moves any more: what the bank has is what the records and the books say."""
    check_bank_books(database)
    confirmed = {
        one["reference"]: one["amount_minor"]
        for one in database.find(BANK_TRANSFERS, {"state": "confirmed"})
    }
    same("what clients have sent to our bank", confirmed, bank.received_minor)
    refunds = database.find(REFUNDS)
    same("refunds that are held", [one["_id"] for one in refunds if one["state"] == "held"], [])
    paid = {one["_id"]: one["paid_minor"] for one in refunds if one["state"] == "paid"}
    same("what our bank has sent back", paid, bank.sent_minor)
    same("our bank's mirror", _at_bank(balances_of(database)), units_of(bank.net_minor))


def _at_bank(stored: dict[str, int]) -> int:
    accounts = {name: parse(name) for name in stored}
    return sum(
        stored[name]
        for name, account in accounts.items()
        if account.kind.purpose is Purpose.RAIL_PLATFORM and account.part("rail") == BANK
    )
