"""The external accounts of a connected account, as the API shows them."""

from __future__ import annotations

from deploy.local.stripe_sandbox import accounts, banks
from deploy.local.stripe_sandbox.errors import refused
from deploy.local.stripe_sandbox.metadata import merged
from deploy.local.stripe_sandbox.objects import Body, Stored
from deploy.local.stripe_sandbox.world import Call, Sandbox, list_body


def _bank(sandbox: Sandbox, call: Call) -> tuple[Stored, Stored]:
    account = accounts.connected(sandbox, call.ids["account"])
    bank = sandbox.objects.get(call.ids["id"], kind="bank_account", owner=account.id)
    return account, bank


def create(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/accounts/{account}/external_accounts."""
    account = accounts.connected(sandbox, call.ids["account"])
    given = call.params["external_account"]
    with accounts.change(sandbox, account):
        bank = banks.attach(sandbox, account, given, param="external_account")
        bank.body["metadata"] = merged({}, call.params)
        if call.params.get("default_for_currency"):
            banks.make_default(sandbox, bank)
        sandbox.objects.save(bank)
    return bank.body


def list_external(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/accounts/{account}/external_accounts."""
    account = accounts.connected(sandbox, call.ids["account"])
    kind = call.params.get("object", "bank_account")
    page = sandbox.objects.page(kind=kind, owner=account.id, params=call.params, where=[])
    return list_body(call.path, [bank.body for bank in page.items], has_more=page.has_more)


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/accounts/{account}/external_accounts/{id}."""
    return _bank(sandbox, call)[1].body


def update(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/accounts/{account}/external_accounts/{id}."""
    _, bank = _bank(sandbox, call)
    before = dict(bank.body)
    for name in ("account_holder_name", "account_holder_type", "account_type"):
        if name in call.params:
            bank.body[name] = call.params[name] or None
    bank.body["metadata"] = merged(bank.body["metadata"], call.params)
    if call.params.get("default_for_currency"):
        banks.make_default(sandbox, bank)
    sandbox.objects.save(bank)
    banks.announce_update(sandbox, bank, before)
    return bank.body


def delete(sandbox: Sandbox, call: Call) -> Body:
    """DELETE /v1/accounts/{account}/external_accounts/{id}."""
    account, bank = _bank(sandbox, call)
    own_currency = bank.body["currency"] == account.body["default_currency"]
    if bank.body["default_for_currency"] and own_currency:
        raise refused(
            "You cannot delete the default external account for your default currency. Please make "
            "another external account the default using the `default_for_currency` param, and then "
            "delete this one."
        )
    with accounts.change(sandbox, account):
        banks.detach(sandbox, account, bank)
    return {
        "id": bank.id,
        "object": "bank_account",
        "currency": bank.body["currency"],
        "deleted": True,
    }
