"""What a vendor does on the pages: each form asks the services for exactly that."""

from __future__ import annotations

from typing import Any

import pytest
from markupsafe import escape

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types
from crewline.common.v1 import types_pb2 as common_types
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.payouts.v1 import types_pb2 as payouts_types
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from crewline.vendors.v1 import types_pb2 as vendors_types
from services.chassis.errors import DomainError, FieldsInvalid, FieldViolation, Kind
from services.chassis.regions import RegionInvalid
from tests.rpc.web import samples, samples_of_vendors
from tests.rpc.web.conftest import Browser
from tests.rpc.web.world import csrf_of


class NotThere(DomainError):
    kind, reason = Kind.NOT_FOUND, "VENDOR_NOT_FOUND"


@pytest.fixture
async def vendor(browser: Browser) -> Browser:
    samples.fill(browser.world)
    await browser.sign_in("VENDOR")
    return browser


def _refuse(err: DomainError) -> Any:
    def answer(_: Any) -> Any:
        raise err

    return answer


async def test_an_organisation_applies_and_sees_what_is_wrong_where(vendor: Browser) -> None:
    vendor.world.answers["GetVendor"] = _refuse(NotThere("no such vendor"))
    page = await vendor.get("/vendor/overview")
    assert 'value="Analytical &amp; Sons"' in page.text  # what is known is filled in
    violation = FieldViolation(field="country", description="", rule="string.pattern")
    vendor.world.answers["SubmitApplication"] = _refuse(FieldsInvalid([violation]))
    fields = {"legal_name": "Crew Ltd", "country": "xx", "contact_email": "a@b.test"}
    answer = await vendor.send("/vendor/overview", "/vendor/overview", **fields)
    assert answer.status_code == 422
    assert 'id="f-country-error"' in answer.text
    assert 'value="Crew Ltd"' in answer.text
    vendor.world.answers["SubmitApplication"] = lambda _: vendors_pb2.SubmitApplicationResponse()
    answer = await vendor.send(
        "/vendor/overview", "/vendor/overview", **{**fields, "country": "ke"}
    )
    assert answer.headers["location"] == "/vendor/overview"
    assert vendor.world.requests("SubmitApplication")[-1].country == "KE"


async def test_a_vendor_reads_why_it_was_rejected(vendor: Browser) -> None:
    rejected = samples_of_vendors.vendor(
        state=3,
        history=[common_types.StateChange(to_state="REJECTED", reason="no <papers>")],
    )
    vendor.world.answers["GetVendor"] = lambda _: vendors_pb2.GetVendorResponse(vendor=rejected)
    page = await vendor.get("/vendor/overview")
    assert "was rejected" in page.text
    assert "no &lt;papers&gt;" in page.text


async def test_rates_are_percent_of_the_kinds_that_are_filled_in(vendor: Browser) -> None:
    page = await vendor.get("/vendor/rates")
    assert 'name="CHOICE" type="text" value="12.5"' in page.text
    vendor.world.answers["SetRateCard"] = lambda _: vendors_pb2.SetRateCardResponse()
    await vendor.send("/vendor/rates", "/vendor/rates", CHOICE="7,25", PAIRWISE="", TEXT="0")
    (asked,) = vendor.world.requests("SetRateCard")
    assert [(rate.kind, rate.commission_bps) for rate in asked.rates] == [
        (common_types.WORK_KIND_CHOICE, 725),
        (common_types.WORK_KIND_TEXT, 0),
    ]
    for wrong in ({"CHOICE": "101"}, {"CHOICE": "much"}, {"CHOICE": ""}, {"CHOICE": "nan"}):
        answer = await vendor.send("/vendor/rates", "/vendor/rates", **wrong)
        assert answer.status_code == 422, wrong
    assert len(vendor.world.requests("SetRateCard")) == 1


async def test_the_pool_shows_what_each_did_and_earned_side_by_side(vendor: Browser) -> None:
    page = (await vendor.get("/vendor/pool")).text
    row = page[page.index("Wanjiru") : page.index("Otieno")]
    assert "950" in row
    assert "900" in row
    assert "98%" in row  # of those that were decided
    assert "US$1,080.00" in row  # accrued, stated and paid together
    assert "US$270.00" in row  # for an hour of the four
    nobody = page[page.index("Somebody who has not begun") :]
    assert "US$" not in nobody[: nobody.index("</tr>")]


async def test_figures_of_a_pool_are_read_to_their_last_page(vendor: Browser) -> None:
    def activity(request: Any) -> Any:
        number = int(request.page_token or 1)
        return broker_pb2.ListPoolActivityResponse(
            contractors=[
                broker_types.ContractorActivity(
                    contractor_id=f"con_{number}", answers_accepted=number
                )
            ],
            next_page_token=str(number + 1) if number < 3 else "",
        )

    vendor.world.answers["ListPoolActivity"] = activity
    page = (await vendor.get("/vendor/pool")).text
    assert len(vendor.world.requests("ListPoolActivity")) == 3
    assert "<dt>Answers accepted</dt><dd>6</dd>" in page
    await vendor.get("/vendor/pool/con_1")
    assert len(vendor.world.requests("ListPoolActivity")) == 3  # kept for moments


async def test_a_contractor_is_enrolled_as_the_form_says(vendor: Browser) -> None:
    vendor.world.answers["EnrolContractor"] = lambda _: vendors_pb2.EnrolContractorResponse(
        contractor=samples_of_vendors.contractor(7, "New")
    )
    answer = await vendor.send(
        "/vendor/pool/enrol",
        "/vendor/pool/enrol",
        external_id="E-7",
        name="New",
        email="",
        country="ke",
        region="ke-30",
        languages="en, sw,, en",
        skills="birds\ncars",
    )
    assert answer.headers["location"] == "/vendor/pool/con_7"
    (asked,) = vendor.world.requests("EnrolContractor")
    assert (asked.contractor.country, asked.contractor.region) == ("KE", "KE-30")
    assert list(asked.contractor.languages) == ["en", "sw"]
    assert list(asked.contractor.skills) == ["birds", "cars"]


async def test_those_chosen_get_links_and_the_rest_say_why_not(vendor: Browser) -> None:
    def invite(request: Any) -> Any:
        return accounts_pb2.BatchCreateInvitationsResponse(
            results=[
                accounts_pb2.InvitationResult(secret="inv_of_one"),
                accounts_pb2.InvitationResult(
                    error=common_types.ItemError(reason="ALREADY_SIGNS_IN", message="they do")
                ),
            ]
        )

    def contractor(request: Any) -> Any:
        number = int(request.contractor_id[-1])
        names = {1: "=HYPERLINK()", 2: "Two"}
        return vendors_pb2.GetContractorResponse(
            contractor=samples_of_vendors.contractor(number, names[number])
        )

    vendor.world.answers["BatchCreateInvitations"] = invite
    vendor.world.answers["GetContractor"] = contractor
    answer = await vendor.send(
        "/vendor/pool", "/vendor/pool/invite", contractor_id=["con_1", "con_2", "con_1"]
    )
    base = str(vendor.client.base_url).rstrip("/")
    assert f'value="{base}/invitations/accept#inv_of_one"' in answer.text
    assert "This person signs in already." in answer.text
    # A spreadsheet takes no name for a formula.
    assert f"&#39;=HYPERLINK(),{base}/invitations/accept#inv_of_one" in answer.text
    (asked,) = vendor.world.requests("BatchCreateInvitations")
    assert [one.person_id for one in asked.invitations] == ["con_1", "con_2"]
    nobody = await vendor.send("/vendor/pool", "/vendor/pool/invite")
    assert nobody.headers["location"] == "/vendor/pool"


@pytest.mark.parametrize("step", ["suspend", "reinstate", "offboard"])
async def test_each_step_of_a_contractor_is_its_rpc_with_its_reason(
    vendor: Browser, step: str
) -> None:
    rpc = f"{step.capitalize()}Contractor"
    vendor.world.answers[rpc] = lambda _: getattr(vendors_pb2, f"{rpc}Response")()
    at = "/vendor/pool/con_1"
    answer = await vendor.send(at, f"{at}/{step}", reason="asked to")
    assert answer.headers["location"] == at
    (asked,) = vendor.world.requests(rpc)
    assert (asked.contractor_id, asked.reason) == ("con_1", "asked to")


async def test_a_contractors_region_is_set_with_the_reason(vendor: Browser) -> None:
    at = "/vendor/pool/con_1"
    vendor.world.answers["SetContractorRegion"] = lambda _: (
        vendors_pb2.SetContractorRegionResponse()
    )
    answer = await vendor.send(f"{at}/region", f"{at}/region", region="ke-47", reason="moved")
    assert answer.headers["location"] == at
    (asked,) = vendor.world.requests("SetContractorRegion")
    assert (asked.contractor_id, asked.region, asked.reason) == ("con_1", "KE-47", "moved")

    class Elsewhere(DomainError):
        kind, reason = Kind.INVALID, "REGION_INVALID"

    vendor.world.answers["SetContractorRegion"] = _refuse(
        Elsewhere("US-CA is in US", field="region")
    )
    answer = await vendor.send(f"{at}/region", f"{at}/region", region="US-CA", reason="moved")
    assert answer.status_code == 422
    assert 'id="f-region-error"' in answer.text
    assert 'value="US-CA"' in answer.text


NEAR = "US-CA (California), US-CO (Colorado)"
SAID = {
    "en": "US-CX: That is not the code of a region of this country, such as US-CA."
    f" Did you mean {NEAR}?",
    "fr": "US-CX: Ce n'est pas le code d'une région de ce pays, par exemple US-CA."
    f" Vouliez-vous dire {NEAR} ?",
}


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_mistyped_region_is_said_in_words_where_it_is_typed(
    vendor: Browser, language: str
) -> None:
    refused = RegionInvalid("no region", region="US-CX", nearest=NEAR, field="contractor.region")
    vendor.world.answers["EnrolContractor"] = _refuse(refused)
    moved = RegionInvalid("no region", region="US-CX", nearest=NEAR, field="region")
    vendor.world.answers["SetContractorRegion"] = _refuse(moved)
    vendor.client.headers["accept-language"] = language
    for at, fields in (
        ("/vendor/pool/enrol", {"external_id": "E-7", "name": "New", "country": "us"}),
        ("/vendor/pool/con_1/region", {"reason": "moved"}),
    ):
        answer = await vendor.send(at, at, region="us-cx", **fields)
        assert answer.status_code == 422
        shown = answer.text[answer.text.index('id="f-region-error"') :]
        assert escape(SAID[language]) in shown
        assert 'value="US-CX"' in answer.text


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_mistyped_region_in_a_file_is_said_in_words_with_its_line(
    vendor: Browser, language: str
) -> None:
    error = common_types.ItemError(
        reason="REGION_INVALID", message="no region", field="region",
        metadata={"region": "US-CX", "nearest": NEAR},
    )  # fmt: skip
    strange = common_types.ItemError(reason="FIELD_VIOLATION", message="too long", field="name")

    async def refuse_all(requests: Any) -> Any:
        async for request in requests:
            assert [one.region for one in request.contractors] == ["US-CX", "US-CA"]
            yield vendors_pb2.ImportContractorsResponse(
                results=[
                    vendors_pb2.ImportContractorResult(row=0, external_id="w1", error=error),
                    vendors_pb2.ImportContractorResult(row=1, external_id="w2", error=strange),
                ]
            )

    vendor.world.answers["ImportContractors"] = refuse_all
    page = await vendor.get("/vendor/pool/import")
    answer = await vendor.client.post(
        "/vendor/pool/import",
        content=b"external_id,name,country,region\nw1,Ada,US,US-CX\nw2,Ben,US,US-CA\n",
        headers={
            "x-csrf-token": csrf_of(page.text), "accept": "application/json",
            "content-type": "text/csv", "accept-language": language,
        },
    )  # fmt: skip
    told = [(one["line"], one["field"], one["message"]) for one in answer.json()["errors"]]
    assert told == [(2, "region", SAID[language]), (3, "name", "too long")]


async def test_onboarding_leads_to_the_provider_by_a_link_and_back_here(vendor: Browser) -> None:
    vendor.world.answers["CreateAccountLink"] = lambda _: payouts_pb2.CreateAccountLinkResponse(
        url="https://connect.stripe.test/setup?a=1&b=2"
    )
    answer = await vendor.send("/vendor/payout", "/vendor/payout/onboarding")
    assert 'href="https://connect.stripe.test/setup?a=1&amp;b=2"' in answer.text
    (asked,) = vendor.world.requests("CreateAccountLink")
    base = str(vendor.client.base_url).rstrip("/")
    assert asked.return_url == asked.refresh_url == f"{base}/vendor/payout"


async def test_a_vendor_without_an_account_makes_one(vendor: Browser) -> None:
    vendor.world.answers["GetPayoutAccount"] = _refuse(NotThere("none"))
    vendor.world.answers["CreatePayoutAccount"] = lambda _: (
        payouts_pb2.CreatePayoutAccountResponse()
    )
    answer = await vendor.send("/vendor/payout", "/vendor/payout", email="pay@crowd.test")
    assert answer.headers["location"] == "/vendor/payout"
    assert vendor.world.requests("CreatePayoutAccount")[0].email == "pay@crowd.test"


async def test_a_tax_form_is_given_and_its_number_never_shown_again(vendor: Browser) -> None:
    said = {
        "form": "TAX_FORM_W8BENE", "country": "ke", "id_type": "TAX_ID_TYPE_TIN",
        "number": "P051234567X", "legal_name": "Crowd Ltd", "certified": "on",
    }  # fmt: skip
    vendor.world.answers["CertifyTaxIdentity"] = lambda _: payouts_pb2.CertifyTaxIdentityResponse()
    answer = await vendor.send("/vendor/tax", "/vendor/tax", **said)
    assert answer.headers["location"] == "/vendor/tax"
    (asked,) = vendor.world.requests("CertifyTaxIdentity")
    assert (asked.country, asked.number, asked.certified) == ("KE", "P051234567X", True)
    assert asked.form == payouts_types.TAX_FORM_W8BENE

    vendor.world.answers["CertifyTaxIdentity"] = _refuse(NotThere("no"))
    refused = await vendor.send("/vendor/tax", "/vendor/tax", **said)
    assert refused.status_code == 422
    assert "P051234567X" not in refused.text
    assert "Crowd Ltd" in refused.text


async def test_a_vendor_cannot_erase_anybody(vendor: Browser) -> None:
    at = "/vendor/pool/con_1"
    left = samples_of_vendors.contractor(
        1, "Wanjiru", state=vendors_types.CONTRACTOR_STATE_OFFBOARDED
    )
    vendor.world.answers["GetContractor"] = lambda _: vendors_pb2.GetContractorResponse(
        contractor=left
    )
    page = await vendor.get(at)
    assert "Wanjiru" in page.text
    assert f"{at}/erase" not in page.text
    await vendor.send(at, f"{at}/erase", reason="x")
    assert vendor.world.requests("EraseContractor") == []
