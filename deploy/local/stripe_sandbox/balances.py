"""Money: every movement is a balance transaction, and each account's balance is their sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from deploy.local.stripe_sandbox import events
from deploy.local.stripe_sandbox.errors import refused
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.objects import Body, Stored, equals, in_range
from deploy.local.stripe_sandbox.world import Call, Sandbox, list_body

AVAILABLE_TIMER: Final = "balance.available"
_REPORTING: Final = {
    "payment": "charge",
    "payment_refund": "refund",
    "payout_failure": "payout_reversal",
    "payout_cancel": "payout_reversal",
    "transfer_refund": "transfer_reversal",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One change of one account's balance: negative amounts leave it."""

    account: str
    currency: str
    amount: int
    type: str
    source: str | None
    description: str | None = None
    hold_seconds: float = 0.0
    # What Stripe keeps of the amount; negative where it gives back what it kept.
    fee: int = 0
    # Units of the currency for one of the currency that was sent, where it was converted.
    exchange_rate: float | None = None


def post(sandbox: Sandbox, movement: Movement) -> str:
    """Apply a movement and return the id of its balance transaction."""
    now = sandbox.clock.now()
    held = movement.hold_seconds > 0
    net = movement.amount - movement.fee
    transaction = Stored(
        id=new_id("txn"),
        kind="balance_transaction",
        owner=movement.account,
        body={
            "object": "balance_transaction",
            "amount": movement.amount,
            "available_on": int(now + movement.hold_seconds),
            "balance_type": "payments",
            "created": int(now),
            "currency": movement.currency,
            "description": movement.description,
            "exchange_rate": movement.exchange_rate,
            "fee": movement.fee,
            "fee_details": _fee_details(movement),
            "net": net,
            "reporting_category": _REPORTING.get(movement.type, movement.type),
            "source": movement.source,
            "status": "pending" if held else "available",
            "type": movement.type,
        },
    )
    transaction.body = {"id": transaction.id, **transaction.body}
    sandbox.objects.add(transaction)
    sandbox.database.run(
        "INSERT INTO postings (txn, account, currency, type, amount) VALUES (?, ?, ?, ?, ?)",
        (transaction.id, movement.account, movement.currency, movement.type, net),
    )
    if held:
        _change(sandbox, movement.account, movement.currency, pending=net)
        sandbox.after(movement.hold_seconds, AVAILABLE_TIMER, transaction.id)
    else:
        _change(sandbox, movement.account, movement.currency, available=net)
    return transaction.id


def _fee_details(movement: Movement) -> list[Body]:
    if not movement.fee:
        return []
    return [
        {
            "amount": movement.fee,
            "application": None,
            "currency": movement.currency,
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]


def _change(
    sandbox: Sandbox, account: str, currency: str, *, available: int = 0, pending: int = 0
) -> None:
    sandbox.database.run(
        "INSERT INTO balances (account, currency, available, pending) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (account, currency) DO UPDATE SET "
        "available = available + excluded.available, pending = pending + excluded.pending",
        (account, currency, available, pending),
    )


def release(sandbox: Sandbox, transaction_id: str) -> None:
    """Timer: held money becomes spendable."""
    transaction = sandbox.objects.find(transaction_id, kind="balance_transaction")
    if transaction is None:
        return
    body = transaction.body
    body["status"] = "available"
    sandbox.objects.save(transaction)
    _change(
        sandbox,
        transaction.owner,
        body["currency"],
        available=body["net"],
        pending=-body["net"],
    )
    announce_available(sandbox, transaction.owner)


def announce_available(sandbox: Sandbox, account: str) -> None:
    """Emit `balance.available` with the account's balance as it is now."""
    events.emit(sandbox, account, "balance.available", balance_body(sandbox, account))


def available(sandbox: Sandbox, account: str, currency: str) -> int:
    """Return what an account may spend in one currency."""
    row = sandbox.database.row(
        "SELECT available FROM balances WHERE account = ? AND currency = ?", (account, currency)
    )
    held = 0 if row is None else int(row[0])
    return held - reserved(sandbox, currency) if sandbox.is_platform(account) else held


def reserved(sandbox: Sandbox, currency: str) -> int:
    """Return what the platform answers for: the negative balances of its accounts."""
    row = sandbox.database.row(
        "SELECT coalesce(sum(available + pending), 0) FROM balances "
        "WHERE currency = ? AND available + pending < 0 AND account != ?",
        (currency, sandbox.platform),
    )
    return 0 if row is None else -int(row[0])


def set_available(sandbox: Sandbox, account: str, currency: str, amount: int) -> None:
    """Make an account's available balance what a test wants, by an adjustment that says so."""
    row = sandbox.database.row(
        "SELECT available FROM balances WHERE account = ? AND currency = ?", (account, currency)
    )
    difference = amount - (0 if row is None else int(row[0]))
    if difference:
        post(
            sandbox,
            Movement(
                account=account,
                currency=currency,
                amount=difference,
                type="adjustment",
                source=None,
                description="SET BY A TEST",
            ),
        )


def is_empty(sandbox: Sandbox, account: str) -> bool:
    """Tell whether an account holds nothing, and owes nothing, in any currency."""
    row = sandbox.database.row(
        "SELECT count(*) FROM balances WHERE account = ? AND (available != 0 OR pending != 0)",
        (account,),
    )
    return row is None or row[0] == 0


def balance_body(sandbox: Sandbox, account: str) -> Body:
    """Return an account's balance object."""
    rows = sandbox.database.rows(
        "SELECT currency, available, pending FROM balances WHERE account = ? ORDER BY currency",
        (account,),
    ) or [(default_currency(sandbox, account), 0, 0)]
    kept = dict.fromkeys([str(row[0]) for row in rows], 0)
    if sandbox.is_platform(account):
        kept = {currency: reserved(sandbox, currency) for currency in kept}
    body: Body = {
        "object": "balance",
        "available": [_entry(currency, amount - kept[currency]) for currency, amount, _ in rows],
        "livemode": False,
        "pending": [_entry(currency, amount) for currency, _, amount in rows],
    }
    if sandbox.is_platform(account):
        body["connect_reserved"] = [
            {"amount": amount, "currency": currency} for currency, amount in kept.items()
        ]
    return body


def _entry(currency: str, amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


def default_currency(sandbox: Sandbox, account: str) -> str:
    """Return the currency that an account settles in."""
    found = sandbox.objects.find(account, kind="account")
    return "usd" if found is None else str(found.body["default_currency"])


def retrieve_balance(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/balance."""
    return balance_body(sandbox, call.account)


def list_transactions(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/balance_transactions."""
    params = call.params
    filters = ("type", "currency", "source")
    where = [equals(name, params[name]) for name in filters if name in params]
    if "created" in params:
        where += in_range("created", params["created"])
    if "payout" in params:
        payout = sandbox.objects.get(
            params["payout"], kind="payout", owner=call.account, param="payout", status=400
        )
        if not payout.body["automatic"]:
            raise refused(
                "Balance transaction history can only be filtered on automatic transfers, "
                "not manual.",
                param="payout",
            )
    page = sandbox.objects.page(
        kind="balance_transaction", owner=call.account, params=params, where=where
    )
    return list_body(call.path, [item.body for item in page.items], has_more=page.has_more)


def retrieve_transaction(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/balance_transactions/{id}."""
    return sandbox.objects.get(call.ids["id"], kind="balance_transaction", owner=call.account).body
