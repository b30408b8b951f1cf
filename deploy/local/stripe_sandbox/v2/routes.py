"""Which operation each method and path of the second version is."""

from __future__ import annotations

from typing import Final

from deploy.local.stripe_sandbox.routes import Route
from deploy.local.stripe_sandbox.v2 import (
    financial_accounts,
    outbound_payments,
    recipients,
    thin_events,
    verifications,
)
from deploy.local.stripe_sandbox.world import Handler


def _route(method: str, path: str, operation: str, handler: Handler) -> Route:
    return Route(method=method, path=path, operation=f"v2.{operation}", handler=handler)


_CORE: Final = "/v2/core"
_MONEY: Final = "/v2/money_management"
_ACCOUNTS: Final = f"{_CORE}/accounts"
_PAYMENTS: Final = f"{_MONEY}/outbound_payments"
_FINANCIAL: Final = f"{_MONEY}/financial_accounts"
_VERIFICATIONS: Final = f"{_MONEY}/recipient_verifications"

V2_ROUTES: Final[tuple[Route, ...]] = (
    _route("POST", _ACCOUNTS, "account.create", recipients.create),
    _route("GET", _ACCOUNTS, "account.list", recipients.list_accounts),
    _route("GET", f"{_ACCOUNTS}/{{id}}", "account.retrieve", recipients.retrieve),
    _route("POST", f"{_ACCOUNTS}/{{id}}/close", "account.close", recipients.close),
    _route("POST", f"{_CORE}/account_links", "account_link.create", recipients.create_link),
    _route("GET", f"{_CORE}/events", "event.list", thin_events.list_events),
    _route("GET", f"{_CORE}/events/{{id}}", "event.retrieve", thin_events.retrieve_event),
    _route(
        "POST",
        f"{_CORE}/event_destinations",
        "event_destination.create",
        thin_events.create_destination,
    ),
    _route(
        "GET",
        f"{_CORE}/event_destinations",
        "event_destination.list",
        thin_events.list_destinations,
    ),
    _route("GET", _FINANCIAL, "financial_account.list", financial_accounts.list_accounts),
    _route(
        "GET", f"{_FINANCIAL}/{{id}}", "financial_account.retrieve", financial_accounts.retrieve
    ),
    _route("POST", _PAYMENTS, "outbound_payment.create", outbound_payments.create),
    _route("GET", _PAYMENTS, "outbound_payment.list", outbound_payments.list_payments),
    _route("GET", f"{_PAYMENTS}/{{id}}", "outbound_payment.retrieve", outbound_payments.retrieve),
    _route(
        "POST", f"{_PAYMENTS}/{{id}}/cancel", "outbound_payment.cancel", outbound_payments.cancel
    ),
    _route("POST", _VERIFICATIONS, "recipient_verification.create", verifications.create),
    _route(
        "GET",
        f"{_VERIFICATIONS}/{{id}}",
        "recipient_verification.retrieve",
        verifications.retrieve,
    ),
)
