"""Account links and what their hosted page does: requirements cleared, capabilities activated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from deploy.local.stripe_sandbox import accounts, banks
from deploy.local.stripe_sandbox.bank_numbers import GOOD_NUMBER, GOOD_ROUTING, Bank, failure_of
from deploy.local.stripe_sandbox.errors import missing, refused
from deploy.local.stripe_sandbox.ids import random_text
from deploy.local.stripe_sandbox.money import currency_of
from deploy.local.stripe_sandbox.objects import Body, Stored
from deploy.local.stripe_sandbox.world import Call, Sandbox

PAGE_PATH: Final = "/_sandbox/onboarding"
_LINK_SECONDS: Final = 300
# Beside its own currency an onboarded account also takes dollars, the platform's currency, and
# keeps what arrives in them; one with a bank account of its own currency alone has it converted.
_PLATFORM_CURRENCY: Final = "usd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One single-use onboarding link."""

    account: str
    refresh_url: str
    return_url: str
    usable: bool


def create_link(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/account_links."""
    params = call.params
    accounts.platform_only(sandbox, call)
    account = accounts.connected(sandbox, params["account"])
    collection = account.body["controller"]["requirement_collection"]
    if params["type"] == "account_update" and collection == "stripe":
        raise refused(
            "You cannot create `account_update` type Account Links for this account. Valid Account "
            "Link types for this account are `account_onboarding`.",
            param="type",
        )
    for name in ("refresh_url", "return_url"):
        if name not in params:
            raise missing(name)
        if urlsplit(params[name]).scheme not in ("http", "https"):
            raise refused("Not a valid URL", code="url_invalid", param=name)
    token = random_text(32)
    now = sandbox.clock.timestamp()
    private = {
        "refresh_url": params["refresh_url"],
        "return_url": params["return_url"],
        "expires_at": now + _LINK_SECONDS,
        "used": False,
    }
    sandbox.objects.add(
        Stored(id=token, kind="account_link", owner=account.id, body={}, private=private)
    )
    return {
        "object": "account_link",
        "created": now,
        "expires_at": now + _LINK_SECONDS,
        "url": f"{sandbox.base_url}{PAGE_PATH}/{token}",
    }


def find_link(sandbox: Sandbox, token: str) -> Link | None:
    """Return the link that a page address names, with whether it may still be used."""
    stored = sandbox.objects.find(token, kind="account_link")
    if stored is None:
        return None
    private = stored.private
    fresh = not private["used"] and sandbox.clock.timestamp() < private["expires_at"]
    return Link(
        account=stored.owner,
        refresh_url=private["refresh_url"],
        return_url=private["return_url"],
        usable=fresh,
    )


def use_link(sandbox: Sandbox, token: str) -> None:
    """Spend a link."""
    stored = sandbox.objects.find(token, kind="account_link")
    if stored is not None:
        stored.private["used"] = True
        sandbox.objects.save(stored)


def complete(
    sandbox: Sandbox, account_id: str, *, number: str = GOOD_NUMBER, currencies: list[str]
) -> Body:
    """Do for an account what its holder does on the hosted page, and return the account."""
    account = accounts.connected(sandbox, account_id)
    own = account.body["default_currency"]
    if not account.private["banks"]:
        for currency in dict.fromkeys(currencies or [own, _PLATFORM_CURRENCY]):
            banks.attach_bank(sandbox, account, _bank(account.body, currency_of(currency), number))
        sandbox.objects.save(account)
    accounts.complete_onboarding(sandbox, account)
    return accounts.render(sandbox, account)


def _bank(account: dict[str, Any], currency: str, number: str) -> Bank:
    return Bank(
        country=account["country"],
        currency=currency,
        routing_number=GOOD_ROUTING if account["country"] == "US" else None,
        number=number,
        failure_code=failure_of(number),
    )
