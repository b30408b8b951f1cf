"""The financial account that outbound payments come from: its balance, held and spent.

Its money is in the same postings as everybody's. What is on its way is in the running balance's
pending part (`outbound_pending`) until it is posted.
"""

from __future__ import annotations

from typing import Final

from deploy.local.stripe_sandbox import balances
from deploy.local.stripe_sandbox.balances import Movement
from deploy.local.stripe_sandbox.errors import ApiError
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.objects import Body, Stored
from deploy.local.stripe_sandbox.v2.shapes import amount, instant, own, page
from deploy.local.stripe_sandbox.world import Call, Sandbox

KIND: Final = "financial_account"
FUNDED: Final = "received_credit"
PAID: Final = "outbound_payment"
RETURNED: Final = "outbound_payment_return"
_COUNTRY: Final = "US"


def ensure_open(sandbox: Sandbox) -> None:
    """Make the platform's financial account if there is none yet."""
    if not sandbox.objects.all_of(kind=KIND, owner=sandbox.platform, where=[], limit=1):
        with sandbox.database.transaction():
            _open(sandbox)


def _open(sandbox: Sandbox) -> None:
    account_id = new_id("fa")
    body: Body = {
        "id": account_id,
        "object": "v2.money_management.financial_account",
        "country": _COUNTRY,
        "created": instant(sandbox.clock.now()),
        "display_name": None,
        "livemode": False,
        "metadata": {},
        "status": "open",
        "storage": {"holds_currencies": ["usd"], "deposit_insurance_eligibility": []},
        "type": "storage",
    }
    sandbox.objects.add(Stored(id=account_id, kind=KIND, owner=sandbox.platform, body=body))


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v2/money_management/financial_accounts/{id}."""
    return render(sandbox, own(sandbox, call, kind=KIND, noun="financial account"))


def list_accounts(sandbox: Sandbox, call: Call) -> Body:
    """GET /v2/money_management/financial_accounts."""
    found = page(sandbox, call, kind=KIND, where=[])
    bodies = (sandbox.objects.find(body["id"], kind=KIND) for body in found["data"])
    return {**found, "data": [render(sandbox, one) for one in bodies if one is not None]}


def render(sandbox: Sandbox, account: Stored) -> Body:
    """Return an account with its balance."""
    rows = sandbox.database.rows(
        "SELECT currency, available, pending FROM balances WHERE account = ? ORDER BY currency",
        (account.id,),
    ) or [("usd", 0, 0)]
    return {
        **account.body,
        "balance": {
            "available": {currency: amount(free, currency) for currency, free, _ in rows},
            "inbound_pending": {currency: amount(0, currency) for currency, _, _ in rows},
            "outbound_pending": {currency: amount(held, currency) for currency, _, held in rows},
        },
    }


def fund(sandbox: Sandbox, account: Stored, *, value: int, currency: str) -> None:
    """Pay out of the platform's balance into the account."""
    out = Movement(
        account=sandbox.platform,
        currency=currency,
        amount=-value,
        type="payout",
        source=account.id,
        description="To the financial account",
    )
    balances.post(sandbox, out)
    _post(sandbox, account.id, currency, value, kind=FUNDED)
    _change(sandbox, account.id, currency, available=value)


def hold(sandbox: Sandbox, account: Stored, *, value: int, currency: str) -> None:
    """Take money that is about to leave out of what may be spent."""
    if balances.available(sandbox, account.id, currency) < value:
        raise ApiError(
            status=400,
            kind="insufficient_funds",
            code="outbound_payment_insufficient_funds",
            message="The financial account's balance is too low for this outbound payment.",
        )
    _change(sandbox, account.id, currency, available=-value, pending=value)


def release(sandbox: Sandbox, account_id: str, *, value: int, currency: str) -> None:
    """Give back what did not leave."""
    _change(sandbox, account_id, currency, available=value, pending=-value)


def spend(sandbox: Sandbox, account_id: str, *, value: int, currency: str) -> None:
    """Let what was held leave."""
    _post(sandbox, account_id, currency, -value, kind=PAID)
    _change(sandbox, account_id, currency, pending=-value)


def take_return(sandbox: Sandbox, account_id: str, *, value: int, currency: str) -> None:
    """Take back what a bank has sent back."""
    _post(sandbox, account_id, currency, value, kind=RETURNED)
    _change(sandbox, account_id, currency, available=value)


def _post(sandbox: Sandbox, account_id: str, currency: str, value: int, *, kind: str) -> None:
    sandbox.database.run(
        "INSERT INTO postings (txn, account, currency, type, amount) VALUES (?, ?, ?, ?, ?)",
        (new_id("trxn"), account_id, currency, kind, value),
    )


def _change(
    sandbox: Sandbox, account_id: str, currency: str, *, available: int = 0, pending: int = 0
) -> None:
    sandbox.database.run(
        "INSERT INTO balances (account, currency, available, pending) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (account, currency) DO UPDATE SET "
        "available = available + excluded.available, pending = pending + excluded.pending",
        (account_id, currency, available, pending),
    )
