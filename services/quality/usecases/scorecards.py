"""Vendors' scorecards: for the vendor itself and for operators."""

from __future__ import annotations

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError, Kind
from services.chassis.mongo import store_errors
from services.quality.domain.scorecards import Scorecard
from services.quality.store.scorecards import ScorecardStore


class VendorNotFound(DomainError):
    """No answers of such a vendor's contractors, or another's scorecard."""

    kind, reason = Kind.NOT_FOUND, "VENDOR_NOT_FOUND"


class Scorecards:
    """Reads scorecards."""

    def __init__(self, *, scorecards: ScorecardStore) -> None:
        self._scorecards = scorecards

    async def of_vendor(self, principal: Principal, vendor_id: str) -> list[Scorecard]:
        """Errors: VendorNotFound."""
        is_own = "VENDOR" in principal.roles and principal.organisation_id == vendor_id
        if not is_own and "OPERATOR" not in principal.roles:
            raise VendorNotFound("no such vendor", vendor_id=vendor_id)
        with store_errors():
            found = await self._scorecards.of_vendor(vendor_id)
        if not found and not is_own:
            raise VendorNotFound("no such vendor, or no answers yet", vendor_id=vendor_id)
        return found
