"""Regions of ISO 3166-2: which codes are taken, and what a mistyped one may have meant."""

from __future__ import annotations

import subprocess
import sys

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.broker.settings import BrokerSettings
from services.chassis.region_settings import RegionSettings
from services.chassis.regions import NEAREST_MAX, RegionCodes, RegionInvalid
from services.payouts.settings import PayoutsSettings
from services.vendors.settings import VendorsSettings

LISTED = [one.code for one in pycountry.subdivisions]
CODES = RegionCodes()


def refused(region: str, codes: RegionCodes = CODES) -> RegionInvalid:
    with pytest.raises(RegionInvalid) as caught:
        codes.check(region, field="somebody.region")
    return caught.value


def test_every_code_of_the_list_is_taken() -> None:
    assert len(LISTED) > 5000
    for region in LISTED:
        CODES.check(region, field="region")


def test_a_code_that_nobody_has_is_refused_with_those_that_it_may_have_meant() -> None:
    """G17: a slip of the finger would have been paid by the country's floor without a word."""
    err = refused("US-CX")
    assert err.reason == "REGION_INVALID"
    assert err.metadata == {
        "region": "US-CX",
        "country": "US",
        "nearest": "US-CA (California), US-CO (Colorado), US-CT (Connecticut)",
        "field": "somebody.region",
    }
    assert "US-CX" in err.message
    assert err.metadata["nearest"] in err.message


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        # Two that are swapped come before others.
        ("KE-74", "KE-47 (West Pokot)"),
        # What a spreadsheet makes of a code: its zeros are gone.
        ("KE-3", "KE-03 (Bungoma)"),
        ("SI-1", "SI-001 (Ajdovščina)"),
        ("FR-IFD", "FR-IDF (Île-de-France)"),
        # One too many, one too few, and another.
        ("US-CAL", "US-AL (Alabama)"),
        ("US-C", "US-CA (California)"),
        ("GB-EMG", "GB-ENG (England)"),
    ],
)
def test_one_edit_away_is_near(typed: str, nearest: str) -> None:
    assert nearest in refused(typed).metadata["nearest"].split(", ")


def test_a_code_that_is_near_nothing_names_nothing() -> None:
    err = refused("KE-ZZZ")
    assert err.metadata["nearest"] == ""
    assert err.message == "KE-ZZZ is no region of KE in ISO 3166-2"


@pytest.mark.parametrize(
    "region", ["", "KE", "KE-", "ke-30", "KE-30 ", "KE-0030", "30", "KE_30", "KE-Nairobi", "K3-30"]
)
def test_what_has_not_the_form_is_refused(region: str) -> None:
    assert "ISO 3166-2" in refused(region).message


@pytest.mark.parametrize("region", ["ZZ-1", "XK-PR", "AA-9", "QM-A", "QZ-A", "XA-B", "HK-KL"])
def test_countries_without_a_list_take_any_code_of_the_form(region: str) -> None:
    CODES.check(region, field="region")


@given(st.from_regex(r"[A-Z]{2}-[A-Z0-9]{1,3}", fullmatch=True))
def test_what_is_named_as_near_is_taken_and_of_the_same_country(region: str) -> None:
    try:
        CODES.check(region, field="region")
    except RegionInvalid as err:
        named = [one.split(" (")[0] for one in err.metadata["nearest"].split("), ") if one]
        assert len(named) == len(set(named)) <= NEAREST_MAX
        assert set(named) <= set(LISTED)
        assert {one[:2] for one in named} <= {region[:2]}
        assert region not in LISTED


def test_codes_that_the_list_has_not_yet_are_an_operators_to_add() -> None:
    codes = RegionCodes(added=frozenset({"KE-48", "HK-NEW"}))
    codes.check("KE-48", field="region")
    codes.check("KE-30", field="region")
    # They are near what is mistyped, and make no list for a country that has none.
    assert refused("KE-84", codes).metadata["nearest"].startswith("KE-48, ")
    codes.check("HK-OLD", field="region")
    refused("KE-49", codes)


@pytest.mark.parametrize("kind", [VendorsSettings, BrokerSettings, PayoutsSettings])
def test_the_services_that_take_regions_are_told_of_added_ones(
    kind: type[RegionSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = {
        "MONGO_URI": "mongodb://x", "NATS_URL": "nats://x", "ACCOUNTS_ADDRESS": "127.0.0.1:1",
    }  # fmt: skip
    for name, value in needed.items():
        monkeypatch.setenv(f"CREWLINE_{name}", value)

    def problems(extra: str) -> set[str]:
        monkeypatch.setenv("CREWLINE_REGIONS_EXTRA", extra)
        try:
            kind()  # type: ignore[call-arg]
        except ValidationError as err:
            return {str(one["loc"][0]) for one in err.errors()}
        return set()

    assert kind.model_fields["regions_extra"].default == ""
    for good in ("", "KE-48", "KE-48,US-ZZ"):
        assert "regions_extra" not in problems(good)
    for bad in ("KE", "ke-48", "KE-48 US-ZZ", "KE-48,", ",", '["KE-48"]'):
        assert "regions_extra" in problems(bad)


def test_added_codes_are_read_from_the_setting() -> None:
    def read(**given: str) -> RegionCodes:
        fields = {"mongo_uri": "mongodb://x", "mongo_database": "x", "nats_url": "nats://x"}
        return RegionSettings.model_validate(fields | given).region_codes

    assert read() == RegionCodes()
    found = read(regions_extra="KE-48,US-ZZ")
    assert found == RegionCodes(added=frozenset({"KE-48", "US-ZZ"}))


def test_the_list_is_read_when_the_first_region_is_asked_about() -> None:
    """Claims ask about none: a process that only hands work out never reads it."""
    program = (
        "import pycountry, services.broker.app\n"
        "from services.chassis.regions import RegionCodes\n"
        "assert not pycountry.subdivisions._is_loaded\n"
        "RegionCodes().check('KE-30', field='region')\n"
        "assert pycountry.subdivisions._is_loaded\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
