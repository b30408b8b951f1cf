"""Operations on `vendors`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Vendor, VendorScorecard, VendorState
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_SUBMIT_APPLICATION = Route[Vendor](method="POST", path="/v1/vendors", body="*", unwrap="vendor")

_GET_VENDOR = Route[Vendor](method="GET", path="/v1/vendors/{vendor_id}", unwrap="vendor")

_LIST_VENDORS = PageRoute[Vendor](method="GET", path="/v1/vendors", unwrap="vendors")

_APPROVE_VENDOR = Route[Vendor](
    method="POST", path="/v1/vendors/{vendor_id}:approve", body="*", unwrap="vendor"
)

_REJECT_VENDOR = Route[Vendor](
    method="POST", path="/v1/vendors/{vendor_id}:reject", body="*", unwrap="vendor"
)

_SUSPEND_VENDOR = Route[Vendor](
    method="POST", path="/v1/vendors/{vendor_id}:suspend", body="*", unwrap="vendor"
)

_REINSTATE_VENDOR = Route[Vendor](
    method="POST", path="/v1/vendors/{vendor_id}:reinstate", body="*", unwrap="vendor"
)

_GET_VENDOR_SCORECARD = Route[Sequence[VendorScorecard]](
    method="GET", path="/v1/vendors/{vendor_id}/scorecard", unwrap="scorecards"
)


class VendorsApi:
    """Operations on `vendors`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def apply(
        self,
        *,
        legal_name: str,
        country: str,
        contact_email: str,
        idempotency_key: str | None = None,
    ) -> Vendor:
        """The caller's organisation asks to be a vendor. Errors: VENDOR_EXISTS.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _SUBMIT_APPLICATION,
            {"legal_name": legal_name, "country": country, "contact_email": contact_email},
            idempotency_key,
        )

    def get(self, vendor_id: str) -> Vendor:
        """Errors: VENDOR_NOT_FOUND."""
        return self._http.send(_GET_VENDOR, {"vendor_id": vendor_id})

    def list(
        self, *, page_size: int | None = None, state: VendorState | None = None
    ) -> Pages[Vendor]:
        """See crewline.vendors.v1.VendorsService.ListVendors.

        Args:
            state: Only vendors in this state; unspecified means all.
        """
        return Pages(self._http, _LIST_VENDORS, {"page_size": page_size, "state": state})

    def approve(self, vendor_id: str, *, reason: str, idempotency_key: str | None = None) -> Vendor:
        """APPLIED -> APPROVED. Errors: VENDOR_NOT_FOUND, VENDOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _APPROVE_VENDOR, {"vendor_id": vendor_id, "reason": reason}, idempotency_key
        )

    def reject(self, vendor_id: str, *, reason: str, idempotency_key: str | None = None) -> Vendor:
        """APPLIED -> REJECTED. Errors: VENDOR_NOT_FOUND, VENDOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _REJECT_VENDOR, {"vendor_id": vendor_id, "reason": reason}, idempotency_key
        )

    def suspend(self, vendor_id: str, *, reason: str, idempotency_key: str | None = None) -> Vendor:
        """APPROVED -> SUSPENDED. Errors: VENDOR_NOT_FOUND, VENDOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _SUSPEND_VENDOR, {"vendor_id": vendor_id, "reason": reason}, idempotency_key
        )

    def reinstate(
        self, vendor_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Vendor:
        """SUSPENDED -> APPROVED. Errors: VENDOR_NOT_FOUND, VENDOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _REINSTATE_VENDOR, {"vendor_id": vendor_id, "reason": reason}, idempotency_key
        )

    def scorecard(self, vendor_id: str) -> Sequence[VendorScorecard]:
        """How a vendor's contractors do, one row a kind of work. Errors: VENDOR_NOT_FOUND."""
        return self._http.send(_GET_VENDOR_SCORECARD, {"vendor_id": vendor_id})


class AsyncVendorsApi:
    """Operations on `vendors`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def apply(
        self,
        *,
        legal_name: str,
        country: str,
        contact_email: str,
        idempotency_key: str | None = None,
    ) -> Vendor:
        """The caller's organisation asks to be a vendor. Errors: VENDOR_EXISTS.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _SUBMIT_APPLICATION,
            {"legal_name": legal_name, "country": country, "contact_email": contact_email},
            idempotency_key,
        )

    async def get(self, vendor_id: str) -> Vendor:
        """Errors: VENDOR_NOT_FOUND."""
        return await self._http.send(_GET_VENDOR, {"vendor_id": vendor_id})

    def list(
        self, *, page_size: int | None = None, state: VendorState | None = None
    ) -> AsyncPages[Vendor]:
        """See crewline.vendors.v1.VendorsService.ListVendors.

        Args:
            state: Only vendors in this state; unspecified means all.
        """
        return AsyncPages(self._http, _LIST_VENDORS, {"page_size": page_size, "state": state})

    async def approve(
        self, vendor_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Vendor:
        """APPLIED -> APPROVED. Errors: VENDOR_NOT_FOUND, VENDOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _APPROVE_VENDOR, {"vendor_id": vendor_id, "reason": reason}, idempotency_key
        )

    async def reject(
        self, vendor_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Vendor:
        """APPLIED -> REJECTED. Errors: VENDOR_NOT_FOUND, VENDOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _REJECT_VENDOR, {"vendor_id": vendor_id, "reason": reason}, idempotency_key
        )

    async def suspend(
        self, vendor_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Vendor:
        """APPROVED -> SUSPENDED. Errors: VENDOR_NOT_FOUND, VENDOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _SUSPEND_VENDOR, {"vendor_id": vendor_id, "reason": reason}, idempotency_key
        )

    async def reinstate(
        self, vendor_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Vendor:
        """SUSPENDED -> APPROVED. Errors: VENDOR_NOT_FOUND, VENDOR_STATE_WRONG.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _REINSTATE_VENDOR, {"vendor_id": vendor_id, "reason": reason}, idempotency_key
        )

    async def scorecard(self, vendor_id: str) -> Sequence[VendorScorecard]:
        """How a vendor's contractors do, one row a kind of work. Errors: VENDOR_NOT_FOUND."""
        return await self._http.send(_GET_VENDOR_SCORECARD, {"vendor_id": vendor_id})
