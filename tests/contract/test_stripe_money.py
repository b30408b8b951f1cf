"""Money: whatever is done in whatever order, what came in is still there or was paid out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import requests
import stripe
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.contract.sandbox_process import (
    SECRET_KEY,
    SandboxProcess,
    Stripe,
    account_params,
    body_of,
)

_CURRENCIES = ("usd", "eur")
_FAILURES = {
    "000111111116": "no_account",
    "000111111113": "account_closed",
    "000222222227": "insufficient_funds",
    "000333333335": "debit_not_authorized",
    "000444444440": "invalid_currency",
}


@dataclass(slots=True, kw_only=True)
class Sent:
    """A transfer or a payout, and how much of it has not come back."""

    id: str
    account: str
    currency: str
    left: int


class Money(RuleBasedStateMachine):
    """The sandbox beside a model of dictionaries, over the real client; both must agree."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.http = requests.Session()
        self.sdk = stripe.RequestsClient(session=self.http)
        self.v1 = stripe.StripeClient(
            SECRET_KEY, base_addresses={"api": self.url}, http_client=self.sdk
        ).v1
        self.calls = 0
        self.accounts: list[str] = []
        self.sent: list[Sent] = []
        self.paid: list[Sent] = []
        self.platform = dict.fromkeys(_CURRENCIES, 0)
        self.held: dict[tuple[str, str], int] = {}
        self.paid_out = dict.fromkeys(_CURRENCIES, 0)
        self.base = self.ledger()

    def teardown(self) -> None:
        self.http.close()

    def control(self, path: str, body: Any = None) -> Any:
        method = "GET" if body is None else "POST"
        answer = self.http.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ledger(self) -> Any:
        return self.control("ledger")

    def open_account(self) -> str:
        account = self.v1.accounts.create(account_params())  # type: ignore[arg-type]
        self.control(
            "complete_onboarding", {"account": account.id, "currencies": list(_CURRENCIES)}
        )
        return account.id

    @initialize()
    def open_accounts(self) -> None:
        # What the last example left over goes out of the way: the same steps must always be
        # allowed or refused alike.
        rest = self.open_account()
        for currency in _CURRENCIES:
            left = self.base.get(currency, {}).get("platform_balance_minor", 0)
            if left:
                self.v1.transfers.create(
                    {"amount": left, "currency": currency, "destination": rest}
                )
        self.base = self.ledger()
        self.accounts = [self.open_account() for _ in range(2)]
        for currency in _CURRENCIES:
            self.top_up(amount=300, currency=currency)

    def do(self, call: Callable[[], Any], *, allowed: bool) -> Any:
        if allowed:
            return call()
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            call()
        assert refusal.value.code == "balance_insufficient"
        return None

    @rule(amount=st.integers(1, 200), currency=st.sampled_from(_CURRENCIES))
    def top_up(self, amount: int, currency: str) -> None:
        self.v1.topups.create({"amount": amount, "currency": currency})
        self.platform[currency] += amount

    @rule(
        amount=st.integers(1, 150),
        currency=st.sampled_from(_CURRENCIES),
        to=st.integers(0, 1),
        twice=st.booleans(),
    )
    def transfer(self, amount: int, currency: str, to: int, twice: bool) -> None:
        self.calls += 1
        key = f"{self.accounts[0]}-{self.calls}"
        account = self.accounts[to]
        before = self.base.get(currency, {}).get("platform_balance_minor", 0)
        allowed = before + self.platform[currency] >= amount
        done = None
        for _ in range(2 if twice else 1):
            done = self.do(
                lambda: self.v1.transfers.create(
                    {"amount": amount, "currency": currency, "destination": account},
                    {"idempotency_key": key},
                ),
                allowed=allowed,
            )
        if done is not None:
            self.sent.append(Sent(id=done.id, account=account, currency=currency, left=amount))
            self.platform[currency] -= amount
            self.held[account, currency] = self.held.get((account, currency), 0) + amount

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 100), share=st.sampled_from([0.3, 1.0, 1.2]))
    def reverse(self, which: int, share: float) -> None:
        sent = self.sent[which % len(self.sent)]
        amount = max(int(sent.left * share), 1)

        def call() -> Any:
            return self.v1.transfers.reversals.create(sent.id, {"amount": amount})

        if amount > sent.left:
            with pytest.raises(stripe.InvalidRequestError):
                call()
        elif self.do(call, allowed=self.held[sent.account, sent.currency] >= amount) is not None:
            sent.left -= amount
            self.held[sent.account, sent.currency] -= amount
            self.platform[sent.currency] += amount

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 100), share=st.sampled_from([0.4, 1.0, 1.1]))
    def pay_out(self, which: int, share: float) -> None:
        # In the order of their opening: by id they would come in another order every time.
        pots = [(a, c) for a in self.accounts for c in _CURRENCIES if (a, c) in self.held]
        account, currency = pots[which % len(pots)]
        held = self.held[account, currency]
        amount = max(int(held * share), 1)
        done = self.do(
            lambda: self.v1.payouts.create(
                {"amount": amount, "currency": currency}, {"stripe_account": account}
            ),
            allowed=held >= amount,
        )
        if done is not None:
            self.paid.append(Sent(id=done.id, account=account, currency=currency, left=amount))
            self.held[account, currency] -= amount
            self.paid_out[currency] += amount

    @precondition(lambda self: self.paid)
    @rule(which=st.integers(0, 100), late=st.booleans())
    def send_back(self, which: int, late: bool) -> None:
        payout = self.paid.pop(which % len(self.paid))
        if late:
            self.let_time_pass()
        self.control("fail_payout", {"payout": payout.id, "failure_code": "account_closed"})
        self.held[payout.account, payout.currency] += payout.left
        self.paid_out[payout.currency] -= payout.left

    @rule()
    def let_time_pass(self) -> None:
        self.control("clock/advance", {"seconds": 3600})

    @invariant()
    def nothing_is_lost_or_made(self) -> None:
        ledger = self.ledger()
        for currency in _CURRENCIES:
            now, base = ledger.get(currency), self.base.get(currency)
            if now is None:
                assert self.platform[currency] == 0
                continue
            assert now["conserved"], now
            before = base or dict.fromkeys(now, 0)
            gained = now["platform_balance_minor"] - before["platform_balance_minor"]
            assert gained == self.platform[currency]
            for account in self.accounts:
                held = now["connected_balances_minor"].get(account, 0)
                assert held == self.held.get((account, currency), 0)
            assert now["paid_out_minor"] - before["paid_out_minor"] == self.paid_out[currency]
            sums = "platform_balance_minor", "connected_balance_minor", "paid_out_minor"
            assert sum(now[name] for name in sums) == now["topped_up_minor"]


def test_money_is_conserved(new_process: Callable[..., SandboxProcess]) -> None:
    Money.url = new_process().url
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            # Over HTTP shrinking would outlast the test's limit; thirty steps are readable as is.
            phases=[Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("number", _FAILURES)
async def test_a_bank_that_refuses_sends_the_money_back(api: Stripe, number: str) -> None:
    account = await api.ready_account(number=number)
    as_account = {"stripe_account": account.id}
    await api.top_up(1_000)
    await api.v1.transfers.create_async(
        {"amount": 600, "currency": "usd", "destination": account.id}
    )
    payout = await api.v1.payouts.create_async({"amount": 600, "currency": "usd"}, as_account)
    failed = await api.settled(payout.id, account.id)
    assert (failed.status, failed.failure_code) == ("failed", _FAILURES[number])
    assert failed.failure_message
    back = await api.v1.balance_transactions.retrieve_async(
        failed.failure_balance_transaction, None, as_account
    )
    assert (back.type, back.net, back.source) == ("payout_failure", 600, payout.id)
    assert account.external_accounts is not None
    bank = await api.v1.accounts.external_accounts.retrieve_async(
        account.id, account.external_accounts.data[0].id
    )
    assert bank.status == "errored"
    ledger = (await api.control("ledger"))["usd"]
    assert ledger["connected_balances_minor"][account.id] == 600
    assert ledger["paid_out_by_account_minor"][account.id] == 0


async def test_a_new_bank_account_takes_the_payout(api: Stripe) -> None:
    account = await api.ready_account(number="000111111113")
    await api.top_up(1_000)
    await api.v1.transfers.create_async(
        {"amount": 600, "currency": "usd", "destination": account.id}
    )
    await api.v1.accounts.update_async(account.id, {"external_account": "btok_us_verified"})
    payout = await api.v1.payouts.create_async(
        {"amount": 600, "currency": "usd"}, {"stripe_account": account.id}
    )
    assert (await api.settled(payout.id, account.id)).status == "paid"


async def test_a_paid_payout_may_still_come_back(api: Stripe) -> None:
    account = await api.ready_account()
    await api.top_up(1_000)
    await api.v1.transfers.create_async(
        {"amount": 600, "currency": "usd", "destination": account.id}
    )
    payout = await api.v1.payouts.create_async(
        {"amount": 600, "currency": "usd"}, {"stripe_account": account.id}
    )
    assert (await api.settled(payout.id, account.id)).status == "paid"
    body = await api.control("fail_payout", {"payout": payout.id, "failure_code": "no_account"})
    assert (body["status"], body["failure_code"]) == ("failed", "no_account")
    balance = body_of(await api.v1.balance.retrieve_async(None, {"stripe_account": account.id}))
    assert balance["available"][0]["amount"] == 600


async def test_a_cancelled_payout_gives_its_money_back_once(api: Stripe) -> None:
    account = await api.ready_account()
    as_account = {"stripe_account": account.id}
    await api.top_up(1_000)
    await api.v1.transfers.create_async(
        {"amount": 600, "currency": "usd", "destination": account.id}
    )
    payout = await api.v1.payouts.create_async({"amount": 600, "currency": "usd"}, as_account)
    cancelled = await api.v1.payouts.cancel_async(payout.id, None, as_account)
    assert cancelled.status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="pending"):
        await api.v1.payouts.cancel_async(payout.id, None, as_account)
    await api.control("clock/advance", {"seconds": 3600})
    after = await api.v1.payouts.retrieve_async(payout.id, None, as_account)
    assert after.status == "canceled"
    ledger = (await api.control("ledger"))["usd"]
    assert ledger["connected_balances_minor"][account.id] == 600


async def test_a_top_up_that_its_bank_refuses_adds_nothing(api: Stripe) -> None:
    before = (await api.control("ledger")).get("usd", {}).get("topped_up_minor", 0)
    topup = await api.v1.topups.create_async(
        {"amount": 500, "currency": "usd", "source": "btok_us_verified_insufficientFunds"}
    )
    assert (topup.status, topup.failure_code) == ("failed", "insufficient_funds")
    assert (await api.control("ledger")).get("usd", {}).get("topped_up_minor", 0) == before


async def test_recipients_wait_for_their_money(
    new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession
) -> None:
    api = Stripe(new_process("--recipient-hold-seconds=86400"), session)
    account = await api.ready_account(
        country="KE", tos_acceptance={"service_agreement": "recipient"}
    )
    as_account = {"stripe_account": account.id}
    await api.top_up(1_000)
    await api.v1.transfers.create_async(
        {"amount": 600, "currency": "usd", "destination": account.id}
    )
    held = body_of(await api.v1.balance.retrieve_async(None, as_account))
    assert (held["available"][0]["amount"], held["pending"][0]["amount"]) == (0, 600)
    with pytest.raises(stripe.InvalidRequestError) as early:
        await api.v1.payouts.create_async({"amount": 600, "currency": "usd"}, as_account)
    assert early.value.code == "balance_insufficient"
    assert (await api.control("ledger"))["usd"]["conserved"]
    await api.control("clock/advance", {"seconds": 86400})
    free = body_of(await api.v1.balance.retrieve_async(None, as_account))
    assert (free["available"][0]["amount"], free["pending"][0]["amount"]) == (600, 0)
    told = await api.v1.events.list_async({"type": "balance.available"}, as_account)
    assert told.data[0].data.object["available"][0]["amount"] == 600
    payout = await api.v1.payouts.create_async({"amount": 600, "currency": "usd"}, as_account)
    assert (await api.settled(payout.id, account.id)).status == "paid"
