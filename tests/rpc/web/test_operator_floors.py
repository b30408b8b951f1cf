"""Operators' pages of floors, rates and pay calendars: what they show, and what they ask for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crewline.payouts.v1 import floors_pb2
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.payouts.v1 import types_pb2 as payouts_types
from services.chassis.errors import DomainError, Kind
from tests.rpc.web import samples
from tests.rpc.web.conftest import Browser
from tests.rpc.web.world import csrf_of

FLOORS = "/operator/floors"
CALENDARS = "/operator/calendars"
HEADER = (
    "country,region,currency,amount,per,hours_a_month,basis,source,source_url,source_date,"
    "valid_from,valid_to\n"
)
ROW = "ZZ,{region},USD,2.60,hour,,one adult,nobody,https://example.com,2026-01-31,2026-01-01,\n"


@pytest.fixture
async def operator(browser: Browser) -> Browser:
    samples.fill(browser.world)
    await browser.sign_in("OPERATOR")
    return browser


async def _load(operator: Browser, path: str, table: str, **headers: str) -> Any:
    proof = {"x-csrf-token": csrf_of((await operator.get(path)).text)}
    return await operator.client.post(
        f"{path}/import",
        content=table.encode(),
        headers={**proof, "accept": "application/json", "content-type": "text/csv", **headers},
    )


async def test_floors_are_shown_with_source_validity_and_what_is_out_of_date(
    operator: Browser,
) -> None:
    page = (await operator.get(FLOORS)).text
    assert (
        '<a href="https://floors.test/table?a=1&amp;b=2" rel="noreferrer">Nobody &amp; Sons' in page
    )
    assert "450.00 USD a month of 173.33 hours · one adult, &lt;invented&gt;" in page
    assert "$2.596205" in page
    assert "2026-01-01 – 2026-06-30" in page
    assert page.count(">Out of date<") == 1
    # What an operator has to see to comes first, each region by its name.
    assert page.index("No floor is known") < page.index("ZZ-1:2026-01-01:2") < page.index("$2.59")
    await operator.get(f"{FLOORS}?country=ke&page=more")
    await operator.get(f"{FLOORS}?country=nonsense")
    asked = [(one.country, one.page_token) for one in operator.world.requests("ListFloors")]
    assert asked == [("", ""), ("KE", "more"), ("", "")]
    operator.world.answers["GetFloorsCheck"] = lambda _: floors_pb2.GetFloorsCheckResponse()
    assert "Every country with contractors has a floor" in (await operator.get(FLOORS)).text


async def test_a_table_of_floors_goes_in_and_its_bad_rows_are_told_by_line(
    operator: Browser,
) -> None:
    def take(request: Any) -> Any:
        return floors_pb2.ImportFloorsResponse(
            added=len(request.rows) - 1,
            problems=[
                floors_pb2.RowProblem(
                    line=request.rows[-1].line, field="source_date", rule="fresh", message="old"
                )
            ],
        )

    operator.world.answers["ImportFloors"] = take
    table = (
        HEADER
        + ROW.format(region="")
        + ROW.format(region="1").replace("2.60", "9" * 41)
        + "ZZ,too,few\n"
        + ROW.format(region="2")
    )
    told = (await _load(operator, FLOORS, table)).json()
    assert (told["created"], told["duplicates"], told["refused"]) == (1, 0, 3)
    assert [(one["line"], one["field"]) for one in told["errors"]] == [
        (3, "amount"),
        (4, ""),
        (5, "source_date"),
    ]
    [asked] = operator.world.requests("ImportFloors")
    assert [(row.line, row.region, row.amount) for row in asked.rows] == [
        (2, "", "2.60"),
        (5, "2", "2.60"),
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "this country, such as US-CA. Did you mean KE-03 (Bungoma)?"),
        ("fr", "ce pays, par exemple US-CA. Vouliez-vous dire KE-03 (Bungoma) ?"),
    ],
)
async def test_a_row_of_a_mistyped_region_is_said_in_words(
    operator: Browser, language: str, said: str
) -> None:
    operator.world.answers["ImportFloors"] = lambda request: floors_pb2.ImportFloorsResponse(
        problems=[
            floors_pb2.RowProblem(
                line=2, field="region", rule="iso3166_2", message="no region",
                nearest="KE-03 (Bungoma)",
            )
        ]
    )  # fmt: skip
    answer = await _load(
        operator, FLOORS, HEADER + ROW.format(region="3"), **{"accept-language": language}
    )
    [error] = answer.json()["errors"]
    assert (error["line"], error["field"]) == (2, "region")
    assert error["message"].endswith(said)


async def test_long_tables_go_in_parts_and_wrong_files_not_at_all(operator: Browser) -> None:
    operator.world.answers["ImportRates"] = lambda request: floors_pb2.ImportRatesResponse(
        known=len(request.rows)
    )
    rates = "base,quote,rate,date,source,source_url\n" + (
        "USD,KES,129.35,2026-11-19,nobody,https://example.com\n" * 1001
    )
    answer = await _load(operator, f"{FLOORS}/rates", rates, accept="application/x-ndjson")
    last = json.loads(answer.text.strip().splitlines()[-1])
    assert (last["rows"], last["summary"]["duplicates"]) == (1001, 1001)
    sizes = [len(one.rows) for one in operator.world.requests("ImportRates")]
    assert sizes == [1000, 1]
    wrong = (await _load(operator, FLOORS, rates)).json()
    assert (wrong["refused"], wrong["errors"][0]["field"]) == (1, "base")
    assert (
        await _load(operator, FLOORS, "{}", **{"content-type": "text/plain"})
    ).status_code == 415
    assert operator.world.requests("ImportFloors") == []


async def test_pay_below_a_floor_is_shown_with_whose_floor_it_was_and_who_paid(
    operator: Browser,
) -> None:
    page = (await operator.get(f"{FLOORS}/tests")).text
    for part in ("ZZ-1", "Of the region", "Of the &lt;city&gt;", "$3.00", "$1.20", "FLOOR_UNKNOWN"):
        assert part in page
    await operator.get(f"{FLOORS}/tests?show=all&contractor=ctr_1&page=more")
    first, second = operator.world.requests("ListFloorTests")
    assert (first.shortfalls_only, first.contractor_id) == (True, "")
    assert (second.shortfalls_only, second.contractor_id, second.page_token) == (
        False,
        "ctr_1",
        "more",
    )


async def test_calendars_are_listed_with_what_comes_next_and_put_as_they_were_typed(
    operator: Browser,
) -> None:
    page = (await operator.get(CALENDARS)).text
    for part in ("Africa/Nairobi", "2026-12-03", "1 payee, KE, UG", "all others", "Every month"):
        assert part in page
    filled = (await operator.get(f"{CALENDARS}/kenya-monthly")).text
    assert 'value="kenya-monthly"' in filled
    assert '<option value="MONTHLY" selected>' in filled
    assert (await operator.get(f"{CALENDARS}/nobodys")).status_code == 404
    operator.world.answers["PutPayCalendar"] = lambda _: payouts_pb2.PutPayCalendarResponse()
    fields = {
        "pay_calendar_id": "uganda", "cadence": "BIWEEKLY", "anchor_date": "2026-01-05",
        "time_zone": "Africa/Kampala", "holidays_country": "ug", "pay_after_business_days": "3",
        "countries": "ug, ke", "payee_ids": "org_1\norg_2",
    }  # fmt: skip
    answer = await operator.send(f"{CALENDARS}/new", CALENDARS, **fields)
    assert answer.headers["location"] == CALENDARS
    [asked] = operator.world.requests("PutPayCalendar")
    assert asked.pay_calendar == payouts_types.PayCalendar(
        pay_calendar_id="uganda",
        cadence=payouts_types.PAY_CADENCE_BIWEEKLY,
        anchor_date="2026-01-05",
        time_zone="Africa/Kampala",
        pay_after_business_days=3,
        holidays_country="UG",
        countries=["UG", "KE"],
        payee_ids=["org_1", "org_2"],
    )


async def test_a_calendar_that_makes_no_sense_says_where_and_keeps_what_was_typed(
    operator: Browser,
) -> None:
    class Invalid(DomainError):
        kind, reason = Kind.INVALID, "PAY_CALENDAR_INVALID"

    def refuse(_: Any) -> Any:
        raise Invalid("'Mars/Base' is no time zone", field="time_zone")

    operator.world.answers["PutPayCalendar"] = refuse
    fields = {
        "pay_calendar_id": "odd", "cadence": "MONTHLY", "anchor_date": "2026-01-05",
        "time_zone": "Mars/Base", "holidays_country": "KE", "pay_after_business_days": "3",
        "countries": "", "payee_ids": "",
    }  # fmt: skip
    answer = await operator.send(f"{CALENDARS}/new", CALENDARS, **fields)
    assert answer.status_code == 422
    assert 'id="f-time_zone-error"' in answer.text
    assert 'value="Mars/Base"' in answer.text
    unread = await operator.send(
        f"{CALENDARS}/new", CALENDARS, **{**fields, "pay_after_business_days": "soon"}
    )
    assert 'id="f-pay_after_business_days-error"' in unread.text
    assert len(operator.world.requests("PutPayCalendar")) == 1


async def test_a_calendar_is_retired(operator: Browser) -> None:
    operator.world.answers["RetirePayCalendar"] = lambda _: payouts_pb2.RetirePayCalendarResponse()
    answer = await operator.send(CALENDARS, f"{CALENDARS}/others/retire")
    assert answer.headers["location"] == CALENDARS
    [asked] = operator.world.requests("RetirePayCalendar")
    assert asked.pay_calendar_id == "others"
