"""What must be true of the money, read from the database and the sandbox and from nobody's word."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from services.payouts.domain.ledger.accounts import (
    MANUAL_CSV,
    STRIPE,
    STRIPE_GLOBAL,
    Purpose,
    parse,
)
from services.payouts.domain.ledger.entries import Entry
from services.payouts.domain.ledger.money import units_of
from services.payouts.store.collections import BALANCES, ENTRIES
from services.payouts.store.ledger.entry_documents import entry_of
from services.payouts.store.payments.payout_rail_collections import BANK_ORDERS
from services.payouts.store.payments.rail_collections import (
    DEPOSITS,
    INSTRUCTIONS,
    STATEMENTS,
    WEBHOOKS,
)
from tests.simulation.bank import Bank
from tests.simulation.database import SimulatedDatabase
from tests.simulation.stripe_world import StripeWorld

# Which part of an instruction each kind of Stripe's objects is of.
_LEGS: Final = {"transfer": "transfer", "payout": "payout", "outbound_payment": "transfer"}
_RAIL_OF: Final = {
    "transfer": STRIPE,
    "payout": STRIPE,
    "outbound_payment": STRIPE_GLOBAL,
    "order": MANUAL_CSV,
}
_OVER: Final = frozenset({"failed", "canceled", "returned", "reversed"})


class BooksWrongError(AssertionError):
    """Money is lost, doubled or misplaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What one payee has to have in the bank in the end, in minor units, and by which rail."""

    payee_id: str
    amount_minor: int
    rail: str = STRIPE


def entries_of(database: SimulatedDatabase) -> list[Entry]:
    return [entry_of(document) for document in database.find(ENTRIES)]


def balances_of(database: SimulatedDatabase) -> dict[str, int]:
    """Signed, in units, as stored."""
    return {one["_id"]: one["amount_units"] for one in database.find(BALANCES)}


def check_ledger(database: SimulatedDatabase) -> dict[str, int]:
    """At any moment: it balances, nothing guarded is overdrawn, balances are sums of entries.

    And no client has money free while it owes some. Returns the balances.
    """
    stored = balances_of(database)
    rebuilt: Counter[str] = Counter()
    for entry in entries_of(database):
        for posting in entry.postings:
            rebuilt[posting.account] += posting.amount_units
    same("balances and the sums of their entries", stored, dict(rebuilt))
    totals: Counter[str] = Counter()
    for name, amount in stored.items():
        account = parse(name)
        totals[account.currency] += amount
        if account.kind.guarded and account.balance_units(amount) < 0:
            raise BooksWrongError(f"{name} is overdrawn by {-account.balance_units(amount)}")
        if account.kind.purpose is Purpose.CLIENT_OWED and amount > 0:
            available = f"client:{account.part('client')}:available:{account.currency}"
            same(f"{available} beside {name}", stored.get(available, 0), 0)
    for currency, total in totals.items():
        same(f"the trial balance in {currency}", total, 0)
    return stored


def check_nothing_doubled(database: SimulatedDatabase, stripe: StripeWorld, bank: Bank) -> None:
    """At any moment: nothing is paid or asked for twice, and nothing stands still for a person."""
    for one in database.find(INSTRUCTIONS):
        same(f"why {one['_id']} stands still", one["freeze"], "")
    if not stripe.money().get("usd", {"conserved": True})["conserved"]:
        raise BooksWrongError(f"the sandbox lost money: {stripe.money()}")
    same("what the bank was told twice", bank.doubled, [])
    totals = {one["_id"]: one["total_minor"] for one in database.find(STATEMENTS)
              if one.get("total_minor")}  # fmt: skip
    for kind, by_statement in living_payments(database, stripe, bank).items():
        for statement_id, amounts in by_statement.items():
            same(f"{kind}s of {statement_id}", amounts, [totals.get(statement_id)])
    for kind in ("topup", "payment_intent"):
        living = Counter(
            one.body["metadata"]["deposit_id"]
            for one in stripe.all_of(kind)
            if one.body["status"] not in _OVER
        )
        same(
            f"{kind}s of one deposit", {what for what, count in living.items() if count > 1}, set()
        )


def check_written_first(database: SimulatedDatabase, stripe: StripeWorld) -> None:
    """G9, at any moment: what exists at Stripe, the database knew of before it was asked for."""
    known = {one["_id"]: one for one in database.find(INSTRUCTIONS)}
    for kind, leg_name in _LEGS.items():
        for one in stripe.all_of(kind):
            said = one.body["metadata"]
            leg = known.get(said["instruction_id"], {}).get(leg_name)
            if leg is None or (leg["attempt"], leg["state"]) == (int(said["attempt"]), "committed"):
                raise BooksWrongError(f"{one.id} was made before that was written down: {leg}")
    deposits = {one["_id"]: one["state"] for one in database.find(DEPOSITS)}
    for kind in ("topup", "payment_intent"):
        for one in stripe.all_of(kind):
            if deposits.get(one.body["metadata"]["deposit_id"], "committed") == "committed":
                raise BooksWrongError(f"{one.id} was asked for before that was written down")


def check_paid(
    database: SimulatedDatabase, stripe: StripeWorld, bank: Bank, owed: list[Owed]
) -> None:
    """When nothing moves any more: everybody has theirs, once, and nothing is on its way."""
    stored = check_ledger(database)
    check_nothing_doubled(database, stripe, bank)
    # What is less than a minor unit comes up again in the next period.
    statements = database.find(STATEMENTS, {"state": {"$ne": "CARRIED"}})
    states = Counter(one["state"] for one in statements)
    same("states of statements", set(states) - {"PAID"}, set())
    paid: Counter[str] = Counter()
    for one in statements:
        paid[one["payee_id"]] += one["total_minor"]
    same("totals of statements", dict(paid), {one.payee_id: one.amount_minor for one in owed})
    by_file = {one.payee_id: one.amount_minor for one in owed if one.rail == MANUAL_CSV}
    same("what the bank has paid", bank.totals_minor(), by_file)
    rails = {one.payee_id: one.rail for one in owed}
    living = living_payments(database, stripe, bank)
    for kind, rail in _RAIL_OF.items():
        wanted = [one["_id"] for one in statements if rails[one["payee_id"]] == rail]
        same(f"statements with a {kind}", sorted(living[kind]), wanted)
    for one in database.find(INSTRUCTIONS):
        same(f"{one['_id']} rests", (one["is_settled"], one["freeze"]), (True, ""))
    same("webhooks to look into", database.find(WEBHOOKS, {"due_at": {"$exists": True}}), [])
    _check_same_money(stored, stripe, bank)


def living_payments(
    database: SimulatedDatabase, stripe: StripeWorld, bank: Bank
) -> dict[str, dict[str, list[int]]]:
    """Amounts of what lives at Stripe and at the bank, by kind and statement."""
    found: dict[str, dict[str, list[int]]] = {kind: {} for kind in _RAIL_OF}

    def add(kind: str, statement_id: str, amount_minor: int) -> None:
        found[kind].setdefault(statement_id, []).append(amount_minor)

    for one in stripe.all_of("transfer"):
        left = one.body["amount"] - one.body["amount_reversed"]
        if left:
            add("transfer", one.body["transfer_group"], left)
    for one in stripe.all_of("payout"):
        if one.body["status"] not in _OVER:
            statement_id = one.body["metadata"]["instruction_id"].removeprefix("pay.")
            add("payout", statement_id, one.body["amount"])
    for one in stripe.all_of("outbound_payment"):
        if one.body["status"] not in _OVER:
            statement_id = one.body["metadata"]["statement_id"]
            add("outbound_payment", statement_id, one.body["amount"]["value"])
    # All that a bank knows of a payment is its reference.
    orders = database.find(BANK_ORDERS) if bank.paid else []
    statements = {one["_id"]: one["statement_id"] for one in orders}
    for reference, paid in bank.paid.items():
        add("order", statements[reference], paid.amount_minor)
    return found


def _check_same_money(stored: dict[str, int], stripe: StripeWorld, bank: Bank) -> None:
    said = stripe.money()["usd"]
    sums: Counter[tuple[str, Purpose]] = Counter()
    for name, amount in stored.items():
        account = parse(name)
        sums[account.part("rail"), account.kind.purpose] += amount
        if account.kind.clearing:
            same(f"clearing account {name}", amount, 0)
        if account.kind.purpose is Purpose.STATEMENT:
            same(f"what is left of {name}", amount, 0)
        if account.kind.purpose is Purpose.RAIL_CONNECTED:
            at_stripe = said["connected_balances_minor"].get(account.part("account"), 0)
            same(f"{name} beside Stripe", amount, units_of(at_stripe))
    outbound, by_file = said["outbound_paid_minor"], sum(bank.totals_minor().values())
    # What went from the platform's balance to the financial account is no payee's.
    moved = said["paid_out_by_account_minor"].get(stripe.sandbox.platform, 0)
    for rail, purpose, wanted in (
        (STRIPE, Purpose.RAIL_PLATFORM, said["platform_balance_minor"]),
        (STRIPE, Purpose.RAIL_CONNECTED, said["connected_balance_minor"]),
        (STRIPE, Purpose.RAIL_PAID_OUT, said["paid_out_minor"] - moved),
        (STRIPE, Purpose.RAIL_TRANSFERRED, -said["transferred_net_minor"]),
        (STRIPE_GLOBAL, Purpose.RAIL_PLATFORM, said["financial_balance_minor"]),
        (STRIPE_GLOBAL, Purpose.RAIL_PAID_OUT, outbound),
        (STRIPE_GLOBAL, Purpose.RAIL_TRANSFERRED, -outbound),
        (MANUAL_CSV, Purpose.RAIL_PLATFORM, -by_file),
        (MANUAL_CSV, Purpose.RAIL_PAID_OUT, by_file),
        (MANUAL_CSV, Purpose.RAIL_TRANSFERRED, -by_file),
    ):
        same(f"{purpose} of {rail} beside what is there", sums[rail, purpose], units_of(wanted))
    same("payouts in flight at Stripe", said["payouts_in_flight_minor"], 0)


def same(what: str, found: object, wanted: object) -> None:
    """Errors: BooksWrongError."""
    if found != wanted:
        raise BooksWrongError(f"{what}: found {found}, wanted {wanted}")
