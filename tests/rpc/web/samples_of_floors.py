"""Floors, rates, tests and pay calendars as they look on an ordinary day."""

from __future__ import annotations

from typing import Any

from crewline.common.v1 import types_pb2 as common
from crewline.payouts.v1 import floors_pb2 as floors
from crewline.payouts.v1 import service_pb2 as payouts
from crewline.payouts.v1 import types_pb2 as payouts_types
from tests.rpc.web.samples import moment


def floor(region: str = "", **given: Any) -> floors.Floor:
    place = f"ZZ-{region}" if region else "ZZ"
    return floors.Floor(
        **{
            "floor_id": f"{place}:2026-01-01:1",
            "country": "ZZ",
            "region": region,
            "currency": "USD",
            "amount": "450.00",
            "per": "month",
            "hours_a_month": "173.33",
            "basis": "one adult, <invented>",
            "source": "Nobody & Sons",
            "source_url": "https://floors.test/table?a=1&b=2",
            "source_date": "2026-01-31",
            "valid_from": "2026-01-01",
            "version": 1,
            "hourly": common.Money(amount_minor=259, fraction=6205, currency="USD"),
            "is_fresh": True,
            **given,
        }
    )


def rate(**given: Any) -> floors.ExchangeRate:
    return floors.ExchangeRate(
        **{
            "rate_id": "USD:KES:2026-11-19:1",
            "base": "USD",
            "quote": "KES",
            "rate": "129.35",
            "date": "2026-11-19",
            "source": "Invented rates",
            "source_url": "https://rates.test/usd",
            "version": 1,
            **given,
        }
    )


def floor_test(**given: Any) -> floors.FloorTest:
    return floors.FloorTest(
        **{
            "floor_test_id": "pp_7:ctr_1:USD",
            "pay_period_id": "pp_7",
            "contractor_id": "ctr_1",
            "country": "ZZ",
            "region": "ZZ-1",
            "outcome": floors.FLOOR_OUTCOME_TOPPED_UP,
            "earned": common.Money(amount_minor=100, currency="USD"),
            "counted_seconds": 3600,
            "floor_hourly": common.Money(amount_minor=400, currency="USD"),
            "topped_up": common.Money(amount_minor=300, currency="USD"),
            "floor_id": "ZZ-1:2026-01-01:1",
            "floor_place": "ZZ-1",
            "floor_scope": floors.FLOOR_SCOPE_REGION,
            "source": "Of the <city>",
            "source_url": "https://floors.test/city",
            "top_ups": [
                floors.FloorTopUp(
                    project_id="prj_1",
                    amount=common.Money(amount_minor=300, currency="USD"),
                    from_reserve=common.Money(amount_minor=180, currency="USD"),
                    from_available=common.Money(amount_minor=0, currency="USD"),
                    absorbed=common.Money(amount_minor=120, currency="USD"),
                )
            ],
            **given,
        }
    )


def calendar(**given: Any) -> payouts_types.PayCalendar:
    return payouts_types.PayCalendar(
        **{
            "pay_calendar_id": "kenya-monthly",
            "cadence": payouts_types.PAY_CADENCE_MONTHLY,
            "anchor_date": "2026-01-01",
            "time_zone": "Africa/Nairobi",
            "pay_after_business_days": 2,
            "holidays_country": "KE",
            "countries": ["KE", "UG"],
            "payee_ids": ["org_1"],
            "next_statement_time": moment(-86_400),
            "next_pay_date": "2026-12-03",
            **given,
        }
    )


def of_floors() -> dict[str, Any]:
    """By RPC."""
    return {
        "ListFloors": floors.ListFloorsResponse(
            floors=[
                floor(),
                floor("1", amount="4.00", per="hour", hours_a_month="", is_fresh=False,
                      valid_to="2026-06-30", version=2),
            ],
            next_page_token="more",
        ),
        "GetFloorsCheck": floors.GetFloorsCheckResponse(
            lacks=[
                floors.FloorLack(country="XA", place="XA", kind=floors.FLOOR_LACK_KIND_UNKNOWN),
                floors.FloorLack(
                    country="ZZ", place="ZZ-1", kind=floors.FLOOR_LACK_KIND_STALE,
                    floor_id="ZZ-1:2026-01-01:2", end_date="2026-06-30",
                ),
            ]
        ),
        "ListRates": floors.ListRatesResponse(rates=[rate(is_fresh=True), rate(quote="UGX")]),
        "ListFloorTests": floors.ListFloorTestsResponse(
            floor_tests=[
                floor_test(),
                floors.FloorTest(
                    floor_test_id="pp_7:ctr_2:USD",
                    pay_period_id="pp_7",
                    contractor_id="ctr_2",
                    country="XA",
                    outcome=floors.FLOOR_OUTCOME_UNTESTED,
                    reason="FLOOR_UNKNOWN",
                    earned=common.Money(amount_minor=100, currency="USD"),
                    floor_hourly=common.Money(amount_minor=0, currency="USD"),
                    topped_up=common.Money(amount_minor=0, currency="USD"),
                ),
            ],
            next_page_token="more",
        ),
        "ListPayCalendars": payouts.ListPayCalendarsResponse(
            pay_calendars=[
                calendar(),
                calendar(pay_calendar_id="others", countries=[], payee_ids=[],
                         cadence=payouts_types.PAY_CADENCE_SEMI_MONTHLY),
            ]
        ),
    }  # fmt: skip
