"""Who is paid, seen from who calls: a vendor for its contractors, or a direct contractor."""

from __future__ import annotations

from services.chassis.authentication import Principal
from services.chassis.mongo import store_errors
from services.payouts.domain.payments.rail_errors import PaidByVendor, PayeeNotFound
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.store.answers.projections import ProjectionStore


def own_payee_id(principal: Principal) -> str:
    """The caller as a payee; operators are none."""
    if "OPERATOR" in principal.roles:
        return ""
    return principal.organisation_id if "VENDOR" in principal.roles else principal.subject_id


async def payee_of(principal: Principal, projections: ProjectionStore) -> tuple[Payee, str]:
    """The caller as a payee, and the country.

    Errors: PayeeNotFound (news of them may not have arrived yet), PaidByVendor.
    """
    if "VENDOR" in principal.roles:
        vendor_id = principal.organisation_id
        with store_errors():
            vendor = (await projections.vendors([vendor_id])).get(vendor_id)
        if vendor is None:
            raise PayeeNotFound("the vendor is not known here", payee_id=vendor_id)
        return Payee(kind=PayeeKind.VENDOR, payee_id=vendor_id), vendor.country
    contractor_id = principal.subject_id
    with store_errors():
        contractor = (await projections.contractors([contractor_id])).get(contractor_id)
    if contractor is None:
        raise PayeeNotFound("the contractor is not known here", payee_id=contractor_id)
    with store_errors():
        in_person = contractor.is_direct or await projections.is_paid_in_person(contractor_id)
    if not in_person:
        raise PaidByVendor(
            "the contractor's vendor is paid, and pays the contractor",
            vendor_id=contractor.organisation_id,
        )
    return Payee(kind=PayeeKind.CONTRACTOR, payee_id=contractor_id), contractor.country
