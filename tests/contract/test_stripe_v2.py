"""The API's second version: shapes by the SDK's types, keys that go on, signed thin events.

The same client as in production calls a sandbox over HTTP.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import stripe
from aiohttp import web
from stripe.v2.core import Account, AccountLink, EventDestination
from stripe.v2.core import Event as ThinEvent
from stripe.v2.money_management import FinancialAccount, OutboundPayment, RecipientVerification

from deploy.local.stripe_sandbox.param_specs_from_sdk import V2_SPECS_PATH, render, v2_specs
from tests.contract.sandbox_process import SECRET_KEY, SandboxProcess, Stripe, body_of
from tests.contract.stripe_types import problems
from tests.waiting import eventually

PAYMENTS = "/v2/money_management/outbound_payments"
INCLUDE: Any = ["configuration.recipient", "identity", "requirements"]
WHOLE: Any = {"include": INCLUDE}
CLOSED_ACCOUNT = "000111111113"
DAY_SECONDS = 86_400


@pytest.fixture
def process(tmp_path: Path) -> Iterator[SandboxProcess]:
    sandbox = SandboxProcess(tmp_path / "stripe.sqlite3", "--rate-limit=0", "--payout-seconds=60")
    yield sandbox.start()
    sandbox.kill()


@pytest.fixture
async def api(process: SandboxProcess) -> AsyncIterator[Stripe]:
    async with aiohttp.ClientSession() as session:
        yield Stripe(process, session)


def recipient_params(**changes: Any) -> Any:
    return {
        "configuration": {
            "recipient": {"capabilities": {"bank_accounts": {"local": {"requested": True}}}}
        },
        "identity": {"country": "ke", "entity_type": "individual"},
        "contact_email": "ada@example.com",
        "display_name": "Ada",
        "dashboard": "none",
        "metadata": {"payee_id": "ctr_1"},
        "include": INCLUDE,
        **changes,
    }


async def financial_account(api: Stripe) -> Any:
    [account] = (await api.client.v2.money_management.financial_accounts.list_async()).data
    return account


async def ready(api: Stripe, *, funds: int = 10_000, number: str = "") -> dict[str, Any]:
    """The parameters of a payment of 1,000 that may be made."""
    if funds:
        await api.top_up(funds)
        await api.control("fund_financial_account", {"amount": funds})
    made = await api.client.v2.core.accounts.create_async(recipient_params())
    body = {"account": made.id} | ({"account_number": number} if number else {})
    await api.control("complete_recipient", body)
    return {
        "amount": {"value": 1_000, "currency": "usd"},
        "from": {"financial_account": (await financial_account(api)).id, "currency": "usd"},
        "to": {"recipient": made.id},
        "statement_descriptor": "CREWLINE",
        "metadata": {"instruction_id": "pay.1", "attempt": "1"},
    }


async def pay(api: Stripe, params: Any, key: str = "pay.1:1:outbound") -> Any:
    money = api.client.v2.money_management
    return await money.outbound_payments.create_async(params, {"idempotency_key": key})


async def balance(api: Stripe) -> tuple[int, int]:
    """What the financial account may spend, and what is on its way."""
    found = (await financial_account(api)).balance
    return found.available["usd"].value, found.outbound_pending["usd"].value


def check(answer: Any, cls: type) -> None:
    assert list(problems(body_of(answer), cls)) == []


def test_the_parameters_are_those_of_the_pinned_client() -> None:
    assert V2_SPECS_PATH.read_text("utf-8") == render(v2_specs())


async def test_every_shape_is_what_the_client_expects(api: Stripe) -> None:
    core, money = api.client.v2.core, api.client.v2.money_management
    made = await core.accounts.create_async(recipient_params())
    check(made, Account)
    link = await core.account_links.create_async(
        {
            "account": made.id,
            "use_case": {
                "type": "account_onboarding",
                "account_onboarding": {
                    "refresh_url": "https://example.com/again",
                    "return_url": "https://example.com/done",
                },
            },
        }
    )
    check(link, AccountLink)
    params = await ready(api)
    check(await core.accounts.retrieve_async(made.id, WHOLE), Account)
    check(await money.financial_accounts.retrieve_async(params["from"]["financial_account"]),
          FinancialAccount)  # fmt: skip
    verified = await money.recipient_verifications.create_async(
        {"recipient": params["to"]["recipient"], "payout_method": "usba_1"}
    )
    check(verified, RecipientVerification)
    payment = await pay(api, params)
    check(payment, OutboundPayment)
    await api.control("clock/advance", {"seconds": 3600})
    posted = await money.outbound_payments.retrieve_async(payment.id)
    check(posted, OutboundPayment)
    assert posted.status == "posted"
    listed = body_of(await money.outbound_payments.list_async({"limit": 1}))
    assert set(listed) == {"data", "next_page_url", "previous_page_url"}
    events = await core.events.list_async({"limit": 100})
    for event in body_of(events)["data"]:
        # The generated type has no related object, because some events have none.
        event.pop("related_object")
        assert list(problems(event, ThinEvent)) == []


async def test_parts_of_an_account_are_shown_to_those_who_ask(api: Stripe) -> None:
    accounts = api.client.v2.core.accounts
    made = await accounts.create_async(recipient_params())
    plain = body_of(await accounts.retrieve_async(made.id))
    assert "configuration" not in plain
    asked = await accounts.retrieve_async(made.id, {"include": ["requirements"]})
    assert len(body_of(asked)["requirements"]["entries"]) == 2


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        (
            {"amount": {"value": "1000", "currency": "usd"}},
            "parameter_invalid_integer",
            "amount.value",
        ),
        ({"to": {}}, "parameter_missing", "to.recipient"),
    ],
)
async def test_wrong_parameters_are_named(
    api: Stripe, change: dict[str, Any], code: str, param: str
) -> None:
    params = await ready(api)
    with pytest.raises(stripe.StripeError) as refused:
        await pay(api, {**params, **change})
    body: Any = refused.value.json_body
    assert refused.value.http_status == 400
    assert (body["error"]["code"], body["error"]["param"]) == (code, param)


async def test_a_failed_key_goes_on_and_a_used_one_makes_nothing_more(api: Stripe) -> None:
    """C3, C5: no refusal and no fault is repeated under a key of the second version."""
    params = await ready(api, funds=0)
    with pytest.raises(stripe._error.InsufficientFundsError):
        await pay(api, params)
    await api.top_up(5_000)
    await api.control("fund_financial_account", {"amount": 5_000})
    fault = {"method": "POST", "path": PAYMENTS, "mode": "500_after_commit", "count": 1}
    await api.control("fail_next", fault)
    with pytest.raises(stripe.APIError):
        await pay(api, params)
    made = await pay(api, params)
    assert await balance(api) == (4_000, 1_000)
    await api.control("clock/advance", {"seconds": 29 * DAY_SECONDS})
    # Not as it was: as it is.
    again = await pay(api, params)
    assert (again.id, again.status) == (made.id, "posted")
    with pytest.raises(stripe.IdempotencyError):
        await pay(api, {**params, "description": "another"})
    await api.control("clock/advance", {"seconds": 2 * DAY_SECONDS})
    assert (await pay(api, params)).id != made.id


async def test_a_call_that_is_undone_leaves_its_key_unused(api: Stripe) -> None:
    params = await ready(api)
    fault = {"method": "POST", "path": PAYMENTS, "mode": "500_before_commit", "count": 1}
    await api.control("fail_next", fault)
    with pytest.raises(stripe.APIError):
        await pay(api, params)
    assert await balance(api) == (10_000, 0)
    await pay(api, params)
    assert await balance(api) == (9_000, 1_000)


async def test_money_is_held_then_leaves_and_may_come_back(api: Stripe) -> None:
    payment = await pay(api, await ready(api))
    assert await balance(api) == (9_000, 1_000)
    await api.control("clock/advance", {"seconds": 3600})
    assert await balance(api) == (9_000, 0)
    said = (await api.control("ledger"))["usd"]
    assert (said["outbound_paid_minor"], said["financial_balance_minor"]) == (1_000, 9_000)
    body = {"outbound_payment": payment.id, "reason": "payout_method_closed"}
    await api.control("return_outbound_payment", body)
    money = api.client.v2.money_management
    returned = await money.outbound_payments.retrieve_async(payment.id)
    check(returned, OutboundPayment)
    assert returned.status_details is not None
    assert returned.status_details.returned is not None
    assert returned.status_details.returned.reason == "payout_method_closed"
    said = (await api.control("ledger"))["usd"]
    assert (said["outbound_paid_minor"], said["conserved"]) == (0, True)


async def test_what_is_processing_may_be_canceled_once(api: Stripe) -> None:
    payment = await pay(api, await ready(api))
    money = api.client.v2.money_management
    canceled = await money.outbound_payments.cancel_async(payment.id)
    check(canceled, OutboundPayment)
    assert await balance(api) == (10_000, 0)
    with pytest.raises(stripe._error.AlreadyCanceledError):
        await money.outbound_payments.cancel_async(payment.id)


async def test_typed_refusals_make_nothing(api: Stripe) -> None:
    params = await ready(api)
    unready = await api.client.v2.core.accounts.create_async(recipient_params())
    with pytest.raises(stripe._error.InvalidPayoutMethodError):
        await pay(api, {**params, "to": {"recipient": unready.id}}, "k1")
    closed = await ready(api, funds=0, number=CLOSED_ACCOUNT)
    payment = await pay(api, closed, "k2")
    await api.control("clock/advance", {"seconds": 3600})
    money = api.client.v2.money_management
    failed = await money.outbound_payments.retrieve_async(payment.id)
    assert failed.status == "failed"
    assert await balance(api) == (10_000, 0)


async def test_pages_follow_their_addresses(api: Stripe) -> None:
    params = await ready(api)
    for place in range(5):
        await pay(api, params, f"k{place}")
    money = api.client.v2.money_management
    first = await money.outbound_payments.list_async(
        {"limit": 2, "recipient": params["to"]["recipient"]}
    )
    found = [one.id async for one in first.auto_paging_iter()]
    assert len(set(found)) == len(found) == 5


async def test_thin_events_are_signed_and_delivered_again_until_taken(api: Stripe) -> None:
    """G12: what a thin event says about its object is nothing but where it is."""
    received: list[tuple[bytes, str]] = []

    async def take(request: web.Request) -> web.Response:
        received.append((await request.read(), request.headers["Stripe-Signature"]))
        return web.Response(status=500 if len(received) == 1 else 200)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        destination = await api.client.v2.core.event_destinations.create_async(
            {
                "name": "payouts",
                "type": "webhook_endpoint",
                "event_payload": "thin",
                "enabled_events": ["v2.money_management.outbound_payment.created"],
                "webhook_endpoint": {"url": f"http://127.0.0.1:{port}/"},
                "include": ["webhook_endpoint.signing_secret"],
            }
        )
        check(destination, EventDestination)
        payment = await pay(api, await ready(api))
        await api.control("clock/advance", {"seconds": 30})
        await eventually(lambda: len(received) == 2, what="the event came twice")
    finally:
        await runner.cleanup()
    assert received[0][0] == received[1][0]
    payload, signature = received[1]
    assert destination.webhook_endpoint is not None
    secret = destination.webhook_endpoint.signing_secret
    client = api.client_with(key=SECRET_KEY)
    event: Any = client.parse_event_notification(payload, signature, secret)
    assert (event.related_object.id, event.type) == (
        payment.id,
        "v2.money_management.outbound_payment.created",
    )
    with pytest.raises(ValueError, match=r"."):
        client.construct_event(payload, signature, secret or "")
