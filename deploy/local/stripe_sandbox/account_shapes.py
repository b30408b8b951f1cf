"""The account object: every member that the SDK types as always present, with its first value."""

from __future__ import annotations

from typing import Any, Final

from deploy.local.stripe_sandbox.objects import Body

_CONTROLLER_DEFAULTS: Final[Body] = {
    "fees": {"payer": "account"},
    "losses": {"payments": "stripe"},
    "requirement_collection": "stripe",
    "stripe_dashboard": {"type": "full"},
}
# What the older `type` parameter stands for in terms of the controller.
_CONTROLLER_BY_TYPE: Final[dict[str, Body]] = {
    "standard": _CONTROLLER_DEFAULTS,
    "express": {
        "fees": {"payer": "application_express"},
        "losses": {"payments": "application"},
        "requirement_collection": "stripe",
        "stripe_dashboard": {"type": "express"},
    },
    "custom": {
        "fees": {"payer": "application_custom"},
        "losses": {"payments": "application"},
        "requirement_collection": "application",
        "stripe_dashboard": {"type": "none"},
    },
}


def controller(account_type: str | None, given: Body) -> Body:
    """Return the controller hash of a new connected account."""
    base = _CONTROLLER_BY_TYPE.get(account_type or "", _CONTROLLER_DEFAULTS)
    return {**base, **given, "is_controller": True, "type": "application"}


def requirements(due: list[str], *, disabled_reason: str | None = None) -> Body:
    """Return a requirements hash with the same fields due now, later and past."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": due,
        "disabled_reason": disabled_reason,
        "errors": [],
        "eventually_due": due,
        "past_due": due if disabled_reason == "requirements.past_due" else [],
        "pending_verification": [],
    }


def account_body(
    *,
    account_id: str,
    created: int,
    country: str,
    default_currency: str,
    account_type: str | None,
    controller_body: Body,
) -> Body:
    """Return a new account before any parameter has been applied."""
    return {
        "id": account_id,
        "object": "account",
        "business_profile": _business_profile(),
        "business_type": None,
        "capabilities": {},
        "charges_enabled": False,
        "controller": controller_body,
        "country": country,
        "created": created,
        "default_currency": default_currency,
        "details_submitted": False,
        "email": None,
        "external_accounts": {},
        "future_requirements": requirements([]),
        "metadata": {},
        "payouts_enabled": False,
        "requirements": requirements([]),
        "settings": _settings(),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": account_type or "none",
    }


def _business_profile() -> Body:
    names = (
        "annual_revenue",
        "estimated_worker_count",
        "mcc",
        "minority_owned_business_designation",
        "name",
        "product_description",
        "support_address",
        "support_email",
        "support_phone",
        "support_url",
        "url",
    )
    return dict.fromkeys(names)


def _settings() -> Body:
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": None},
        "payments": {
            "statement_descriptor": None,
            "statement_descriptor_kana": None,
            "statement_descriptor_kanji": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 2, "interval": "daily"},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }


def merge_known(current: Body, change: Body) -> Body:
    """Lay a request's hash over a stored one; `""` clears, and only known members are kept."""
    merged = dict(current)
    for key, value in change.items():
        if key not in current:
            continue
        held: Any = current[key]
        if isinstance(value, dict) and isinstance(held, dict) and held:
            merged[key] = merge_known(held, value)
        else:
            merged[key] = None if value == "" else value
    return merged


def merge_schedule(current: Body, change: Body) -> Body:
    """Return a payout schedule after a request; the anchors exist only with their interval."""
    given = {key: value for key, value in change.items() if value != ""}
    if given.get("delay_days") == "minimum":
        given["delay_days"] = 2
    interval = given.get("interval", current["interval"])
    kept = {"interval": interval, "delay_days": given.get("delay_days", current["delay_days"])}
    for key in ("weekly_anchor", "weekly_payout_days", "monthly_anchor", "monthly_payout_days"):
        if key.startswith(str(interval)):
            value = given.get(key, current.get(key))
            if value is not None:
                kept[key] = value
    return kept
