"""Connected accounts: what is owed, who may accept terms, and what settings change."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.contract.sandbox_process import Stripe, account_params, body_of

_PERSON = {
    "first_name": "Ada",
    "last_name": "Obi",
    "email": "ada@example.com",
    "dob": {"day": 1, "month": 2, "year": 1990},
    "address": {"line1": "1 Main St", "city": "Austin", "postal_code": "73301"},
}
_CUSTOM = {
    "type": "custom",
    "country": "US",
    "business_type": "individual",
    "capabilities": {"transfers": {"requested": True}},
}


async def test_a_platform_may_submit_everything_itself(api: Stripe) -> None:
    account = await api.v1.accounts.create_async(_CUSTOM)
    due = body_of(account)["requirements"]["currently_due"]
    assert "individual.dob.year" in due
    assert "external_account" in due
    changed = await api.v1.accounts.update_async(account.id, {"individual": _PERSON})
    assert changed.requirements.currently_due == [
        "external_account",
        "tos_acceptance.date",
        "tos_acceptance.ip",
    ]
    assert changed.capabilities.transfers == "inactive"
    await api.v1.accounts.update_async(
        account.id, {"tos_acceptance": {"date": 1_700_000_000, "ip": "127.0.0.1"}}
    )
    await api.v1.accounts.external_accounts.create_async(
        account.id, {"external_account": "btok_us_verified"}
    )
    done = body_of(await api.v1.accounts.retrieve_async(account.id))
    assert done["requirements"]["currently_due"] == []
    assert done["capabilities"] == {"transfers": "active"}
    assert (done["payouts_enabled"], done["details_submitted"]) == (True, True)


async def test_a_complete_account_is_ready_from_the_start(api: Stripe) -> None:
    account = await api.v1.accounts.create_async(
        {
            **_CUSTOM,
            "individual": _PERSON,
            "tos_acceptance": {"date": 1_700_000_000, "ip": "127.0.0.1"},
            "external_account": "btok_us_verified",
        }
    )
    assert (account.capabilities.transfers, account.payouts_enabled) == ("active", True)


async def test_a_capability_given_up_stops_transfers(api: Stripe) -> None:
    account = await api.ready_account()
    await api.top_up(1_000)
    await api.v1.accounts.capabilities.update_async(account.id, "transfers", {"requested": False})
    after = await api.v1.accounts.retrieve_async(account.id)
    assert (body_of(after)["capabilities"], after.payouts_enabled) == ({}, False)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await api.v1.transfers.create_async(
            {"amount": 5, "currency": "usd", "destination": account.id}
        )
    assert refusal.value.code == "insufficient_capabilities_for_transfer"
    told = await api.v1.events.list_async(
        {"type": "capability.updated", "limit": 1}, {"stripe_account": account.id}
    )
    assert told.data[0].data.object["status"] == "unrequested"
    assert told.data[0].data.previous_attributes["status"] == "active"


@pytest.mark.parametrize(
    ("country", "currency"), [("KE", "kes"), ("DE", "eur"), ("PH", "php"), ("US", "usd")]
)
async def test_an_onboarded_account_takes_its_own_currency_and_dollars(
    api: Stripe, country: str, currency: str
) -> None:
    account = body_of(await api.ready_account(country=country))
    assert (account["country"], account["default_currency"]) == (country, currency)
    banks = account["external_accounts"]["data"]
    assert {bank["currency"] for bank in banks} == {currency, "usd"}
    assert all(bank["default_for_currency"] for bank in banks)


async def test_a_new_default_bank_account_replaces_the_old(api: Stripe) -> None:
    account = await api.ready_account()
    assert account.external_accounts is not None
    before = account.external_accounts.data[0].id
    after = body_of(
        await api.v1.accounts.update_async(account.id, {"external_account": "btok_us_verified"})
    )
    (bank,) = after["external_accounts"]["data"]
    assert bank["id"] != before
    assert bank["default_for_currency"] is True
    with pytest.raises(stripe.InvalidRequestError, match="cannot delete the default"):
        await api.v1.accounts.external_accounts.delete_async(account.id, bank["id"])


async def test_settings_merge_deeply(api: Stripe) -> None:
    account = await api.v1.accounts.create_async(account_params())
    changes: list[tuple[dict[str, Any], tuple[str, ...], Any]] = [
        (
            {
                "settings": {
                    "payouts": {"schedule": {"interval": "weekly", "weekly_anchor": "friday"}}
                }
            },
            ("settings", "payouts", "schedule"),
            {"interval": "weekly", "delay_days": 2, "weekly_anchor": "friday"},
        ),
        (
            {"settings": {"payouts": {"schedule": {"interval": "manual"}}}},
            ("settings", "payouts", "schedule"),
            {"interval": "manual", "delay_days": 2},
        ),
        (
            {"settings": {"payouts": {"statement_descriptor": "CREWLINE"}}},
            ("settings", "payouts"),
            {
                "debit_negative_balances": True,
                "schedule": {"interval": "manual", "delay_days": 2},
                "statement_descriptor": "CREWLINE",
            },
        ),
        ({"business_profile": {"name": "Ada"}}, ("business_profile", "name"), "Ada"),
        ({"email": "new@example.com"}, ("email",), "new@example.com"),
    ]
    for change, path, expected in changes:
        await api.v1.accounts.update_async(account.id, change)
        held: Any = body_of(await api.v1.accounts.retrieve_async(account.id))
        for step in path:
            held = held[step]
        assert held == expected


async def test_the_terms_of_an_express_account_are_its_holders_to_accept(api: Stripe) -> None:
    account = await api.v1.accounts.create_async(account_params())
    with pytest.raises(stripe.InvalidRequestError, match="on behalf of accounts"):
        await api.v1.accounts.update_async(
            account.id, {"tos_acceptance": {"date": 1_700_000_000, "ip": "127.0.0.1"}}
        )


async def test_a_connected_account_opens_no_accounts(api: Stripe) -> None:
    account = await api.ready_account()
    with pytest.raises(stripe.InvalidRequestError, match="signed up for Connect"):
        await api.v1.accounts.create_async(account_params(), {"stripe_account": account.id})
    itself = await api.v1.accounts.retrieve_current_async(None, {"stripe_account": account.id})
    assert itself.id == account.id
