"""Whose account is whose: what of the ledger each caller may see."""

from __future__ import annotations

from services.payouts.domain.ledger.accounts import Account, Purpose

_CLIENTS = frozenset(
    {
        Purpose.CLIENT_AVAILABLE,
        Purpose.CLIENT_HOLD,
        Purpose.CLIENT_OWED,
        Purpose.PROJECT_HELD,
        Purpose.PROJECT_RESERVE,
    }
)
_VENDORS = frozenset({Purpose.VENDOR_COMMISSION, Purpose.VENDOR_PAYABLE})
_CONTRACTORS = frozenset(
    {Purpose.CONTRACTOR_PAYABLE, Purpose.VENDOR_PAYABLE, Purpose.CONTRACTOR_BENEFITS}
)


def may_see(
    account: Account, *, roles: frozenset[str], organisation_id: str, subject_id: str
) -> bool:
    """Tell whether an account is the caller's own; operators see all."""
    if "OPERATOR" in roles:
        return True
    purpose = account.kind.purpose
    return (
        ("CLIENT" in roles and purpose in _CLIENTS and account.part("client") == organisation_id)
        or ("VENDOR" in roles and purpose in _VENDORS and account.part("vendor") == organisation_id)
        or (
            "CONTRACTOR" in roles
            and purpose in _CONTRACTORS
            and account.part("contractor") == subject_id
        )
    )
