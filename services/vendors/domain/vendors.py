"""A vendor from application to approval, and back out of it.

APPLIED -> APPROVED <-> SUSPENDED
   └-----> REJECTED
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.vendors.domain.errors import VendorNotApproved, VendorStateWrong
from services.vendors.domain.histories import Cause, StateChange


class VendorState(StrEnum):
    """Where a vendor stands; suspended means no new work, what was earned stays payable."""

    APPLIED = "APPLIED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    SUSPENDED = "SUSPENDED"


class VendorStep(StrEnum):
    """What an operator decides."""

    APPROVE = "approve"
    REJECT = "reject"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"


VENDOR_STEPS: dict[VendorStep, tuple[VendorState, VendorState]] = {
    VendorStep.APPROVE: (VendorState.APPLIED, VendorState.APPROVED),
    VendorStep.REJECT: (VendorState.APPLIED, VendorState.REJECTED),
    VendorStep.SUSPEND: (VendorState.APPROVED, VendorState.SUSPENDED),
    VendorStep.REINSTATE: (VendorState.SUSPENDED, VendorState.APPROVED),
}
"""Each step, from the one state that admits it to where it leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """An organisation that applied; its id is the organisation's."""

    vendor_id: str
    legal_name: str
    country: str
    contact_email: str
    state: VendorState
    history: tuple[StateChange, ...]
    version: int
    created_at: datetime

    def step(self, step: VendorStep, cause: Cause) -> Vendor:
        """Errors: VendorStateWrong."""
        before, after = VENDOR_STEPS[step]
        if self.state is not before:
            raise VendorStateWrong(
                f"cannot {step.value} a vendor that is {self.state.value}",
                vendor_id=self.vendor_id,
                state=self.state.value,
            )
        return replace(
            self,
            state=after,
            history=(*self.history, cause.change(before.value, after.value)),
            version=self.version + 1,
        )

    def check_may_enrol(self) -> None:
        """Errors: VendorNotApproved."""
        if self.state is not VendorState.APPROVED:
            raise VendorNotApproved(
                "only an approved vendor enrols contractors",
                vendor_id=self.vendor_id,
                state=self.state.value,
            )


def applied(
    *, vendor_id: str, legal_name: str, country: str, contact_email: str, cause: Cause
) -> Vendor:
    """A vendor that has just applied."""
    return Vendor(
        vendor_id=vendor_id,
        legal_name=legal_name,
        country=country,
        contact_email=contact_email,
        state=VendorState.APPLIED,
        history=(cause.change("", VendorState.APPLIED.value),),
        version=1,
        created_at=cause.now,
    )
