"""What a client does on the pages: each form asks the service for exactly that."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.accounts.v1 import types_pb2 as accounts_types
from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types
from crewline.common.v1 import types_pb2 as common_types
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.payouts.v1 import types_pb2 as payouts_types
from crewline.quality.v1 import service_pb2 as quality_pb2
from crewline.quality.v1 import types_pb2 as quality_types
from services.chassis.errors import DomainError, FieldsInvalid, FieldViolation, Kind
from services.chassis.regions import RegionInvalid
from tests.rpc.web import samples
from tests.rpc.web.conftest import Browser, RunSite
from tests.rpc.web.world import World, csrf_of
from tests.waiting import eventually

NEW = "/client/projects/new/sentiment"
FORM = {
    "name": "Moods",
    "instructions": "Say how the writer feels.",
    "label_config": samples.CONFIG,
    "example": "",
    "pay": "0,12",
    "currency": "EUR",
    "overlap": "5",
    "lease_minutes": "10",
    "expected_seconds": "45,5",
    "commission_percent": "12.5",
    "review_percent": "5",
    "countries": "ke, FR",
    "regions": "ke-30",
    "languages": "en",
    "skills": "",
    "exclude_direct": "on",
}


class InsufficientFunds(DomainError):
    kind, reason = Kind.PRECONDITION, "INSUFFICIENT_FUNDS"


class BillingChanged(DomainError):
    kind, reason = Kind.CONFLICT, "BILLING_CHANGED"


@pytest.fixture
async def client(browser: Browser) -> Browser:
    samples.fill(browser.world)
    await browser.sign_in("CLIENT")
    return browser


async def test_a_project_is_made_as_the_form_says(client: Browser) -> None:
    client.world.answers["CreateProject"] = lambda _: broker_pb2.CreateProjectResponse(
        project=samples.project(project_id="prj_new")
    )
    answer = await client.send(NEW, NEW, **FORM)
    assert answer.headers["location"] == "/client/projects/prj_new", answer.text
    (asked,) = client.world.requests("CreateProject")
    assert asked.pay == common_types.Money(amount_minor=12, currency="EUR")
    assert asked.kind == common_types.WORK_KIND_UNSPECIFIED
    assert (asked.overlap, asked.lease_seconds, asked.commission_bps_max) == (5, 600, 1250)
    assert asked.expected_seconds == pytest.approx(45.5)
    assert list(asked.eligibility.countries) == ["KE", "FR"]
    assert list(asked.eligibility.regions) == ["KE-30"]
    assert list(asked.eligibility.skills) == []
    assert asked.eligibility.exclude_direct
    assert asked.quality_policy.review_share == pytest.approx(0.05)
    assert asked.label_config == samples.CONFIG


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Did you mean US-CA (California)?"), ("fr", "Vouliez-vous dire US-CA (California) ?")],
)
async def test_a_mistyped_region_of_a_project_is_named_beside_the_field(
    client: Browser, language: str, said: str
) -> None:
    def refuse(_: Any) -> Any:
        raise RegionInvalid(
            "no region", region="US-CX", nearest="US-CA (California)", field="eligibility.regions"
        )

    client.world.answers["CreateProject"] = refuse
    client.client.headers["accept-language"] = language
    answer = await client.send(NEW, NEW, **FORM)
    assert answer.status_code == 422
    shown = answer.text[answer.text.index('id="f-regions-error"') :][:300]
    assert "US-CX: " in shown
    assert said in shown


async def test_the_form_says_a_kind_that_the_label_config_cannot(client: Browser) -> None:
    page = await client.get("/client/projects/new/programs")
    assert '<option value="CODE" selected>' in page.text
    page = await client.get("/client/projects/new/boxes")
    assert '<option value="" selected>' in page.text
    client.world.answers["CreateProject"] = lambda _: broker_pb2.CreateProjectResponse(
        project=samples.project(project_id="prj_new")
    )
    for kind, wanted in (
        ("ORDINAL", common_types.WORK_KIND_ORDINAL),
        ("nonsense", common_types.WORK_KIND_UNSPECIFIED),
    ):
        await client.send(NEW, NEW, **FORM, kind=kind)
        assert client.world.requests("CreateProject")[-1].kind == wanted


async def test_fields_and_answers_of_several_parts_are_shown_in_words(client: Browser) -> None:
    world = client.world
    found = samples.project(
        kind=common_types.WORK_KIND_STRUCTURED,
        fields=[
            broker_types.AnswerField(name="seen", kind=common_types.WORK_KIND_REGIONS),
            broker_types.AnswerField(name="stars", kind=common_types.WORK_KIND_ORDINAL),
        ],
    )
    world.answers["GetProject"] = lambda _: broker_pb2.GetProjectResponse(project=found)
    about = await client.get(f"/client/projects/{found.project_id}/about")
    assert "seen (Regions of images), stars (Rating)" in about.text
    for said in ("$12.70", "measured", "Below the floor", "Invented living wages"):
        assert said in about.text
    box = '{"box":[1,2,3,4],"label":"Car"}'
    near = '{"box":[1,2,3,5],"label":"Car"}'
    answers = [
        broker_types.ResultAnswer(
            assignment_id=name, contractor_pseudonym=name, value=f'{{"seen":[{seen}],"stars":"3"}}'
        )
        for name, seen in (("a", near), ("b", ""))
    ]
    result = broker_types.Result(
        task_id="tsk_1",
        external_id="t1",
        label=f'{{"seen":[{box}],"stars":"3"}}',
        answers=answers,
    )
    world.answers["ListResults"] = lambda _: broker_pb2.ListResultsResponse(results=[result])
    page = await client.get(f"/client/projects/{found.project_id}/results")
    assert "seen: Car\nstars: 3" in page.text
    # The same in words is no difference: nobody draws a box twice alike.
    assert page.text.count("lines differs") == 1
    assert "seen: nothing" in page.text


async def test_a_form_that_is_wrong_says_where_and_keeps_what_was_typed(client: Browser) -> None:
    answer = await client.send(NEW, NEW, **{**FORM, "pay": "twelve", "overlap": "2.5"})
    assert answer.status_code == 422
    assert 'id="f-pay-error"' in answer.text
    assert 'id="f-overlap-error"' in answer.text
    assert 'value="twelve"' in answer.text
    assert client.world.requests("CreateProject") == []


async def test_what_the_service_refuses_is_said_at_its_field(client: Browser) -> None:
    def refuse(_: Any) -> Any:
        raise FieldsInvalid(
            [
                FieldViolation(field="name", description="too long", rule="string.max_len"),
                FieldViolation(field="pay.amount_minor", description="must be more than nothing"),
            ]
        )

    client.world.answers["CreateProject"] = refuse
    answer = await client.send(NEW, NEW, **FORM)
    assert answer.status_code == 422
    assert '<p class="field-error" id="f-name-error">This is too long.</p>' in answer.text
    assert "must be more than nothing" in answer.text
    assert 'value="Moods"' in answer.text


async def test_the_label_config_is_checked_while_it_is_written(client: Browser) -> None:
    def check(request: Any) -> Any:
        problem = common_types.ItemError(message="no <View>", field="label_config")
        return broker_pb2.CheckLabelConfigResponse(problems=[problem])

    page = await client.get(NEW)
    assert "text (Text)" not in page.text
    client.world.answers["CheckLabelConfig"] = check
    answer = await client.client.post(
        "/client/label-config/check",
        data={"label_config": "<Vew/>", "example": '{"a": 1}'},
        headers={"x-csrf-token": csrf_of(page.text), "hx-request": "true"},
    )
    assert answer.status_code == 200
    assert "no &lt;View&gt;" in answer.text
    assert "<html" not in answer.text
    (asked,) = client.world.requests("CheckLabelConfig")
    assert list(asked.data_json) == ['{"a": 1}']


async def test_money_is_held_in_the_projects_currency(client: Browser) -> None:
    client.world.answers["FundProject"] = lambda _: payouts_pb2.FundProjectResponse()
    page = "/client/projects/prj_1"
    answer = await client.send(page, f"{page}/fund", amount="1 250.50")
    assert answer.headers["location"] == page
    (asked,) = client.world.requests("FundProject")
    assert asked.amount == common_types.Money(amount_minor=125_050, currency="USD")
    assert "US$1,250.50 are held" in (await client.get(page)).text
    await client.send(page, f"{page}/fund", amount="lots")
    assert "not an amount" in (await client.get(page)).text
    assert len(client.world.requests("FundProject")) == 1


async def test_a_refused_step_goes_back_to_its_page_and_says_why(client: Browser) -> None:
    def refuse(_: Any) -> Any:
        raise InsufficientFunds("available 3, asked 5")

    client.world.answers["FundProject"] = refuse
    page = "/client/projects/prj_1"
    token = csrf_of((await client.get(page)).text)
    answer = await client.client.post(
        f"{page}/fund",
        data={"csrf_token": token, "amount": "5"},
        headers={"referer": f"{client.client.base_url}{page}"},
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == page
    assert "You do not have that much to spend." in (await client.get(page)).text
    elsewhere = await client.client.post(
        f"{page}/fund",
        data={"csrf_token": token, "amount": "5"},
        headers={"referer": "https://evil.test/client/projects/prj_1"},
    )
    assert elsewhere.status_code == 409
    assert "You do not have that much to spend." in elsewhere.text


@pytest.mark.parametrize(
    ("step", "rpc"),
    [
        ("activate", "ActivateProject"),
        ("pause", "PauseProject"),
        ("resume", "ResumeProject"),
        ("complete", "CompleteProject"),
        ("cancel", "CancelProject"),
    ],
)
async def test_each_step_is_its_rpc(client: Browser, step: str, rpc: str) -> None:
    response = getattr(broker_pb2, f"{rpc}Response")
    client.world.answers[rpc] = lambda _: response()
    page = "/client/projects/prj_1"
    answer = await client.send(page, f"{page}/{step}", reason="too dear")
    assert answer.headers["location"] == page
    (asked,) = client.world.requests(rpc)
    assert asked.project_id == "prj_1"
    if step in ("pause", "cancel"):
        assert asked.reason == "too dear"


async def test_the_same_form_twice_is_the_same_request(client: Browser) -> None:
    client.world.answers["PauseProject"] = lambda _: broker_pb2.PauseProjectResponse()
    page = "/client/projects/prj_1"
    text = (await client.get(page)).text
    given = text.split('name="request_id" value="')[1][:36]
    for _ in range(2):
        await client.client.post(
            f"{page}/pause",
            data={"csrf_token": csrf_of(text), "request_id": given, "reason": "r"},
        )
    assert [asked.request_id for asked in client.world.requests("PauseProject")] == [given, given]


async def test_disagreements_are_looked_for_through_all_results(client: Browser) -> None:
    def page(request: Any) -> Any:
        number = int(request.page_token or 0)
        odd = "negative" if number == 2 else "positive"
        return broker_pb2.ListResultsResponse(
            results=[samples.result(f"tsk_{number}", f"photo-{number}", second=odd)],
            next_page_token=str(number + 1) if number < 4 else "",
        )

    client.world.answers["ListResults"] = page
    answer = await client.get("/client/projects/prj_1/results?only=disagreements")
    assert "photo-2" in answer.text
    assert "photo-1" not in answer.text
    assert "Looked through 5 results." in answer.text


async def test_a_review_is_decided_with_a_reason_for_a_rejection(client: Browser) -> None:
    client.world.answers["DecideReviews"] = lambda request: quality_pb2.DecideReviewsResponse(
        results=[quality_pb2.ReviewResult(assignment_id="asg_1")]
    )
    page = "/client/projects/prj_1/reviews"
    await client.send(page, page, assignment_id="asg_1", decision="reject", reason=" ")
    assert client.world.requests("DecideReviews") == []
    assert "Say which part of the instructions" in (await client.get(page)).text
    await client.send(page, page, assignment_id="asg_1", decision="reject", reason="not a bird")
    await client.send(page, page, assignment_id="asg_1", decision="accept", reason="")
    rejected, accepted = [asked.decisions[0] for asked in client.world.requests("DecideReviews")]
    assert (rejected.decision, rejected.reason) == (quality_types.DECISION_REJECTED, "not a bird")
    assert accepted.decision == quality_types.DECISION_ACCEPTED


async def test_a_task_of_another_project_is_not_there(client: Browser) -> None:
    answer = await client.get("/client/projects/prj_2/tasks/tsk_1")
    assert answer.status_code == 404


async def test_a_key_is_shown_once(client: Browser) -> None:
    client.world.answers["BatchCreateApiKeys"] = lambda request: (
        accounts_pb2.BatchCreateApiKeysResponse(
            results=[
                accounts_pb2.ApiKeyResult(
                    api_key=accounts_types.ApiKey(api_key_id="key_9", label=request.keys[0].label),
                    secret="ck_shown_once",
                )
            ]
        )
    )
    answer = await client.send("/keys", "/keys", label="nightly export")
    assert 'value="ck_shown_once"' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "ck_shown_once" not in (await client.get("/keys")).text
    (asked,) = client.world.requests("BatchCreateApiKeys")
    assert asked.keys[0].person_id == "per_client@example.test"


async def test_an_address_for_webhooks_is_registered_and_its_secret_shown_once(
    client: Browser,
) -> None:
    client.world.answers["CreateWebhookEndpoint"] = lambda request: (
        payouts_pb2.CreateWebhookEndpointResponse(
            webhook_endpoint=payouts_types.WebhookEndpoint(
                webhook_endpoint_id="whe_9", url=request.url
            ),
            secret="whsec_shown_once",
        )
    )
    url = "https://example.com/new"
    answer = await client.send("/hooks", "/hooks", url=url, types="funds.low", description="")
    assert 'value="whsec_shown_once"' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "whsec_shown_once" not in (await client.get("/hooks")).text
    (asked,) = client.world.requests("CreateWebhookEndpoint")
    assert (asked.url, list(asked.types)) == (url, ["funds.low"])

    client.world.answers["RedeliverWebhook"] = lambda _: payouts_pb2.RedeliverWebhookResponse()
    again = "/hooks/deliveries/whe_1.prj_1.funds.low.1/again"
    answer = await client.send("/hooks", again)
    assert answer.headers["location"] == "/hooks"
    (asked,) = client.world.requests("RedeliverWebhook")
    assert asked.webhook_delivery_id == "whe_1.prj_1.funds.low.1"


async def test_a_colleague_gets_a_link_whose_secret_no_server_sees(client: Browser) -> None:
    client.world.answers["CreatePerson"] = lambda request: accounts_pb2.CreatePersonResponse(
        person=accounts_types.Person(person_id="per_new", name=request.name)
    )
    client.world.answers["BatchCreateInvitations"] = lambda _: (
        accounts_pb2.BatchCreateInvitationsResponse(
            results=[accounts_pb2.InvitationResult(secret="inv_secret")]
        )
    )
    answer = await client.send("/people", "/people", name="Grace", email="grace@example.test")
    base = str(client.client.base_url).rstrip("/")
    assert f'value="{base}/invitations/accept#inv_secret"' in answer.text
    (asked,) = client.world.requests("BatchCreateInvitations")
    assert asked.invitations[0].person_id == "per_new"


async def test_figures_are_pushed_when_they_change(run_site: RunSite, world: World) -> None:
    samples.fill(world)
    async with run_site() as client:
        await client.sign_in("CLIENT")
        async with _stream(client, "/client/projects/prj_1/live") as events:
            first = await anext(events)
            assert set(first) == {
                "project-head",
                "project-figures",
                "project-cost",
                "project-skips",
                "chart-answers",
                "chart-cost",
            }
            assert "8,210" in first["project-figures"]
            progress = world.answers["GetProjectProgress"](None)
            changed = broker_pb2.GetProjectProgressResponse()
            changed.CopyFrom(progress)
            changed.tasks_resolved += 1
            world.answers["GetProjectProgress"] = lambda _: changed
            second = await anext(events)
            assert set(second) == {"project-figures"}  # nothing else moved
            assert "8,211" in second["project-figures"]
        once = await client.get("/client/projects/prj_1/live")
        assert "8,211" in once.json()["project-figures"]


async def test_the_server_stops_at_once_although_a_page_listens(
    run_site: RunSite, world: World
) -> None:
    samples.fill(world)
    async with run_site(stop_grace_seconds=60) as client:
        await client.sign_in("CLIENT")
        async with _stream(client, "/client/projects/prj_1/live") as events:
            await anext(events)
            client.stopping.set()
            async with asyncio.timeout(15):
                _ = [figures async for figures in events]  # it ends
                await asyncio.shield(client.stopped)


async def test_one_browser_has_so_many_streams_and_then_asks_again_itself(
    run_site: RunSite, world: World
) -> None:
    samples.fill(world)
    async with run_site() as client:
        await client.sign_in("CLIENT")
        streams = [_stream(client, "/client/projects/prj_1/live") for _ in range(8)]
        opened = [await stream.__aenter__() for stream in streams]
        for events in opened:
            await anext(events)
        headers = {"accept": "text/event-stream"}
        refused = await client.get("/client/projects/prj_1/live", headers=headers)
        assert refused.status_code == 204
        for stream in streams:
            await stream.__aexit__(None, None, None)

        async def opens() -> bool:
            async with client.client.stream(
                "GET", "/client/projects/prj_1/live", headers=headers
            ) as answer:
                return answer.status_code == 200

        await eventually(opens, what="room for a stream once others have gone")


class _stream:  # noqa: N801
    """The figures of a stream, one event after the other."""

    def __init__(self, browser: Browser, path: str) -> None:
        self._request = browser.client.stream(
            "GET", path, headers={"accept": "text/event-stream"}, timeout=30
        )

    async def __aenter__(self) -> Any:
        answer = await self._request.__aenter__()
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        return self._events(answer)

    async def __aexit__(self, *given: Any) -> None:
        await self._request.__aexit__(*given)

    async def _events(self, answer: httpx.Response) -> Any:
        name = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: ") and name == "figures":
                yield json.loads(line.removeprefix("data: "))


async def test_money_comes_in_by_card_and_by_transfer(client: Browser) -> None:
    client.world.answers["CreateCheckout"] = lambda _: payouts_pb2.CreateCheckoutResponse(
        payment=samples.payment()
    )
    client.world.answers["AnnounceBankTransfer"] = lambda _: (
        payouts_pb2.AnnounceBankTransferResponse()
    )
    at = "/client/money"
    answer = await client.send(at, f"{at}/payments", amount="1250", currency="USD")
    assert answer.headers["location"] == f"{at}/payments/dep_1"
    (asked,) = client.world.requests("CreateCheckout")
    assert asked.amount == common_types.Money(amount_minor=125_000, currency="USD")
    assert asked.return_url.endswith("/client/money/returned")
    assert asked.cancel_url == f"{asked.return_url}?left=1"
    page = (await client.get(f"{at}/payments/dep_1")).text
    assert "pi_1_secret_2" in page
    assert "pk_test_1" in page

    wrong = await client.send(at, f"{at}/payments", amount="-5", currency="USD")
    assert (wrong.status_code, len(client.world.requests("CreateCheckout"))) == (422, 1)
    await client.send(at, f"{at}/transfers", amount="900", currency="EUR", sender="Ada Ltd")
    (told,) = client.world.requests("AnnounceBankTransfer")
    assert (told.amount.amount_minor, told.sender) == (90_000, "Ada Ltd")
    shown = await client.send(at, f"{at}/reference")
    assert "CRW-2345-6789-AB" in shown.text


@pytest.mark.parametrize(
    ("state", "query", "says", "leads_to_stripe"),
    [
        ("CREATING", "", "is being asked for a payment page", False),
        ("NEEDS_PAYER", "", "Crewline does not see your card", True),
        ("NEEDS_PAYER", "&left=1", "nothing was taken", True),
        # What the provider's page says proves nothing: this one waits for the provider itself.
        ("NEEDS_PAYER", "&done=1", "is being confirmed", False),
        ("PROCESSING", "&done=1", "is being confirmed", False),
        ("SUCCEEDED", "&done=1", "has arrived", False),
        ("FAILED", "&done=1", "Nothing was paid", False),
    ],
)
async def test_a_payments_page_says_only_what_the_provider_has(
    client: Browser, state: str, query: str, says: str, *, leads_to_stripe: bool
) -> None:
    """G12: coming back is no payment."""
    paying = samples.payment(state=state)
    paying.client_secret = ""
    paying.checkout_url = "https://stripe.example/pay" if state == "NEEDS_PAYER" else ""
    client.world.answers["GetPayment"] = lambda _: payouts_pb2.GetPaymentResponse(payment=paying)
    path = "/client/money/returned?payment_id=dep_1" if query else "/client/money/payments/dep_1"
    page = (await client.get(path + query)).text
    assert says in page
    assert ('href="https://stripe.example/pay"' in page) is leads_to_stripe
    # The receipt of the samples is of this payment.
    assert ("R-000001" in page) is (state == "SUCCEEDED")
    assert ("data-live" in page) is (state not in ("SUCCEEDED", "FAILED"))
    came_back = "left" if "left" in query else "done" if query else ""
    live = await client.get(f"/client/money/payments/dep_1/live?came_back={came_back}")
    assert says in live.json()["payment"]


async def test_a_deposit_that_was_taken_back_is_not_said_to_have_cost_nothing(
    client: Browser,
) -> None:
    """An operator's deposit may fail after it was booked, and the page does not deny it."""
    deposit = samples.payment(state="FAILED")
    deposit.method = payouts_types.PAYMENT_METHOD_TOP_UP
    client.world.answers["GetPayment"] = lambda _: payouts_pb2.GetPaymentResponse(payment=deposit)
    page = (await client.get("/client/money/payments/dep_1")).text
    assert "or its bank took it back" in page
    assert "nothing was booked" not in page


async def test_billing_details_are_stated_and_what_is_wrong_is_beside_its_field(
    client: Browser,
) -> None:
    at = "/client/billing"
    page = (await client.get(at)).text
    assert "Gebäude 7\nGrünstraße 5" in page
    assert "Ada &amp; &lt;b&gt;Söhne" in page
    client.world.answers["SetBillingParticulars"] = lambda _: (
        payouts_pb2.SetBillingParticularsResponse()
    )
    fields = {
        "name": "Ada Ltd", "lines": "1 Quay\r\n\r\n Bristol ", "country": "gb", "version": "3",
        "tax_number": "GB 1", "purchase_order": "PO-7", "email": "a@example.com",
    }  # fmt: skip
    answer = await client.send(at, at, **fields)
    assert answer.headers["location"].startswith(at)
    (asked,) = client.world.requests("SetBillingParticulars")
    said = asked.particulars
    assert list(said.lines) == ["1 Quay", "Bristol"]
    assert (said.name, said.country, said.version, said.email, said.purchase_order) == (
        "Ada Ltd", "GB", 3, "a@example.com", "PO-7",
    )  # fmt: skip

    refusals: list[DomainError] = [
        BillingChanged("4, not 3", field="particulars.version"),
        FieldsInvalid(
            [
                FieldViolation(field="particulars.lines[1]", description="", rule="string.pattern"),
                FieldViolation(
                    field="particulars.tax_number", description="", rule="string.max_len"
                ),
            ]
        ),
    ]

    def refuse(_: Any) -> Any:
        raise refusals.pop()

    client.world.answers["SetBillingParticulars"] = refuse
    wrong = await client.send(at, at, **fields)
    assert wrong.status_code == 422
    for name in ("lines", "tax_number"):
        assert f'id="f-{name}-error"' in wrong.text
    assert 'value="PO-7"' in wrong.text
    late = await client.send(at, at, **{**fields, "version": "2"})
    assert "Somebody of yours has stated other details meanwhile" in late.text
    assert 'name="version" value="3"' in late.text


async def test_papers_are_files(client: Browser) -> None:
    page = (await client.get("/client/money")).text
    assert "R-000001" in page
    file = await client.get("/client/money/papers/inv_1/pdf")
    assert (file.headers["content-type"], file.content) == ("application/pdf", b"%PDF-1.7")
    assert file.headers["content-disposition"] == 'attachment; filename="INV-000001.pdf"'
    (asked,) = client.world.requests("GetPaperFile")
    assert asked.paper_id == "inv_1"
