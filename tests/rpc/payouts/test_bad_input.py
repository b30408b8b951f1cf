"""Every rule of every request of payouts, broken once, is told by field; nothing is written."""

from __future__ import annotations

import uuid

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from crewline.common.v1 import authorisation_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import adjustments_pb2, erasures_pb2, types_pb2
from crewline.payouts.v1 import floors_pb2 as floors_pb
from crewline.payouts.v1 import service_pb2 as pb
from tests.rpc.bad_requests import check_rules
from tests.rpc.harness import RpcHarness, check_bytes
from tests.rpc.payouts.served_ledger import SERVICE, start_ledger

_ID = str(uuid.UUID(int=7))
_DOLLAR = common_pb2.Money(amount_minor=100, currency="USD")
_VALID: dict[str, Message] = {
    "CreateDeposit": pb.CreateDepositRequest(request_id=_ID, client_id="org_c", amount=_DOLLAR),
    "CreatePayment": pb.CreatePaymentRequest(request_id=_ID, amount=_DOLLAR, description="May"),
    "CreateCheckout": pb.CreateCheckoutRequest(
        request_id=_ID,
        amount=_DOLLAR,
        description="May",
        return_url="https://console.example/back",
        cancel_url="https://console.example/left",
    ),
    "GetPayment": pb.GetPaymentRequest(payment_id="dep_1"),
    "ListPayments": pb.ListPaymentsRequest(client_id="org_c", page_size=1),
    "CreateTransferReference": pb.CreateTransferReferenceRequest(request_id=_ID, client_id="org_c"),
    "AnnounceBankTransfer": pb.AnnounceBankTransferRequest(
        request_id=_ID, amount=_DOLLAR, sender="Ada Ltd"
    ),
    "RecordBankTransfer": pb.RecordBankTransferRequest(
        request_id=_ID,
        client_id="org_c",
        amount=_DOLLAR,
        value_date="2026-11-20",
        bank_reference="NTX 1",
        sender="Ada Ltd",
    ),
    "ConfirmBankTransfer": pb.ConfirmBankTransferRequest(request_id=_ID, bank_transfer_id="btr_1"),
    "RejectBankTransfer": pb.RejectBankTransferRequest(
        request_id=_ID, bank_transfer_id="btr_1", reason="not ours"
    ),
    "ProposeAdjustment": adjustments_pb2.ProposeAdjustmentRequest(
        request_id=_ID,
        postings=[
            adjustments_pb2.ProposedPosting(account="platform:fees:USD", amount_units=1),
            adjustments_pb2.ProposedPosting(account="platform:absorbed:USD", amount_units=-1),
        ],
        reverses_entry_id="accrual:asn_1:1",
        reason="paid twice",
        document="letter 7",
    ),
    "ConfirmAdjustment": adjustments_pb2.ConfirmAdjustmentRequest(
        request_id=_ID, adjustment_id="adj_1"
    ),
    "DeclineAdjustment": adjustments_pb2.DeclineAdjustmentRequest(
        request_id=_ID, adjustment_id="adj_1", reason="no"
    ),
    "GetAdjustment": adjustments_pb2.GetAdjustmentRequest(adjustment_id="adj_1"),
    "ListAdjustments": adjustments_pb2.ListAdjustmentsRequest(page_size=1),
    "GetBankTransfer": pb.GetBankTransferRequest(bank_transfer_id="btr_1"),
    "ListBankTransfers": pb.ListBankTransfersRequest(client_id="org_c", page_size=1),
    "GetReceipt": pb.GetReceiptRequest(paper_id="rcp_1"),
    "ListReceipts": pb.ListReceiptsRequest(client_id="org_c", page_size=1),
    "CreateInvoice": pb.CreateInvoiceRequest(request_id=_ID, client_id="org_c", currency="USD"),
    "GetInvoice": pb.GetInvoiceRequest(paper_id="inv_1"),
    "ListInvoices": pb.ListInvoicesRequest(client_id="org_c", page_size=1),
    "CreateCreditNote": pb.CreateCreditNoteRequest(
        request_id=_ID, paper_id="inv_1", amount=_DOLLAR, reason="too much"
    ),
    "SetBillingParticulars": pb.SetBillingParticularsRequest(
        request_id=_ID,
        particulars=types_pb2.BillingParticulars(
            name="Ada Ltd", lines=["1 Quay"], tax=types_pb2.ClientTax(client_id="org_c")
        ),
    ),
    "SetClientTax": pb.SetClientTaxRequest(
        request_id=_ID, client_id="org_c", rate_bps=0, note="reverse charge"
    ),
    "GetBillingParticulars": pb.GetBillingParticularsRequest(client_id="org_c"),
    "GetPaperFile": pb.GetPaperFileRequest(paper_id="inv_1"),
    "GetFunds": pb.GetFundsRequest(client_id="org_c"),
    "FundProject": pb.FundProjectRequest(request_id=_ID, project_id="prj_1", amount=_DOLLAR),
    "CreatePayoutAccount": pb.CreatePayoutAccountRequest(request_id=_ID, email="a@example.com"),
    "CreateAccountLink": pb.CreateAccountLinkRequest(
        refresh_url="https://example.com/again", return_url="https://example.com/done"
    ),
    "GetPayoutAccount": pb.GetPayoutAccountRequest(payee_id="org_v"),
    "CertifyTaxIdentity": pb.CertifyTaxIdentityRequest(
        request_id=_ID,
        form=types_pb2.TAX_FORM_W8BEN,
        country="KE",
        id_type=types_pb2.TAX_ID_TYPE_TIN,
        number="A012345678Z",
        legal_name="Wanjiku Kamau",
        certified=True,
    ),
    "WithdrawBenefits": pb.WithdrawBenefitsRequest(request_id=_ID, amount=_DOLLAR),
    "ListBenefitsWithdrawals": pb.ListBenefitsWithdrawalsRequest(page_size=1),
    "SetBenefitsProvider": pb.SetBenefitsProviderRequest(
        request_id=_ID, provider_id="fund", name="A fund", currency="USD"
    ),
    "ListBenefitsProviders": pb.ListBenefitsProvidersRequest(page_size=1),
    "RemitBenefits": pb.RemitBenefitsRequest(
        request_id=_ID, provider_id="fund", amount=_DOLLAR, bank_reference="FT1"
    ),
    "RecordTaxRemittance": pb.RecordTaxRemittanceRequest(
        request_id=_ID, authority="irs", amount=_DOLLAR, paid_from="stripe", reference="2026-Q4"
    ),
    "PutPayCalendar": pb.PutPayCalendarRequest(
        request_id=_ID,
        pay_calendar=types_pb2.PayCalendar(
            pay_calendar_id="weekly",
            cadence=types_pb2.PAY_CADENCE_WEEKLY,
            anchor_date="2026-11-02",
            time_zone="UTC",
            pay_after_business_days=2,
            holidays_country="US",
            countries=["US"],
            payee_ids=["ctr_1"],
        ),
    ),
    "ListPayCalendars": pb.ListPayCalendarsRequest(page_size=1),
    "RetirePayCalendar": pb.RetirePayCalendarRequest(request_id=_ID, pay_calendar_id="weekly"),
    "GetStatementDocument": pb.GetStatementDocumentRequest(
        statement_id="st_1", format=pb.STATEMENT_FORMAT_PDF, language="fr"
    ),
    "GetTaxIdentity": pb.GetTaxIdentityRequest(payee_id="org_v"),
    "GetPayoutRails": pb.GetPayoutRailsRequest(payee_id="org_v"),
    "SetPayoutRail": pb.SetPayoutRailRequest(
        request_id=_ID, rail=types_pb2.PAYOUT_RAIL_MANUAL_CSV, reason="closer"
    ),
    "SetBankDetails": pb.SetBankDetailsRequest(
        request_id=_ID,
        account_holder="Wanjiku Kamau",
        account_number="0123456789",
        bank_code="EQBLKENA",
        bank_name="Equity",
        bank_country="KE",
    ),
    "ExportPayouts": pb.ExportPayoutsRequest(request_id=_ID, currency="USD", limit=1),
    "GetPayoutBatch": pb.GetPayoutBatchRequest(batch_id="pba_1"),
    "ListPayoutBatches": pb.ListPayoutBatchesRequest(page_size=1),
    "ImportPayoutOutcomes": pb.ImportPayoutOutcomesRequest(request_id=_ID, csv="reference"),
    "TakeBackPayment": pb.TakeBackPaymentRequest(
        request_id=_ID, statement_id="st_1", reason="the account is dead"
    ),
    "ResumePayment": pb.ResumePaymentRequest(
        request_id=_ID, statement_id="st_1", reason="it is paid by nobody else"
    ),
    "RecordRailFunding": pb.RecordRailFundingRequest(
        request_id=_ID,
        from_rail=types_pb2.PAYOUT_RAIL_STRIPE_CONNECT,
        to_rail=types_pb2.PAYOUT_RAIL_MANUAL_CSV,
        amount=_DOLLAR,
        reference="FT123",
    ),
    "ClosePayPeriod": pb.ClosePayPeriodRequest(request_id=_ID, minimum_minor=1),
    "PayStatements": pb.PayStatementsRequest(
        request_id=_ID, pay_period_id="p1", resume_after="CLOSED:p1.contractor.ctr_1.USD"
    ),
    "GetPayPeriod": pb.GetPayPeriodRequest(pay_period_id="p1"),
    "GetStatement": pb.GetStatementRequest(statement_id="st_1"),
    "ListStatements": pb.ListStatementsRequest(page_size=1),
    "ListEarnings": pb.ListEarningsRequest(page_size=1),
    "GetAnswerMoney": pb.GetAnswerMoneyRequest(assignment_id="asn_1"),
    "ListPoolEarnings": pb.ListPoolEarningsRequest(page_size=1),
    "GetProjectCost": pb.GetProjectCostRequest(project_id="prj_1"),
    "ListPayPeriods": pb.ListPayPeriodsRequest(page_size=1),
    "ListEntries": pb.ListEntriesRequest(account="client:org_c:available:USD", page_size=1),
    "ListReconciliationDays": pb.ListReconciliationDaysRequest(
        first_day="2026-11-01", last_day="2026-11-28", currency="USD"
    ),
    "ListUnmatchedMovements": pb.ListUnmatchedMovementsRequest(currency="USD", page_size=1),
    "RequestRefund": pb.RequestRefundRequest(request_id=_ID, amount=_DOLLAR),
    "PayRefund": pb.PayRefundRequest(
        request_id=_ID, refund_id="rfd_1", bank_reference="r", paid=_DOLLAR
    ),
    "DeclineRefund": pb.DeclineRefundRequest(request_id=_ID, refund_id="rfd_1", reason="no"),
    "ListRefunds": pb.ListRefundsRequest(page_size=1),
    "ConvertFunds": pb.ConvertFundsRequest(
        request_id=_ID,
        client_id="org_c",
        amount=_DOLLAR,
        currency="EUR",
        rate="0.9",
        rate_source="bank",
        rate_time=Timestamp(seconds=1),
    ),
    "ListConversions": pb.ListConversionsRequest(page_size=1),
    "SettleConversion": pb.SettleConversionRequest(
        request_id=_ID,
        conversion_id="fxc_1",
        paid=_DOLLAR,
        received=_DOLLAR,
        rate="0.9",
        rate_source="bank",
        rate_time=Timestamp(seconds=1),
    ),
    "ListBlocks": pb.ListBlocksRequest(page_size=1),
    "AcknowledgeClearingItem": pb.AcknowledgeClearingItemRequest(
        request_id=_ID,
        account="rail:stripe:in_flight:USD",
        group="pay.1",
        reason="The bank looks for it",
        days=3,
    ),
    "ListClearingItems": pb.ListClearingItemsRequest(page_size=1),
    "CreateWebhookEndpoint": pb.CreateWebhookEndpointRequest(
        request_id=_ID, url="https://example.com/hook", types=["funds.low"], description="d"
    ),
    "DeleteWebhookEndpoint": pb.DeleteWebhookEndpointRequest(
        request_id=_ID, webhook_endpoint_id="whe_1"
    ),
    "RotateWebhookSecret": pb.RotateWebhookSecretRequest(
        request_id=_ID, webhook_endpoint_id="whe_1"
    ),
    "ListWebhookDeliveries": pb.ListWebhookDeliveriesRequest(page_size=1),
    "RedeliverWebhook": pb.RedeliverWebhookRequest(
        request_id=_ID, webhook_delivery_id="whe_1.prj_1"
    ),
    "GetContractorMoney": pb.GetContractorMoneyRequest(contractor_id="ctr_1"),
    "GetErasureProgress": erasures_pb2.GetErasureProgressRequest(contractor_id="ctr_1"),
    "GetTrialBalance": pb.GetTrialBalanceRequest(),
    "ImportFloors": floors_pb.ImportFloorsRequest(
        request_id=_ID, rows=[floors_pb.FloorRow(line=2, country="ZZ")]
    ),
    "ImportRates": floors_pb.ImportRatesRequest(
        request_id=_ID, rows=[floors_pb.RateRow(line=2, base="USD")]
    ),
    "ListFloors": floors_pb.ListFloorsRequest(page_size=1, country="ZZ"),
    "ListRates": floors_pb.ListRatesRequest(page_size=1),
    "GetPriceCheck": floors_pb.GetPriceCheckRequest(
        pay_units=1, currency="USD", expected_seconds=1, countries=["ZZ"], regions=["ZZ-A"]
    ),
    "GetProjectPay": floors_pb.GetProjectPayRequest(project_id="prj_1"),
    "ListFloorTests": floors_pb.ListFloorTestsRequest(page_size=1, contractor_id="ctr_1"),
    "RecordPassThrough": floors_pb.RecordPassThroughRequest(
        request_id=_ID,
        contractor_id="ctr_1",
        amount=_DOLLAR,
        pay_date="2026-11-20",
        reference="transfer 7",
    ),
    "AnswerPassThrough": floors_pb.AnswerPassThroughRequest(
        request_id=_ID, pass_through_id="pst_1", received=True
    ),
    "WithdrawPassThrough": floors_pb.WithdrawPassThroughRequest(
        request_id=_ID, pass_through_id="pst_1", reason="typed wrongly"
    ),
    "ListPassThroughs": floors_pb.ListPassThroughsRequest(page_size=1, contractor_id="ctr_1"),
    "ListPassThroughBalances": floors_pb.ListPassThroughBalancesRequest(
        page_size=1, vendor_id="org_v"
    ),
    "ReceiveWebhook": pb.ReceiveWebhookRequest(
        endpoint="platform", payload=b"{}", signature="t=1,v1=00"
    ),
}


async def test_every_broken_rule_is_told_and_writes_nothing(rpc: RpcHarness) -> None:
    ledger = await start_ledger(rpc)
    before = await rpc.contents()

    def token(name: str) -> str:
        admits = SERVICE.methods_by_name[name].GetOptions().Extensions[authorisation_pb2.admits]
        if admits.public:
            return ""
        return rpc.mint.token(authorisation_pb2.Role.Name(admits.roles[0]).removeprefix("ROLE_"))

    refused = await check_rules(ledger.channel, SERVICE, _VALID, tokens=token)
    assert refused > 35
    assert await rpc.contents() == before


async def test_what_is_no_message_is_refused(rpc: RpcHarness) -> None:
    ledger = await start_ledger(rpc)
    before = await rpc.contents()
    assert await check_bytes(ledger.channel, SERVICE, mint=rpc.mint) > 50
    assert await rpc.contents() == before
