"""Reading floor tests: contractors see their own, vendors those of work through them."""

from __future__ import annotations

from collections.abc import Iterable

from services.chassis.authentication import Principal
from services.chassis.mongo import store_errors
from services.payouts.domain.fairness.floor_tests import FloorTest, seen_by_vendor
from services.payouts.store.fairness.floor_tests import FloorTestStore


class FloorInspection:
    """Reads that never change anything."""

    def __init__(self, *, tests: FloorTestStore) -> None:
        self._tests = tests

    async def page(
        self,
        principal: Principal,
        *,
        contractor_id: str,
        period_id: str,
        shortfalls_only: bool,
        after: str,
        limit: int,
    ) -> list[FloorTest]:
        """In the order of periods, then of contractors."""
        vendor_id = ""
        if "OPERATOR" not in principal.roles:
            if "VENDOR" in principal.roles:
                vendor_id = principal.organisation_id
            else:
                contractor_id = principal.subject_id
        with store_errors():
            found = await self._tests.page(
                contractor_id=contractor_id,
                vendor_id=vendor_id,
                period_id=period_id,
                shortfalls_only=shortfalls_only,
                after=after,
                limit=limit,
            )
        if not vendor_id:
            return found
        return [seen_by_vendor(one, vendor_id) for one in found]

    async def get_many(self, test_ids: Iterable[str]) -> dict[str, FloorTest]:
        """Those that are there."""
        with store_errors():
            return await self._tests.get_many(test_ids)
