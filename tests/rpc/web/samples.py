"""Answers of the services as they look on an ordinary day, for pages to show."""

from __future__ import annotations

import json
import time
from datetime import UTC
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from crewline.accounts.v1 import service_pb2 as accounts
from crewline.accounts.v1 import types_pb2 as accounts_types
from crewline.broker.v1 import service_pb2 as broker
from crewline.broker.v1 import types_pb2 as broker_types
from crewline.common.v1 import types_pb2 as common
from crewline.payouts.v1 import floors_pb2 as floors
from crewline.payouts.v1 import service_pb2 as payouts
from crewline.payouts.v1 import types_pb2 as payouts_types
from crewline.quality.v1 import service_pb2 as quality
from crewline.quality.v1 import types_pb2 as quality_types
from crewline.vendors.v1 import service_pb2 as vendors
from crewline.vendors.v1 import types_pb2 as vendors_types
from services.payouts.wire.unpaid import unpaid_message
from tests.rpc.web.samples_of_adjustments import of_adjustments
from tests.rpc.web.world import World

CONFIG = """<View>
  <Text name="text" value="$text"/>
  <Choices name="sentiment" toName="text" choice="single">
    <Choice value="positive"/><Choice value="negative"/>
  </Choices>
</View>"""


def moment(seconds_ago: float = 0) -> Timestamp:
    return Timestamp(seconds=int(time.time() - seconds_ago))


def payment(*, state: str = "NEEDS_PAYER") -> payouts_types.Payment:
    """Of the signed-in client."""
    return payouts_types.Payment(
        payment_id="dep_1",
        client_id="org_client",
        amount=common.Money(amount_minor=125_000, currency="USD"),
        method=payouts_types.PAYMENT_METHOD_PAYMENT,
        state=payouts_types.PaymentState.Value(f"PAYMENT_STATE_{state}"),
        reason="insufficient_funds" if state == "NEEDS_PAYER" else "",
        provider_id="pi_1",
        client_secret="pi_1_secret_2" if state == "NEEDS_PAYER" else "",
        create_time=moment(7000),
    )


def project(**given: Any) -> broker_types.Project:
    return broker_types.Project(
        **{
            "project_id": "prj_1",
            "client_id": "org_client",
            "name": "Bird photos <2026>",
            "kind": common.WORK_KIND_CHOICE,
            "instructions": "Say which bird it is.\nLook at the beak.",
            "label_config": CONFIG,
            "labels": ["positive", "negative"],
            "pay": common.Money(amount_minor=12, currency="USD"),
            "commission_bps_max": 2500,
            "platform_fee_bps": 1000,
            "overlap": 3,
            "lease_seconds": 900,
            "eligibility": broker_types.Eligibility(countries=["KE", "FR"], skills=["birds"]),
            "quality_policy": broker_types.QualityPolicy(review_share=0.05, review_disputed=True),
            "state": broker_types.PROJECT_STATE_LIVE,
            "history": [
                common.StateChange(
                    from_state="DRAFT", to_state="FUNDED", change_time=moment(7200), reason=""
                ),
                common.StateChange(
                    from_state="FUNDED",
                    to_state="LIVE",
                    change_time=moment(3600),
                    reason="asked by the client",
                ),
            ],
            "held_units": 2_500_000_000,
            "reserved_units": 1_800_000_000,
            "tasks_posted": 12_345,
            "create_time": moment(9000),
            "answer_price_units_max": 170_000,
            **given,
        }
    )


def fill(world: World) -> None:
    """Every RPC that pages ask."""
    answers: dict[str, Any] = {
        "ListProjects": broker.ListProjectsResponse(
            projects=[
                project(),
                project(
                    project_id="prj_2",
                    name="Chat answers, compared",
                    kind=common.WORK_KIND_PAIRWISE,
                    state=broker_types.PROJECT_STATE_DRAFT,
                ),
                project(
                    project_id="prj_3",
                    name="Transcriptions of street interviews in three languages",
                    kind=common.WORK_KIND_TEXT,
                    state=broker_types.PROJECT_STATE_COMPLETED,
                ),
            ],
            next_page_token="more",
        ),
        "GetProject": broker.GetProjectResponse(project=project()),
        "GetProjectProgress": broker.GetProjectProgressResponse(
            tasks_posted=12_345,
            tasks_resolved=8_210,
            answers_submitted=25_800,
            answers_accepted=24_100,
            answers_rejected=310,
            answers_in_review=90,
            assignments_claimed=64,
            assignments_released=41,
            release_reasons=[
                broker.ReasonCount(reason="The photo does not load", count=30),
                broker.ReasonCount(reason="Not clear what counts as a bird", count=11),
            ],
        ),
        "GetProjectCost": payouts.GetProjectCostResponse(
            currency="USD",
            held_units=1_200_000_000,
            spent_units=4_000_000_000,
            contractor_pay_units=2_892_000_000,
            vendor_commission_units=720_000_000,
            platform_fee_units=388_000_000,
            answers_paid=24_100,
        ),
        "GetProjectPay": floors.GetProjectPayResponse(
            answers=1000,
            median_seconds=34,
            slow_seconds=52,
            median_hourly=common.Money(amount_minor=1270, currency="USD"),
            judged_seconds=52,
            is_measured=True,
            lines=[
                floors.PriceLine(
                    country="ZZ",
                    verdict=floors.FLOOR_VERDICT_BELOW_FLOOR,
                    floor_hourly=common.Money(amount_minor=900, currency="USD"),
                    effective_hourly=common.Money(amount_minor=830, currency="USD"),
                    least_pay=common.Money(amount_minor=13, currency="USD"),
                    source="Invented living wages",
                )
            ],
        ),
        "GetProjectQuality": quality.GetProjectQualityResponse(
            answers_scored=25_000, gold_tasks=120, contractors=83
        ),
        "GetFunds": payouts.GetFundsResponse(
            available=[
                common.Money(amount_minor=1_234_567, currency="USD"),
                common.Money(amount_minor=9_900, currency="EUR"),
            ],
            holds=[
                payouts.ProjectHold(
                    project_id="prj_1",
                    held=common.Money(amount_minor=250_000, currency="USD"),
                    reserve=common.Money(amount_minor=12_500, currency="USD"),
                )
            ],
        ),
        "GetBillingParticulars": payouts.GetBillingParticularsResponse(
            particulars=payouts_types.BillingParticulars(
                name="Ada & <b>Söhne</b>",
                lines=["Gebäude 7", "Grünstraße 5"],
                city="Berlin",
                country="DE",
                version=3,
            )
        ),
        "ListPayments": payouts.ListPaymentsResponse(
            payments=[payment(), payment(state="SUCCEEDED")]
        ),
        "GetPayment": payouts.GetPaymentResponse(payment=payment(), publishable_key="pk_test_1"),
        "ListBankTransfers": payouts.ListBankTransfersResponse(
            bank_transfers=[
                payouts_types.BankTransfer(
                    bank_transfer_id="btr_1",
                    client_id="org_client",
                    amount=common.Money(amount_minor=90_000, currency="USD"),
                    state=payouts_types.BANK_TRANSFER_STATE_REJECTED,
                    sender="Ada & <b>Söhne</b>",
                    reason="a salary of ours",
                    create_time=moment(7000),
                )
            ]
        ),
        "ListInvoices": payouts.ListInvoicesResponse(
            invoices=[
                payouts_types.Paper(
                    paper_id="inv_1",
                    kind=payouts_types.PAPER_KIND_INVOICE,
                    number="INV-000001",
                    total=common.Money(amount_minor=7_311, currency="USD"),
                    end_time=moment(7000),
                    create_time=moment(7000),
                )
            ]
        ),
        "ListReceipts": payouts.ListReceiptsResponse(
            receipts=[
                payouts_types.Paper(
                    paper_id="rcp_1",
                    kind=payouts_types.PAPER_KIND_RECEIPT,
                    number="R-000001",
                    source_id="dep_1",
                    total=common.Money(amount_minor=7_311, currency="USD"),
                    create_time=moment(7000),
                )
            ]
        ),
        "GetPaperFile": payouts.GetPaperFileResponse(filename="INV-000001.pdf", pdf=b"%PDF-1.7"),
        "CreateTransferReference": payouts.CreateTransferReferenceResponse(
            client_id="org_client", code="CRW-2345-6789-AB"
        ),
        "ListEntries": payouts.ListEntriesResponse(
            entries=[
                payouts_types.Entry(
                    entry_id="deposit:1",
                    kind="client_deposit",
                    record_time=moment(8000),
                    postings=[
                        payouts_types.Posting(
                            account="client:org_client:available:USD",
                            amount_units=-20_000_000_000,
                            currency="USD",
                        )
                    ],
                )
            ]
        ),
        "ListResults": broker.ListResultsResponse(
            results=[result("tsk_1", "a.jpg"), result("tsk_2", "b.jpg", second="negative")],
            next_page_token="more",
        ),
        "GetTask": broker.GetTaskResponse(
            task=broker_types.Task(
                task_id="tsk_1",
                project_id="prj_1",
                external_id="a.jpg",
                data_json='{"text": "I <b>love</b> it", "image": "https://photos.test/a.jpg",'
                ' "more": [1, 2]}',
                overlap=3,
                state=broker_types.TASK_STATE_RESOLVED,
            )
        ),
        "ListTasks": broker.ListTasksResponse(
            tasks=[
                broker_types.Task(
                    task_id="tsk_1",
                    project_id="prj_1",
                    external_id="a.jpg",
                    data_json='{"text": "I <b>love</b> it", "boxes": [1]}',
                    state=broker_types.TASK_STATE_OPEN,
                )
            ],
            next_page_token="more",
        ),
        "GetConsensus": quality.GetConsensusResponse(
            consensus=quality_types.Consensus(label="positive", confidence=0.975, answers=3)
        ),
        "ListReviews": quality.ListReviewsResponse(
            answers=[
                quality_types.JudgedAnswer(
                    assignment_id="asg_1",
                    task_id="tsk_1",
                    project_id="prj_1",
                    contractor_pseudonym="worker-7f3a",
                    value="negative",
                    decision=quality_types.DECISION_IN_REVIEW,
                    reason="DISPUTED",
                    evidence={"posterior": "0.04"},
                    consensus_label="positive",
                )
            ]
        ),
        "ListTemplates": broker.ListTemplatesResponse(
            templates=[
                broker_types.Template(
                    name="sentiment",
                    title="Sentiment of a text",
                    description="One label out of a list for a piece of text.",
                    kind=common.WORK_KIND_CHOICE,
                    label_config=CONFIG,
                    instructions="Say how the writer feels.",
                    example_data_json='{"text": "I love it"}',
                ),
                broker_types.Template(
                    name="boxes",
                    title="Boxes on a photo",
                    description="Rectangles around things, each with a label.",
                    kind=common.WORK_KIND_REGIONS,
                    label_config="<View/>",
                    instructions="Draw a box around every car.",
                    example_data_json='{"image": "https://photos.test/a.jpg"}',
                ),
                broker_types.Template(
                    name="programs",
                    title="Programs",
                    description="Write a program.",
                    kind=common.WORK_KIND_CODE,
                    label_config="<View/>",
                    instructions="Write it.",
                    example_data_json='{"problem": "Add two numbers."}',
                ),
            ]
        ),
        "CheckLabelConfig": broker.CheckLabelConfigResponse(
            kind=common.WORK_KIND_CHOICE,
            labels=["positive", "negative"],
            data_fields=[
                broker_types.DataField(name="text", shown_as="Text"),
                broker_types.DataField(name="image", shown_as="Image"),
            ],
        ),
        "ListPeople": accounts.ListPeopleResponse(
            people=[
                accounts_types.Person(
                    person_id="per_1", name="Ada Byron", email="ada@example.test", signs_in=True
                ),
                accounts_types.Person(
                    person_id="per_2", name="Grace <H>", email="grace@example.test"
                ),
            ]
        ),
        "ListInvitations": accounts.ListInvitationsResponse(
            invitations=[
                accounts_types.Invitation(
                    invitation_id="inv_1",
                    person_id="per_2",
                    create_time=moment(60),
                    expire_time=moment(-86_400),
                )
            ]
        ),
        "ListApiKeys": accounts.ListApiKeysResponse(
            api_keys=[
                accounts_types.ApiKey(
                    api_key_id="key_1", person_id="per_1", label="nightly", create_time=moment(60)
                ),
                accounts_types.ApiKey(
                    api_key_id="key_2",
                    person_id="per_9",
                    create_time=moment(90),
                    revoke_time=moment(30),
                ),
            ]
        ),
    }
    answers |= webhook_answers() | of_adjustments()
    from tests.rpc.web.samples_of_floors import of_floors
    from tests.rpc.web.samples_of_vendors import of_vendors

    answers |= of_vendors() | of_floors() | contractor_answers()
    for rpc, answer in answers.items():
        world.answers[rpc] = _always(answer)


def webhook_answers() -> dict[str, Any]:
    """What the page of webhooks asks."""
    endpoint = payouts_types.WebhookEndpoint(
        webhook_endpoint_id="whe_1",
        url="https://example.com/hook",
        types=["funds.low"],
        description="to the <b>love</b> of alerts",
        create_time=moment(60),
    )
    delivery = payouts_types.WebhookDelivery(
        webhook_delivery_id="whe_1.prj_1.funds.low.1",
        webhook_endpoint_id="whe_1",
        notice_id="prj_1.funds.low.1",
        type="funds.low",
        state=payouts_types.WEBHOOK_DELIVERY_STATE_DEAD,
        tries=10,
        error="TimeoutError: <Works>",
        create_time=moment(90),
    )
    return {
        "ListWebhookEndpoints": payouts.ListWebhookEndpointsResponse(webhook_endpoints=[endpoint]),
        "ListWebhookDeliveries": payouts.ListWebhookDeliveriesResponse(
            webhook_deliveries=[delivery], next_page_token="more"
        ),
    }


def contractor_answers() -> dict[str, Any]:
    """Every RPC that pages of contractors ask."""
    pay = common.Money(amount_minor=12, currency="USD")
    return {
        "ListOffers": broker.ListOffersResponse(
            offers=[
                broker_types.Offer(
                    project_id="prj_1",
                    name="Bird photos <2026>",
                    kind=common.WORK_KIND_CHOICE,
                    instructions="Say which bird it is.\nLook at the beak.",
                    pay=pay,
                    tasks_open=1_200,
                    usual_seconds=24.5,
                    hourly_pay=common.Money(amount_minor=1_763, currency="USD"),
                    lease_seconds=900,
                    acceptance_rate=0.97,
                ),
                broker_types.Offer(
                    project_id="prj_2",
                    name="Chat answers, compared",
                    kind=common.WORK_KIND_PAIRWISE,
                    instructions="Choose the better one.",
                    pay=pay,
                    tasks_open=1,
                    lease_seconds=900,
                ),
            ],
            next_page_token="more",
        ),
        "ListAssignments": broker.ListAssignmentsResponse(
            assignments=[
                broker_types.Assignment(
                    assignment_id="tsk_1.0.0",
                    task_id="tsk_1",
                    project_id="prj_1",
                    state=state,
                    pay=pay,
                    value="I <b>love</b> it",
                    decision_reason=reason,
                    submit_time=moment(120),
                    claim_time=moment(180),
                )
                for state, reason in (
                    (broker_types.ASSIGNMENT_STATE_ACCEPTED, "AGREES"),
                    (broker_types.ASSIGNMENT_STATE_REJECTED, "FAILED_GOLD"),
                    (broker_types.ASSIGNMENT_STATE_IN_REVIEW, "DISPUTED"),
                    (broker_types.ASSIGNMENT_STATE_RELEASED, "The instructions are not clear"),
                )
            ],
            next_page_token="more",
        ),
        "GetEarnings": payouts.GetEarningsResponse(
            earnings=[
                payouts_types.Earnings(
                    currency="USD",
                    accrued_units=12_340_000,
                    stated_units=56_000_000,
                    paid_units=789_000_000,
                    answers=712,
                )
            ]
        ),
        "ListEarnings": payouts.ListEarningsResponse(
            answers=[
                payouts_types.AnswerEarning(
                    assignment_id="tsk_1.0.0",
                    project_id="prj_1",
                    amount=pay,
                    accrue_time=moment(60),
                    reversed=taken_back,
                )
                for taken_back in (False, True)
            ]
        ),
        "GetBooksCheck": payouts.GetBooksCheckResponse(),
        "ListStatements": payouts.ListStatementsResponse(
            statements=[statement(), statement(payouts_types.STATEMENT_STATE_PAID)]
        ),
        "GetStatement": payouts.GetStatementResponse(statement=statement()),
        "GetStatementDocument": statement_file(),
        "GetPaySchedule": payouts.GetPayScheduleResponse(
            pay_calendar_id="monthly",
            cadence=payouts_types.PAY_CADENCE_MONTHLY,
            next_statement_time=moment(-86_400),
            next_pay_date="2026-12-03",
            carried=[
                payouts_types.CarriedOver(
                    pay_period_id="pp_000001",
                    amount=common.Money(amount_minor=420, currency="USD"),
                    minimum_minor=1_000,
                    reason=unpaid("BELOW_MINIMUM"),
                )
            ],
        ),
        "GetContractor": vendors.GetContractorResponse(
            contractor=vendors_types.Contractor(contractor_id="ctr_1", name="Amina <O>")
        ),
        "GetTaxIdentity": payouts.GetTaxIdentityResponse(
            tax_identity=payouts_types.TaxIdentity(
                payee_id="ctr_1",
                form=payouts_types.TAX_FORM_W8BEN,
                country="KE",
                id_type=payouts_types.TAX_ID_TYPE_TIN,
                number_last_four="678Z",
                legal_name="Amina <O>",
                certify_time=moment(3_600),
                expire_time=moment(-86_400),
                state=payouts_types.TAX_FORM_STATE_VALID,
                version=1,
            )
        ),
        "GetPayoutAccount": payouts.GetPayoutAccountResponse(
            payout_account=payouts_types.PayoutAccount(
                payee_id="ctr_1",
                account_id="acct_1",
                country="FR",
                currency="EUR",
                transfers_enabled=True,
                requirements_due=["external_account"],
            )
        ),
    }


def statement(
    state: payouts_types.StatementState.ValueType = payouts_types.STATEMENT_STATE_FAILED,
) -> payouts_types.Statement:
    return payouts_types.Statement(
        statement_id="2026-11-27.contractor.ctr_1.USD",
        pay_period_id="2026-11-27",
        payee_id="org_vendor",
        currency="USD",
        total_minor=5_600,
        lines=[
            payouts_types.StatementLine(
                project_id="prj_1",
                contractor_id="ctr_1",
                kind="contractor_pay",
                answers=467,
                amount_units=56_000_000,
            )
        ],
        state=state,
        reason="NO_ACCOUNT" if state == payouts_types.STATEMENT_STATE_FAILED else "",
        unpaid=unpaid("NO_ACCOUNT")
        if state == payouts_types.STATEMENT_STATE_FAILED
        else payouts_types.UnpaidReason(),
        withheld=[
            payouts_types.WithheldTax(
                rule="backup", authority="irs", rate_bps=2400, amount_minor=1_768, source="a table"
            )
        ],
        close_time=moment(86_400),
    )


def unpaid(code: str) -> payouts_types.UnpaidReason:
    """As payouts words it."""
    message = unpaid_message(code, next_look_at=moment(-3_600).ToDatetime(tzinfo=UTC))
    assert message is not None
    return message


def statement_file() -> payouts.GetStatementDocumentResponse:
    """What was frozen of it, as far as pages look into it."""
    rejected = {
        "assignment_id": "asn_7",
        "contractor_id": "ctr_1",
        "project_id": "prj_1",
        "project_name": "Birds <b>",
        "reason": "FAILED_GOLD",
        "decided_at": "2026-11-20T12:00:00.000Z",
        "appeal_until": "2026-11-27T12:00:00.000Z",
    }
    return payouts.GetStatementDocumentResponse(
        content=json.dumps({"rejected": [rejected]}).encode(),
        media_type="application/json",
        filename="statement.json",
        document_hash="ab" * 32,
    )


def _always(answer: Any) -> Any:
    return lambda _: answer


def result(task_id: str, external_id: str, *, second: str = "positive") -> broker_types.Result:
    def answer(number: int, value: str) -> broker_types.ResultAnswer:
        return broker_types.ResultAnswer(
            assignment_id=f"{task_id}_{number}",
            contractor_pseudonym=f"worker-{number}",
            value=value,
            state=broker_types.ASSIGNMENT_STATE_ACCEPTED,
            active_seconds=12.5,
            result_json='[{"type": "choices"}]',
        )

    return broker_types.Result(
        task_id=task_id,
        external_id=external_id,
        label="positive",
        confidence=0.93,
        answers=[answer(1, "positive"), answer(2, second), answer(3, "positive")],
        is_gold=task_id == "tsk_2",
    )
