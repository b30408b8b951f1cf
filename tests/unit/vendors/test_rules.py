"""Countries, rate cards, natural keys, and events within their bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewline.vendors.v1 import events_pb2
from services.chassis.events import EVENT_BYTES_MAX
from services.chassis.unit_of_work import UnitOfWork
from services.vendors import announcements
from services.vendors.domain.contractors import (
    Contractor,
    Engagement,
    NewContractor,
    contractor_id,
    enrolled,
)
from services.vendors.domain.countries import check_country
from services.vendors.domain.errors import CountryUnknown, RateRepeated
from services.vendors.domain.histories import Cause
from services.vendors.domain.rate_cards import Rate, WorkKind, next_card

NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("code", ["KE", "DE", "PH", "VE", "US"])
def test_countries_of_the_standard_are_known(code: str) -> None:
    check_country(code)


@pytest.mark.parametrize("code", ["XX", "ZZ", "UK", "EU", "ke", "KEN", ""])
def test_others_are_not(code: str) -> None:
    with pytest.raises(CountryUnknown) as caught:
        check_country(code, field="contractor.country")
    assert caught.value.metadata == {"country": code, "field": "contractor.country"}


def _rates(*kinds: WorkKind) -> list[Rate]:
    return [Rate(kind=kind, commission_bps=100) for kind in kinds]


def test_versions_of_a_rate_card_count_up() -> None:
    first = next_card(vendor_id="v", current=None, rates=_rates(WorkKind.CHOICE), now=NOW)
    second = next_card(vendor_id="v", current=first, rates=_rates(WorkKind.TEXT), now=NOW)
    assert (first.version, second.version) == (1, 2)
    assert [rate.kind for rate in second.rates] == [WorkKind.TEXT]


def test_one_rate_a_kind() -> None:
    kinds = (WorkKind.CHOICE, WorkKind.TEXT, WorkKind.CHOICE)
    with pytest.raises(RateRepeated) as caught:
        next_card(vendor_id="v", current=None, rates=_rates(*kinds), now=NOW)
    assert caught.value.metadata["field"] == "rates[2].kind"


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_the_natural_key_is_the_pair(o1: str, e1: str, o2: str, e2: str) -> None:
    same = contractor_id(organisation_id=o1, external_id=e1) == contractor_id(
        organisation_id=o2, external_id=e2
    )
    assert same is ((o1, e1) == (o2, e2))


def _contractor(number: int, *, skills: tuple[str, ...] = ()) -> Contractor:
    row = NewContractor(
        external_id=f"w{number}",
        name="Ada Secret",
        email="ada@example.com",
        country="KE",
        languages=("en",),
        skills=skills,
    )
    cause = Cause(actor="per_1", reason="x", now=NOW)
    return enrolled(row, organisation_id="org_1", engagement=Engagement.VENDOR, cause=cause)


def _announced(contractors: list[Contractor]) -> list[events_pb2.ContractorsChanged]:
    work = UnitOfWork(
        session=None,  # type: ignore[arg-type]  # publishing needs none
        now=NOW,
        _new_id=lambda prefix: prefix,
        _subject_prefix="",
    )
    announcements.contractors_changed(work, contractors)
    assert all(len(event.body) <= EVENT_BYTES_MAX for event in work.events)
    return [events_pb2.ContractorsChanged.FromString(event.body) for event in work.events]


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (500, [500]), (1001, [500, 500, 1])]
)
def test_events_hold_at_most_five_hundred_records(count: int, sizes: list[int]) -> None:
    contractors = [_contractor(number) for number in range(count)]
    events = _announced(contractors)
    assert [len(event.contractors) for event in events] == sizes
    told = [record.contractor_id for event in events for record in event.contractors]
    assert told == [contractor.contractor_id for contractor in contractors]


def test_the_largest_records_still_fit_the_bus() -> None:
    skills = tuple(f"{n:02}" + "語" * 62 for n in range(50))
    events = _announced([_contractor(number, skills=skills) for number in range(300)])
    assert len(events) > 1
    assert sum(len(event.contractors) for event in events) == 300


def test_no_name_and_no_address_leave_the_service() -> None:
    (event,) = _announced([replace(_contractor(1), version=7)])
    assert event.contractors[0].version == 7
    assert b"Ada" not in event.SerializeToString()
    assert b"example.com" not in event.SerializeToString()
