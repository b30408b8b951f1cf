"""Every emulated endpoint: its method and path, its name in param_specs.json, its operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from deploy.local.stripe_sandbox import (
    accounts,
    balance_settings,
    balances,
    capabilities,
    charges,
    checkout_sessions,
    disputes,
    events,
    external_accounts,
    onboarding,
    payment_intents,
    payouts,
    refunds,
    reversals,
    topups,
    transfers,
    webhook_endpoints,
)
from deploy.local.stripe_sandbox.world import Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint; `{name}` in the path becomes `call.ids["name"]`."""

    method: str
    path: str
    operation: str
    handler: Handler


def _route(method: str, path: str, operation: str, handler: Handler) -> Route:
    return Route(method=method, path=path, operation=operation, handler=handler)


_ACCOUNT: Final = "/v1/accounts/{account}"
_BANKS: Final = f"{_ACCOUNT}/external_accounts"
_CAPABILITIES: Final = f"{_ACCOUNT}/capabilities"
_REVERSALS: Final = "/v1/transfers/{transfer}/reversals"
_ENDPOINTS: Final = "/v1/webhook_endpoints"
_CHECKOUT: Final = "/v1/checkout/sessions"
_INTENTS: Final = "/v1/payment_intents"

ROUTES: Final[tuple[Route, ...]] = (
    _route("GET", "/v1/account", "account.current", accounts.current),
    _route("POST", "/v1/accounts", "account.create", accounts.create),
    _route("GET", "/v1/accounts", "account.list", accounts.list_accounts),
    _route("GET", _ACCOUNT, "account.retrieve", accounts.retrieve),
    _route("POST", _ACCOUNT, "account.update", accounts.update),
    _route("DELETE", _ACCOUNT, "account.delete", accounts.delete),
    _route("GET", _CAPABILITIES, "capability.list", capabilities.list_capabilities),
    _route("GET", f"{_CAPABILITIES}/{{id}}", "capability.retrieve", capabilities.retrieve),
    _route("POST", f"{_CAPABILITIES}/{{id}}", "capability.update", capabilities.update),
    _route("POST", _BANKS, "external_account.create", external_accounts.create),
    _route("GET", _BANKS, "external_account.list", external_accounts.list_external),
    _route("GET", f"{_BANKS}/{{id}}", "external_account.retrieve", external_accounts.retrieve),
    _route("POST", f"{_BANKS}/{{id}}", "external_account.update", external_accounts.update),
    _route("DELETE", f"{_BANKS}/{{id}}", "external_account.delete", external_accounts.delete),
    _route("POST", "/v1/account_links", "account_link.create", onboarding.create_link),
    _route("GET", "/v1/balance", "balance.retrieve", balances.retrieve_balance),
    _route("GET", "/v1/balance_settings", "balance_settings.retrieve", balance_settings.retrieve),
    _route("POST", "/v1/balance_settings", "balance_settings.update", balance_settings.update),
    _route(
        "GET", "/v1/balance_transactions", "balance_transaction.list", balances.list_transactions
    ),
    _route(
        "GET",
        "/v1/balance_transactions/{id}",
        "balance_transaction.retrieve",
        balances.retrieve_transaction,
    ),
    _route("GET", "/v1/charges/{id}", "charge.retrieve", charges.retrieve),
    _route("POST", _CHECKOUT, "checkout_session.create", checkout_sessions.create),
    _route("GET", _CHECKOUT, "checkout_session.list", checkout_sessions.list_sessions),
    _route(
        "GET", f"{_CHECKOUT}/{{session}}", "checkout_session.retrieve", checkout_sessions.retrieve
    ),
    _route(
        "POST",
        f"{_CHECKOUT}/{{session}}/expire",
        "checkout_session.expire",
        checkout_sessions.expire,
    ),
    _route("GET", "/v1/disputes", "dispute.list", disputes.list_disputes),
    _route("GET", "/v1/disputes/{id}", "dispute.retrieve", disputes.retrieve),
    _route("GET", "/v1/events", "event.list", events.list_events),
    _route("GET", "/v1/events/{id}", "event.retrieve", events.retrieve_event),
    _route("POST", _INTENTS, "payment_intent.create", payment_intents.create),
    _route("GET", _INTENTS, "payment_intent.list", payment_intents.list_intents),
    _route("GET", f"{_INTENTS}/{{id}}", "payment_intent.retrieve", payment_intents.retrieve),
    _route("POST", f"{_INTENTS}/{{id}}/confirm", "payment_intent.confirm", payment_intents.confirm),
    _route("POST", f"{_INTENTS}/{{id}}/cancel", "payment_intent.cancel", payment_intents.cancel),
    _route("POST", "/v1/payouts", "payout.create", payouts.create),
    _route("GET", "/v1/payouts", "payout.list", payouts.list_payouts),
    _route("GET", "/v1/payouts/{id}", "payout.retrieve", payouts.retrieve),
    _route("POST", "/v1/payouts/{id}", "payout.update", payouts.update),
    _route("POST", "/v1/payouts/{id}/cancel", "payout.cancel", payouts.cancel),
    _route("POST", "/v1/refunds", "refund.create", refunds.create),
    _route("GET", "/v1/refunds", "refund.list", refunds.list_refunds),
    _route("GET", "/v1/refunds/{id}", "refund.retrieve", refunds.retrieve),
    _route("POST", "/v1/topups", "topup.create", topups.create),
    _route("GET", "/v1/topups", "topup.list", topups.list_topups),
    _route("GET", "/v1/topups/{id}", "topup.retrieve", topups.retrieve),
    _route("POST", "/v1/topups/{id}", "topup.update", topups.update),
    _route("POST", "/v1/transfers", "transfer.create", transfers.create),
    _route("GET", "/v1/transfers", "transfer.list", transfers.list_transfers),
    _route("GET", "/v1/transfers/{transfer}", "transfer.retrieve", transfers.retrieve),
    _route("POST", "/v1/transfers/{transfer}", "transfer.update", transfers.update),
    _route("POST", _REVERSALS, "reversal.create", reversals.create),
    _route("GET", _REVERSALS, "reversal.list", reversals.list_reversals),
    _route("GET", f"{_REVERSALS}/{{id}}", "reversal.retrieve", reversals.retrieve),
    _route("POST", f"{_REVERSALS}/{{id}}", "reversal.update", reversals.update),
    _route("POST", _ENDPOINTS, "webhook_endpoint.create", webhook_endpoints.create),
    _route("GET", _ENDPOINTS, "webhook_endpoint.list", webhook_endpoints.list_endpoints),
    _route("GET", f"{_ENDPOINTS}/{{id}}", "webhook_endpoint.retrieve", webhook_endpoints.retrieve),
    _route("POST", f"{_ENDPOINTS}/{{id}}", "webhook_endpoint.update", webhook_endpoints.update),
    _route("DELETE", f"{_ENDPOINTS}/{{id}}", "webhook_endpoint.delete", webhook_endpoints.delete),
)
