"""What an account still owes before it is paid, and what follows from that for its capabilities."""

from __future__ import annotations

from typing import Any, Final

from deploy.local.stripe_sandbox.account_shapes import requirements
from deploy.local.stripe_sandbox.objects import Body, Stored
from deploy.local.stripe_sandbox.params import Params
from deploy.local.stripe_sandbox.world import Sandbox

VERIFIED_TIMER: Final = "account.verified"
OVERDUE_TIMER: Final = "account.overdue"

# Where an account stands: private["verification"].
UNSUBMITTED: Final = "unsubmitted"
PENDING: Final = "pending"
VERIFIED: Final = "verified"

_ALWAYS: Final = ("external_account", "tos_acceptance.date", "tos_acceptance.ip")
_BY_BUSINESS_TYPE: Final = {
    "individual": (
        "individual.address.city",
        "individual.address.line1",
        "individual.address.postal_code",
        "individual.dob.day",
        "individual.dob.month",
        "individual.dob.year",
        "individual.email",
        "individual.first_name",
        "individual.last_name",
    ),
    "company": ("company.address.city", "company.address.line1", "company.name", "company.tax_id"),
}
_PAYING_CAPABILITIES: Final = frozenset({"transfers", "card_payments", "legacy_payments"})


def required(business_type: str | None) -> list[str]:
    """Return every field that an account of a business type owes."""
    if business_type is None:
        return sorted((*_ALWAYS, "business_type"))
    specific = _BY_BUSINESS_TYPE.get(business_type, _BY_BUSINESS_TYPE["company"])
    return sorted((*_ALWAYS, *specific))


def provided_by(params: Params) -> set[str]:
    """Return the requirement names that a request's parameters answer."""
    given: set[str] = set()
    for name in ("individual", "company", "tos_acceptance"):
        if isinstance(params.get(name), dict):
            given |= {f"{name}.{key}" for key in _flat(params[name])}
    return given


def _flat(params: Params) -> set[str]:
    names: set[str] = set()
    for key, value in params.items():
        if isinstance(value, dict):
            names |= {f"{key}.{inner}" for inner in _flat(value)}
        elif value != "":
            names.add(key)
    return names


def settle(sandbox: Sandbox, account: Stored) -> None:
    """Bring requirements, capabilities and the enabled flags in line with what was provided."""
    private = account.private
    provided = {*private["provided"], *(["external_account"] if private["banks"] else [])}
    due = [field for field in required(account.body["business_type"]) if field not in provided]
    asked = [field for field in private.get("asked", []) if field not in provided]
    if private["verification"] == UNSUBMITTED and not due:
        private["verification"] = PENDING
        if sandbox.settings.verification_seconds > 0:
            sandbox.after(sandbox.settings.verification_seconds, VERIFIED_TIMER, account.id)
    deadline = private.get("asked_until", 0) if asked else 0
    is_past = deadline <= sandbox.clock.timestamp()
    _write(account, sorted({*due, *(asked if is_past else [])}), has_bank=bool(private["banks"]))
    if asked and not is_past:
        shown = account.body["requirements"]
        later = sorted({*shown["currently_due"], *asked})
        shown.update(currently_due=later, eventually_due=later, current_deadline=deadline)


def ask(sandbox: Sandbox, account: Stored, fields: list[str], due_in_seconds: int) -> None:
    """Ask for more fields; what is not given by its time makes capabilities inactive."""
    private = account.private
    private["asked"] = sorted({*private.get("asked", []), *fields})
    private["provided"] = [field for field in private["provided"] if field not in fields]
    private["asked_until"] = sandbox.clock.timestamp() + due_in_seconds
    sandbox.after(due_in_seconds, OVERDUE_TIMER, account.id)


def _write(account: Stored, due: list[str], *, has_bank: bool) -> None:
    body, private = account.body, account.private
    state = private["verification"]
    reason = None
    if due:
        reason = "requirements.past_due"
    elif state == PENDING:
        reason = "requirements.pending_verification"
    body["requirements"] = requirements(due, disabled_reason=reason)
    body["details_submitted"] = body["details_submitted"] or not due
    status = {UNSUBMITTED: "inactive", PENDING: "pending", VERIFIED: "active"}[state]
    if due:
        status = "inactive"
    body["capabilities"] = dict.fromkeys(sorted(private["requested"]), status)
    active = {name for name, held in body["capabilities"].items() if held == "active"}
    body["charges_enabled"] = "card_payments" in active
    body["payouts_enabled"] = has_bank and not active.isdisjoint(_PAYING_CAPABILITIES)


def can_be_verified(account: Stored) -> bool:
    """Tell whether nothing is due and only Stripe's own check is outstanding."""
    due: Any = account.body["requirements"]["currently_due"]
    return account.private["verification"] == PENDING and not due


def new_private(requested: set[str]) -> Body:
    """Return the private part of a new account."""
    return {
        "verification": UNSUBMITTED,
        "provided": [],
        "requested": sorted(requested),
        "banks": [],
    }
