"""Operations on `floors`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import (
    ExchangeRate,
    Floor,
    FloorLack,
    FloorRow,
    FloorTest,
    GetPriceCheckResponse,
    GetProjectPayResponse,
    ImportFloorsResponse,
    ImportRatesResponse,
    RateRow,
)
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_IMPORT_FLOORS = Route[ImportFloorsResponse](method="POST", path="/v1/floors:import", body="*")

_LIST_FLOORS = PageRoute[Floor](method="GET", path="/v1/floors", unwrap="floors")

_GET_FLOORS_CHECK = Route[Sequence[FloorLack]](
    method="GET", path="/v1/floors/check", unwrap="lacks"
)

_GET_PRICE_CHECK = Route[GetPriceCheckResponse](method="GET", path="/v1/price-check")

_GET_PROJECT_PAY = Route[GetProjectPayResponse](method="GET", path="/v1/projects/{project_id}/pay")

_LIST_FLOOR_TESTS = PageRoute[FloorTest](method="GET", path="/v1/floor-tests", unwrap="floor_tests")

_IMPORT_RATES = Route[ImportRatesResponse](method="POST", path="/v1/rates:import", body="*")

_LIST_RATES = PageRoute[ExchangeRate](method="GET", path="/v1/rates", unwrap="rates")


class FloorsApi:
    """Operations on `floors`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def post(
        self, rows: Sequence[FloorRow], *, idempotency_key: str | None = None
    ) -> ImportFloorsResponse:
        """Adds versions of floors. Rows that are right are taken; the others are told by line,
        field and rule. Those that are over or too old are refused.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_IMPORT_FLOORS, {"rows": rows}, idempotency_key)

    def list(self, *, page_size: int | None = None, country: str | None = None) -> Pages[Floor]:
        """All versions, by place and day.

        Args:
            country: Left empty, all.
        """
        return Pages(self._http, _LIST_FLOORS, {"page_size": page_size, "country": country})

    def check(self) -> Sequence[FloorLack]:
        """Countries of contractors that have no floor, a stale one, or one that ends soon."""
        return self._http.send(_GET_FLOORS_CHECK, {})

    def of_price(
        self,
        *,
        pay_units: int,
        currency: str,
        expected_seconds: float | None = None,
        countries: Sequence[str] | None = None,
        regions: Sequence[str] | None = None,
    ) -> GetPriceCheckResponse:
        """What a price would come to in each country; nothing is changed. Errors:
        CURRENCY_UNSUPPORTED; ELIGIBILITY_INVALID, REGION_INVALID as when a project is posted.

        Args:
            pay_units: For one accepted answer, in ten-thousandths of a minor unit.
            currency: ISO 4217.
            countries: ISO 3166-1 alpha-2; left empty, everywhere where contractors are.
            regions: ISO 3166-2, each of one of the countries: of its country only these count;
                left empty, all.
        """
        return self._http.send(
            _GET_PRICE_CHECK,
            {
                "pay_units": pay_units,
                "currency": currency,
                "expected_seconds": expected_seconds,
                "countries": countries,
                "regions": regions,
            },
        )

    def of_project(self, project_id: str) -> GetProjectPayResponse:
        """What a project pays an hour, by the time that its answers take, beside the floors.
        Errors: PROJECT_NOT_FOUND.
        """
        return self._http.send(_GET_PROJECT_PAY, {"project_id": project_id})

    def tests(
        self,
        *,
        page_size: int | None = None,
        pay_period_id: str | None = None,
        contractor_id: str | None = None,
        shortfalls_only: bool | None = None,
    ) -> Pages[FloorTest]:
        """Contractors' pay of closed pay periods against the floor, with the evidence. Contractors
        see the own tests, vendors those of work through them.

        Args:
            contractor_id: For operators and vendors; a contractor sees the own ones.
            shortfalls_only: Leaves out those that passed.
        """
        return Pages(
            self._http,
            _LIST_FLOOR_TESTS,
            {
                "page_size": page_size,
                "pay_period_id": pay_period_id,
                "contractor_id": contractor_id,
                "shortfalls_only": shortfalls_only,
            },
        )

    def post_rates(
        self, rows: Sequence[RateRow], *, idempotency_key: str | None = None
    ) -> ImportRatesResponse:
        """Adds versions of exchange rates, as ImportFloors does floors.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_IMPORT_RATES, {"rows": rows}, idempotency_key)

    def rates(self, *, page_size: int | None = None) -> Pages[ExchangeRate]:
        """All versions, by pair and day."""
        return Pages(self._http, _LIST_RATES, {"page_size": page_size})


class AsyncFloorsApi:
    """Operations on `floors`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def post(
        self, rows: Sequence[FloorRow], *, idempotency_key: str | None = None
    ) -> ImportFloorsResponse:
        """Adds versions of floors. Rows that are right are taken; the others are told by line,
        field and rule. Those that are over or too old are refused.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(_IMPORT_FLOORS, {"rows": rows}, idempotency_key)

    def list(
        self, *, page_size: int | None = None, country: str | None = None
    ) -> AsyncPages[Floor]:
        """All versions, by place and day.

        Args:
            country: Left empty, all.
        """
        return AsyncPages(self._http, _LIST_FLOORS, {"page_size": page_size, "country": country})

    async def check(self) -> Sequence[FloorLack]:
        """Countries of contractors that have no floor, a stale one, or one that ends soon."""
        return await self._http.send(_GET_FLOORS_CHECK, {})

    async def of_price(
        self,
        *,
        pay_units: int,
        currency: str,
        expected_seconds: float | None = None,
        countries: Sequence[str] | None = None,
        regions: Sequence[str] | None = None,
    ) -> GetPriceCheckResponse:
        """What a price would come to in each country; nothing is changed. Errors:
        CURRENCY_UNSUPPORTED; ELIGIBILITY_INVALID, REGION_INVALID as when a project is posted.

        Args:
            pay_units: For one accepted answer, in ten-thousandths of a minor unit.
            currency: ISO 4217.
            countries: ISO 3166-1 alpha-2; left empty, everywhere where contractors are.
            regions: ISO 3166-2, each of one of the countries: of its country only these count;
                left empty, all.
        """
        return await self._http.send(
            _GET_PRICE_CHECK,
            {
                "pay_units": pay_units,
                "currency": currency,
                "expected_seconds": expected_seconds,
                "countries": countries,
                "regions": regions,
            },
        )

    async def of_project(self, project_id: str) -> GetProjectPayResponse:
        """What a project pays an hour, by the time that its answers take, beside the floors.
        Errors: PROJECT_NOT_FOUND.
        """
        return await self._http.send(_GET_PROJECT_PAY, {"project_id": project_id})

    def tests(
        self,
        *,
        page_size: int | None = None,
        pay_period_id: str | None = None,
        contractor_id: str | None = None,
        shortfalls_only: bool | None = None,
    ) -> AsyncPages[FloorTest]:
        """Contractors' pay of closed pay periods against the floor, with the evidence. Contractors
        see the own tests, vendors those of work through them.

        Args:
            contractor_id: For operators and vendors; a contractor sees the own ones.
            shortfalls_only: Leaves out those that passed.
        """
        return AsyncPages(
            self._http,
            _LIST_FLOOR_TESTS,
            {
                "page_size": page_size,
                "pay_period_id": pay_period_id,
                "contractor_id": contractor_id,
                "shortfalls_only": shortfalls_only,
            },
        )

    async def post_rates(
        self, rows: Sequence[RateRow], *, idempotency_key: str | None = None
    ) -> ImportRatesResponse:
        """Adds versions of exchange rates, as ImportFloors does floors.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(_IMPORT_RATES, {"rows": rows}, idempotency_key)

    def rates(self, *, page_size: int | None = None) -> AsyncPages[ExchangeRate]:
        """All versions, by pair and day."""
        return AsyncPages(self._http, _LIST_RATES, {"page_size": page_size})
