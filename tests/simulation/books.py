"""What must be true of the money, read from the database and the sandbox and from nobody's word."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from services.payouts.domain.accounts import Purpose, parse
from services.payouts.domain.entries import Entry
from services.payouts.domain.money import units_of
from services.payouts.store.collections import BALANCES, ENTRIES
from services.payouts.store.entry_documents import entry_of
from services.payouts.store.rail_collections import INSTRUCTIONS, STATEMENTS, WEBHOOKS
from tests.simulation.database import SimulatedDatabase
from tests.simulation.stripe_world import StripeWorld


class BooksWrongError(AssertionError):
    """Money is lost, doubled or misplaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What one payee has to have in the bank in the end, in minor units."""

    payee_id: str
    amount_minor: int


def entries_of(database: SimulatedDatabase) -> list[Entry]:
    return [entry_of(document) for document in database.find(ENTRIES)]


def balances_of(database: SimulatedDatabase) -> dict[str, int]:
    """Signed, in units, as stored."""
    return {one["_id"]: one["amount_units"] for one in database.find(BALANCES)}


def check_ledger(database: SimulatedDatabase) -> dict[str, int]:
    """At any moment: it balances, nothing guarded is overdrawn, balances are sums of entries.

    Returns the balances.
    """
    stored = balances_of(database)
    rebuilt: Counter[str] = Counter()
    for entry in entries_of(database):
        for posting in entry.postings:
            rebuilt[posting.account] += posting.amount_units
    _same("balances and the sums of their entries", stored, dict(rebuilt))
    totals: Counter[str] = Counter()
    for name, amount in stored.items():
        account = parse(name)
        totals[account.currency] += amount
        if account.kind.guarded and account.balance_units(amount) < 0:
            raise BooksWrongError(f"{name} is overdrawn by {-account.balance_units(amount)}")
    for currency, total in totals.items():
        _same(f"the trial balance in {currency}", total, 0)
    return stored


def check_nothing_doubled(database: SimulatedDatabase, stripe: StripeWorld) -> None:
    """At any moment: no statement has two living payments, and none stands still for a person."""
    for one in database.find(INSTRUCTIONS):
        _same(f"why {one['_id']} stands still", one["freeze"], "")
    if not stripe.money().get("usd", {"conserved": True})["conserved"]:
        raise BooksWrongError(f"the sandbox lost money: {stripe.money()}")
    totals = {one["_id"]: one["total_minor"] for one in database.find(STATEMENTS)
              if one.get("total_minor")}  # fmt: skip
    living = _living(stripe)
    for statement_id, amounts in living.transfers.items():
        _same(f"transfers of {statement_id}", amounts, [totals.get(statement_id)])
    for statement_id, amounts in living.payouts.items():
        _same(f"payouts of {statement_id}", amounts, [totals.get(statement_id)])


def check_written_first(database: SimulatedDatabase, stripe: StripeWorld) -> None:
    """G9, at any moment: what exists at Stripe, the database knew of before it was asked for."""
    known = {one["_id"]: one for one in database.find(INSTRUCTIONS)}
    for kind in ("transfer", "payout"):
        for one in stripe.all_of(kind):
            said = one.body["metadata"]
            leg = known.get(said["instruction_id"], {}).get(kind)
            if leg is None or (leg["attempt"], leg["state"]) == (int(said["attempt"]), "committed"):
                raise BooksWrongError(f"{one.id} was made before that was written down: {leg}")


def check_paid(database: SimulatedDatabase, stripe: StripeWorld, owed: list[Owed]) -> None:
    """When nothing moves any more: everybody has theirs, once, and nothing is on its way."""
    stored = check_ledger(database)
    check_nothing_doubled(database, stripe)
    # What is less than a minor unit comes up again in the next period.
    statements = database.find(STATEMENTS, {"state": {"$ne": "CARRIED"}})
    states = Counter(one["state"] for one in statements)
    _same("states of statements", set(states) - {"PAID"}, set())
    paid: Counter[str] = Counter()
    for one in statements:
        paid[one["payee_id"]] += one["total_minor"]
    _same("totals of statements", dict(paid), {one.payee_id: one.amount_minor for one in owed})
    living = _living(stripe)
    for of_kind in (living.transfers, living.payouts):
        _same("statements with a payment", sorted(of_kind), [one["_id"] for one in statements])
    for one in database.find(INSTRUCTIONS):
        _same(f"{one['_id']} rests", (one["is_settled"], one["freeze"]), (True, ""))
    _same("webhooks to look into", database.find(WEBHOOKS, {"due_at": {"$exists": True}}), [])
    _check_same_money(stored, stripe.money()["usd"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Living:
    """Amounts of what lives at Stripe, by statement."""

    transfers: dict[str, list[int]]
    payouts: dict[str, list[int]]


def _living(stripe: StripeWorld) -> _Living:
    transfers: dict[str, list[int]] = {}
    for one in stripe.all_of("transfer"):
        left = one.body["amount"] - one.body["amount_reversed"]
        if left:
            transfers.setdefault(one.body["transfer_group"], []).append(left)
    payouts: dict[str, list[int]] = {}
    for one in stripe.all_of("payout"):
        if one.body["status"] not in ("failed", "canceled"):
            statement_id = one.body["metadata"]["instruction_id"].removeprefix("pay.")
            payouts.setdefault(statement_id, []).append(one.body["amount"])
    return _Living(transfers=transfers, payouts=payouts)


def _check_same_money(stored: dict[str, int], said: dict[str, Any]) -> None:
    sums: Counter[Purpose] = Counter()
    for name, amount in stored.items():
        account = parse(name)
        sums[account.kind.purpose] += amount
        if account.kind.clearing:
            _same(f"clearing account {name}", amount, 0)
        if account.kind.purpose is Purpose.STATEMENT:
            _same(f"what is left of {name}", amount, 0)
        if account.kind.purpose is Purpose.RAIL_CONNECTED:
            at_stripe = said["connected_balances_minor"].get(name.split(":")[3], 0)
            _same(f"{name} beside Stripe", amount, units_of(at_stripe))
    for purpose, key in (
        (Purpose.RAIL_PLATFORM, "platform_balance_minor"),
        (Purpose.RAIL_CONNECTED, "connected_balance_minor"),
        (Purpose.RAIL_PAID_OUT, "paid_out_minor"),
        (Purpose.RAIL_TRANSFERRED, "transferred_net_minor"),
    ):
        _same(f"{purpose} beside Stripe's {key}", abs(sums[purpose]), units_of(said[key]))
    _same("payouts in flight at Stripe", said["payouts_in_flight_minor"], 0)


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise BooksWrongError(f"{what}: found {found}, wanted {wanted}")
