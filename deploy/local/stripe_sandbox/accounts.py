"""Connected accounts: create, read, update, list, delete."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Final

from deploy.local.stripe_sandbox import account_shapes, balances, banks, events, requirements
from deploy.local.stripe_sandbox.countries import DEFAULT_CURRENCIES, country_of
from deploy.local.stripe_sandbox.errors import no_access, refused
from deploy.local.stripe_sandbox.ids import new_account_id, new_id
from deploy.local.stripe_sandbox.metadata import merged
from deploy.local.stripe_sandbox.money import currency_of
from deploy.local.stripe_sandbox.objects import Body, Stored, in_range
from deploy.local.stripe_sandbox.params import Params
from deploy.local.stripe_sandbox.world import Call, Sandbox, list_body

_PLATFORM_COUNTRY: Final = "US"
# Who owns an account that has left the platform.
DEAUTHORIZED: Final = "deauthorized"


def connected(sandbox: Sandbox, account_id: str) -> Stored:
    """Return a connected account, or the 403 that hides whether it exists."""
    found = sandbox.objects.find(account_id, kind="account")
    if found is None or found.owner != sandbox.platform:
        raise no_access(sandbox.settings.secret_key, account_id)
    return found


def platform_only(sandbox: Sandbox, call: Call) -> None:
    """Refuse what only a platform may do when it is asked in a connected account's name."""
    if not sandbox.is_platform(call.account):
        raise refused(
            "You can only create new accounts if you've signed up for Connect, which you can do "
            "at https://dashboard.stripe.com/connect."
        )


def render(sandbox: Sandbox, account: Stored) -> Body:
    """Return an account as it is shown: with the external accounts that it has now."""
    return {**account.body, "external_accounts": banks.embedded_list(sandbox, account.id)}


def announce(sandbox: Sandbox, account: Stored, before: Body) -> None:
    """Save a changed account and emit what changed about it."""
    sandbox.objects.save(account)
    after = render(sandbox, account)
    if after == before:
        return
    events.emit(sandbox, account.id, "account.updated", after, before=before)
    old, new = before["capabilities"], after["capabilities"]
    for name in sorted({**old, **new}):
        if old.get(name) != new.get(name):
            was = capability_body(account, name, status=old.get(name, "unrequested"))
            now = capability_body(account, name)
            events.emit(sandbox, account.id, "capability.updated", now, before=was)


def capability_body(account: Stored, name: str, *, status: str | None = None) -> Body:
    """Return one capability of an account as an object of its own."""
    held = account.body["capabilities"].get(name, "unrequested")
    due = account.body["requirements"]["currently_due"] if held == "inactive" else []
    reason = "requirements.fields_needed" if due else None
    return {
        "id": name,
        "object": "capability",
        "account": account.id,
        "future_requirements": account_shapes.requirements([]),
        "requested": name in account.private["requested"],
        "requested_at": account.body["created"] if name in account.private["requested"] else None,
        "requirements": account_shapes.requirements(due, disabled_reason=reason),
        "status": status or held,
    }


def create(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/accounts."""
    platform_only(sandbox, call)
    params = call.params
    if "type" in params and "controller" in params:
        raise refused(
            "You may not provide the `type` parameter and the `controller` parameter "
            "simultaneously.",
            param="controller",
        )
    country = country_of(params.get("country", _PLATFORM_COUNTRY))
    account_id = new_account_id()
    account = Stored(
        id=account_id,
        kind="account",
        owner=sandbox.platform,
        body=account_shapes.account_body(
            account_id=account_id,
            created=sandbox.clock.timestamp(),
            country=country,
            default_currency=DEFAULT_CURRENCIES[country],
            account_type=params.get("type"),
            controller_body=account_shapes.controller(
                params.get("type"), params.get("controller", {})
            ),
        ),
        private=requirements.new_private(set()),
    )
    sandbox.objects.add(account)
    _apply(sandbox, account, params)
    requirements.settle(sandbox, account)
    sandbox.objects.save(account)
    _verify_at_once(sandbox, account)
    return render(sandbox, account)


def update(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/accounts/{account}."""
    account = connected(sandbox, call.ids["account"])
    with change(sandbox, account):
        _apply(sandbox, account, call.params)
    return render(sandbox, account)


@contextmanager
def change(sandbox: Sandbox, account: Stored) -> Iterator[None]:
    """Settle, save and announce what is done to an account inside."""
    before = render(sandbox, account)
    account.body = deepcopy(account.body)
    yield
    requirements.settle(sandbox, account)
    announce(sandbox, account, before)
    _verify_at_once(sandbox, account)


def provide(account: Stored, fields: set[str]) -> None:
    """Record that required fields have been submitted; the caller saves."""
    account.private["provided"] = sorted({*account.private["provided"], *fields})


def _apply(sandbox: Sandbox, account: Stored, params: Params) -> None:
    body = account.body
    for name in ("business_type", "email"):
        if name in params:
            body[name] = params[name] or None
    body["metadata"] = merged(body["metadata"], params)
    if "default_currency" in params:
        body["default_currency"] = currency_of(params["default_currency"])
    if "business_profile" in params:
        body["business_profile"] = account_shapes.merge_known(
            body["business_profile"], params["business_profile"]
        )
    _apply_settings(body, params.get("settings", {}))
    _apply_agreement(account, params.get("tos_acceptance", {}))
    _apply_capabilities(account, params.get("capabilities", {}))
    provide(account, requirements.provided_by(params))
    if params.get("external_account"):
        banks.replace_default(
            sandbox, account, params["external_account"], param="external_account"
        )


def _apply_settings(body: Body, settings: Params) -> None:
    payouts = settings.get("payouts", {})
    schedule = body["settings"]["payouts"]["schedule"]
    if "schedule" in payouts:
        schedule = account_shapes.merge_schedule(schedule, payouts["schedule"])
    body["settings"] = account_shapes.merge_known(body["settings"], settings)
    body["settings"]["payouts"]["schedule"] = schedule


def _apply_agreement(account: Stored, tos: Params) -> None:
    body = account.body
    accepted = {name: tos[name] for name in ("date", "ip", "user_agent") if tos.get(name)}
    if accepted and body["controller"]["requirement_collection"] == "stripe":
        raise refused(
            "You cannot accept the Terms of Service on behalf of accounts where "
            "`controller[requirement_collection]=stripe`, which includes Standard and Express "
            "accounts.",
            param="tos_acceptance",
        )
    if tos.get("service_agreement") == "recipient" and body["country"] == _PLATFORM_COUNTRY:
        raise refused(
            f"The recipient ToS agreement is not supported for platforms in {_PLATFORM_COUNTRY} "
            f"creating accounts in {body['country']}.",
            param="tos_acceptance[service_agreement]",
        )
    if tos.get("service_agreement"):
        accepted["service_agreement"] = tos["service_agreement"]
    body["tos_acceptance"] = {**body["tos_acceptance"], **accepted}


def _apply_capabilities(account: Stored, capabilities: Params) -> None:
    requested = set(account.private["requested"])
    for name, wish in capabilities.items():
        if "requested" in wish:
            (requested.add if wish["requested"] else requested.discard)(name)
    agreement = account.body["tos_acceptance"].get("service_agreement")
    if agreement == "recipient" and requested - {"transfers"}:
        raise refused(
            "The recipient service agreement allows only the transfers capability.",
            param="capabilities",
        )
    account.private["requested"] = sorted(requested)


def request_capability(sandbox: Sandbox, account: Stored, name: str, *, requested: bool) -> None:
    """Request or give up one capability, with the events that follow."""
    with change(sandbox, account):
        _apply_capabilities(account, {name: {"requested": requested}})


def verify(sandbox: Sandbox, account_id: str) -> None:
    """Timer: Stripe's own check has passed; capabilities become active."""
    account = sandbox.objects.find(account_id, kind="account")
    if account is None or not requirements.can_be_verified(account):
        return
    before = render(sandbox, account)
    account.body = deepcopy(account.body)
    account.private["verification"] = requirements.VERIFIED
    requirements.settle(sandbox, account)
    announce(sandbox, account, before)


def come_due(sandbox: Sandbox, account_id: str) -> None:
    """Timer: the time to give what Stripe had asked for is over."""
    account = sandbox.objects.find(account_id, kind="account")
    if account is None:
        return
    before = render(sandbox, account)
    account.body = deepcopy(account.body)
    requirements.settle(sandbox, account)
    announce(sandbox, account, before)


def _verify_at_once(sandbox: Sandbox, account: Stored) -> None:
    """Skip the wait when the sandbox is told that verification takes no time."""
    if sandbox.settings.verification_seconds > 0:
        return
    verify(sandbox, account.id)
    fresh = sandbox.objects.find(account.id)
    if fresh is not None:
        account.body, account.private = fresh.body, fresh.private


def complete_onboarding(sandbox: Sandbox, account: Stored) -> None:
    """Record that everything owed has been submitted on the hosted page."""
    with change(sandbox, account):
        account.body["business_type"] = account.body["business_type"] or "individual"
        asked = account.private.get("asked", [])
        owed = requirements.required(account.body["business_type"])
        provide(account, {*owed, *asked, "business_type"})
        account.body["tos_acceptance"] = {
            **account.body["tos_acceptance"],
            "date": sandbox.clock.timestamp(),
            "ip": "127.0.0.1",
            "user_agent": "Crewline Stripe sandbox",
        }


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/accounts/{account}."""
    if call.ids["account"] == call.account:
        return current(sandbox, call)
    return render(sandbox, connected(sandbox, call.ids["account"]))


def current(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/account: the account that the call is made as."""
    found = sandbox.objects.find(call.account, kind="account")
    if found is None:
        raise no_access(sandbox.settings.secret_key, call.account)
    return render(sandbox, found)


def list_accounts(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/accounts."""
    where = in_range("created", call.params["created"]) if "created" in call.params else []
    page = sandbox.objects.page(kind="account", owner=call.account, params=call.params, where=where)
    shown = [render(sandbox, item) for item in page.items]
    return list_body(call.path, shown, has_more=page.has_more)


def delete(sandbox: Sandbox, call: Call) -> Body:
    """DELETE /v1/accounts/{account}."""
    account = connected(sandbox, call.ids["account"])
    if not balances.is_empty(sandbox, account.id):
        raise refused("This account cannot be deleted because its balance is not zero.")
    _tell_deauthorized(sandbox, account)
    sandbox.objects.remove(account)
    return {"id": account.id, "object": "account", "deleted": True}


def deauthorize(sandbox: Sandbox, account: Stored) -> None:
    """Take the platform's access away, as an account's holder may; its money stays where it is."""
    _tell_deauthorized(sandbox, account)
    account.owner = DEAUTHORIZED
    sandbox.objects.hand_over(account)


def _tell_deauthorized(sandbox: Sandbox, account: Stored) -> None:
    events.emit(
        sandbox,
        account.id,
        "account.application.deauthorized",
        {"id": new_id("ca"), "object": "application", "name": "Crewline sandbox"},
    )
