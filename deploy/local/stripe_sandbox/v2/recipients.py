"""Recipients: accounts that may be paid once they have told who they are and where they bank."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from deploy.local.stripe_sandbox.bank_numbers import GOOD_NUMBER, failure_of
from deploy.local.stripe_sandbox.countries import DEFAULT_CURRENCIES
from deploy.local.stripe_sandbox.errors import ApiError, refused
from deploy.local.stripe_sandbox.ids import new_account_id, new_id, random_text
from deploy.local.stripe_sandbox.objects import Body, Stored
from deploy.local.stripe_sandbox.v2 import thin_events
from deploy.local.stripe_sandbox.v2.shapes import instant, not_found, own, page
from deploy.local.stripe_sandbox.world import Call, Sandbox

KIND: Final = "recipient"
LINK: Final = "recipient_link"
PAGE_PATH: Final = "/_sandbox/recipient"
_LINK_SECONDS: Final = 300
# Shown only to those who ask for them by `include`.
_INCLUDED: Final = ("configuration", "defaults", "future_requirements", "identity", "requirements")
_DUE: Final = "identity.individual.address"
_BANK: Final = "configuration.recipient.default_outbound_destination"


def create(sandbox: Sandbox, call: Call) -> Body:
    """POST /v2/core/accounts, of recipients only."""
    params = call.params
    recipient = params.get("configuration", {}).get("recipient")
    if recipient is None:
        raise refused("The sandbox opens recipients only.", param="configuration.recipient")
    country = str(params.get("identity", {}).get("country", "")).upper()
    if country not in DEFAULT_CURRENCIES:
        raise refused(
            f"Recipients in '{country}' are not supported.",
            code="country_unsupported",
            param="identity.country",
        )
    requested = recipient.get("capabilities", {}).get("bank_accounts", {})
    account_id = new_account_id()
    body: Body = {
        "id": account_id,
        "object": "v2.core.account",
        "applied_configurations": ["recipient"],
        "closed": False,
        "configuration": {"recipient": {"applied": True, "capabilities": {"bank_accounts": {}}}},
        "contact_email": params.get("contact_email"),
        "created": instant(sandbox.clock.now()),
        "dashboard": params.get("dashboard", "none"),
        "display_name": params.get("display_name"),
        "identity": {
            "country": country,
            "entity_type": params["identity"].get("entity_type", "individual"),
        },
        "livemode": False,
        "metadata": params.get("metadata", {}),
    }
    account = Stored(
        id=account_id,
        kind=KIND,
        owner=call.account,
        body=body,
        private={"requested": list(requested), "method": None},
    )
    _settle(account)
    sandbox.objects.add(account)
    _tell(sandbox, account, "v2.core.account.created")
    return shown(account.body, params)


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v2/core/accounts/{id}."""
    return shown(own(sandbox, call, kind=KIND, noun="account").body, call.params)


def list_accounts(sandbox: Sandbox, call: Call) -> Body:
    """GET /v2/core/accounts: never with what is only included."""
    found = page(sandbox, call, kind=KIND, where=[])
    return {**found, "data": [shown(body, {}) for body in found["data"]]}


def close(sandbox: Sandbox, call: Call) -> Body:
    """POST /v2/core/accounts/{id}/close."""
    account = own(sandbox, call, kind=KIND, noun="account")
    account.body["closed"] = True
    account.body["applied_configurations"] = []
    _settle(account)
    sandbox.objects.save(account)
    _tell(sandbox, account, "v2.core.account.closed")
    return shown(account.body, call.params)


def create_link(sandbox: Sandbox, call: Call) -> Body:
    """POST /v2/core/account_links."""
    account_id = call.params["account"]
    account = sandbox.objects.find(account_id, kind=KIND)
    if account is None or account.owner != call.account:
        raise not_found("account", account_id)
    use_case = call.params["use_case"]
    if use_case["type"] != "account_onboarding" or "account_onboarding" not in use_case:
        raise refused("The sandbox links to onboarding only.", param="use_case.type")
    onboarding = use_case["account_onboarding"]
    for name in ("refresh_url", "return_url"):
        if urlsplit(onboarding.get(name, "")).scheme not in ("http", "https"):
            raise refused(
                "Not a valid URL",
                code="url_invalid",
                param=f"use_case.account_onboarding.{name}",
            )
    token, now = random_text(32), sandbox.clock.now()
    private = {**onboarding, "expires_at": now + _LINK_SECONDS, "used": False}
    sandbox.objects.add(Stored(id=token, kind=LINK, owner=account_id, body={}, private=private))
    return {
        "object": "v2.core.account_link",
        "account": account_id,
        "created": instant(now),
        "expires_at": instant(now + _LINK_SECONDS),
        "livemode": False,
        "url": f"{sandbox.base_url}{PAGE_PATH}/{token}",
        "use_case": use_case,
    }


def complete(sandbox: Sandbox, account_id: str, *, number: str = GOOD_NUMBER) -> Body:
    """Do what a recipient does on the hosted page: tell everything, with this bank account."""
    account = sandbox.objects.find(account_id, kind=KIND)
    if account is None:
        raise ApiError(status=400, message=f"{account_id} is no recipient")
    account.private["method"] = {
        "id": new_id("usba"),
        "last4": number[-4:],
        "failure_code": failure_of(number),
    }
    _settle(account)
    sandbox.objects.save(account)
    prefix = "v2.core.account[configuration.recipient]"
    _tell(sandbox, account, f"{prefix}.capability_status_updated")
    _tell(sandbox, account, "v2.core.account[requirements].updated")
    return account.body


def method_of(account: Stored) -> dict[str, Any] | None:
    """Return where a recipient takes payments, None while they may not."""
    method: dict[str, Any] | None = account.private["method"]
    return None if account.body["closed"] else method


def shown(body: Body, params: dict[str, Any]) -> Body:
    """Return an account as a request sees it: parts only where they are asked for."""
    asked = {name.partition(".")[0] for name in params.get("include", ())}
    return {name: value for name, value in body.items() if name not in _INCLUDED or name in asked}


def _settle(account: Stored) -> None:
    """Write down what follows from what a recipient has told so far."""
    ready = method_of(account) is not None
    detail = {"code": "requirements_past_due", "resolution": "provide_info"}
    capability = {
        "status": "active" if ready else "restricted",
        "status_details": [] if ready else [detail],
    }
    recipient = account.body["configuration"]["recipient"]
    recipient["applied"] = not account.body["closed"]
    recipient["capabilities"]["bank_accounts"] = {
        name: dict(capability) for name in account.private["requested"]
    }
    due = [] if ready else [_DUE, _BANK]
    account.body["requirements"] = {"entries": [_entry(name) for name in due]}


def _entry(description: str) -> Body:
    return {
        "awaiting_action_from": "user",
        "description": description,
        "errors": [],
        "impact": {
            "restricts_capabilities": [
                {
                    "capability": "bank_accounts.local",
                    "configuration": "recipient",
                    "deadline": {"status": "currently_due"},
                }
            ]
        },
        "minimum_deadline": {"status": "currently_due"},
        "requested_reasons": [{"code": "routine_onboarding"}],
    }


def _tell(sandbox: Sandbox, account: Stored, event_type: str) -> None:
    url = f"/v2/core/accounts/{account.id}"
    thin_events.emit(sandbox, event_type, related=account.body, url=url)
