"""Answers about vendors, contractors and pay as they look on an ordinary day."""

from __future__ import annotations

from typing import Any

from crewline.accounts.v1 import service_pb2 as accounts
from crewline.accounts.v1 import types_pb2 as accounts_types
from crewline.broker.v1 import service_pb2 as broker
from crewline.broker.v1 import types_pb2 as broker_types
from crewline.common.v1 import types_pb2 as common
from crewline.payouts.v1 import service_pb2 as payouts
from crewline.payouts.v1 import types_pb2 as payouts_types
from crewline.quality.v1 import service_pb2 as quality
from crewline.quality.v1 import types_pb2 as quality_types
from crewline.vendors.v1 import service_pb2 as vendors
from crewline.vendors.v1 import types_pb2 as vendors_types
from tests.rpc.web.samples import moment, statement_file


def vendor(**given: Any) -> vendors_types.Vendor:
    return vendors_types.Vendor(
        **{
            "vendor_id": "org_vendor",
            "legal_name": "Crowd <Works> Ltd",
            "country": "KE",
            "contact_email": "hello@crowd.test",
            "state": vendors_types.VENDOR_STATE_APPROVED,
            "history": [
                common.StateChange(to_state="APPLIED", change_time=moment(9000)),
                common.StateChange(
                    from_state="APPLIED",
                    to_state="APPROVED",
                    change_time=moment(8000),
                    reason="papers seen",
                ),
            ],
            "create_time": moment(9000),
            **given,
        }
    )


def contractor(number: int, name: str, **given: Any) -> vendors_types.Contractor:
    return vendors_types.Contractor(
        **{
            "contractor_id": f"con_{number}",
            "organisation_id": "org_vendor",
            "external_id": f"E-{number:04}",
            "name": name,
            "country": "KE",
            "languages": ["en", "sw"],
            "skills": ["birds"],
            "state": vendors_types.CONTRACTOR_STATE_ACTIVE,
            "create_time": moment(5000),
            "region": "KE-30",
            "region_history": [
                vendors_types.RegionChange(
                    from_region="KE-47", to_region="KE-30", change_time=moment(4000), reason="moved"
                )
            ],
            **given,
        }
    )


def statement(**given: Any) -> payouts_types.Statement:
    return payouts_types.Statement(
        **{
            "statement_id": "stm_2026_07_org_vendor",
            "pay_period_id": "per_2026_07",
            "payee_id": "org_vendor",
            "currency": "USD",
            "total_minor": 123_456,
            "state": payouts_types.STATEMENT_STATE_PAID,
            "hash": "a1" * 32,
            "transfer_id": "tr_1",
            "payout_id": "po_1",
            "lines": [
                payouts_types.StatementLine(
                    project_id="prj_1",
                    contractor_id="con_1",
                    kind="contractor_pay",
                    answers=900,
                    amount_units=1_080_000_000,
                ),
                payouts_types.StatementLine(
                    project_id="prj_1",
                    kind="vendor_commission",
                    answers=900,
                    amount_units=154_560_000,
                ),
            ],
            **given,
        }
    )


def of_vendors() -> dict[str, Any]:
    """By RPC."""
    pool = [
        contractor(1, "Wanjiru <K>"),
        contractor(2, "Otieno Odhiambo", state=vendors_types.CONTRACTOR_STATE_SUSPENDED),
        contractor(3, "Somebody who has not begun"),
    ]
    return {
        "GetVendor": vendors.GetVendorResponse(vendor=vendor()),
        "GetRateCard": vendors.GetRateCardResponse(
            rate_card=vendors_types.RateCard(
                vendor_id="org_vendor",
                version=3,
                rates=[
                    vendors_types.Rate(kind=common.WORK_KIND_CHOICE, commission_bps=1250),
                    vendors_types.Rate(kind=common.WORK_KIND_TEXT, commission_bps=2000),
                ],
                effective_time=moment(7000),
            )
        ),
        "ListContractors": vendors.ListContractorsResponse(
            contractors=pool, next_page_token="more"
        ),
        "GetContractor": vendors.GetContractorResponse(contractor=pool[0]),
        "ListPoolActivity": broker.ListPoolActivityResponse(
            contractors=[
                broker_types.ContractorActivity(
                    contractor_id="con_1",
                    answers_submitted=950,
                    answers_accepted=900,
                    answers_rejected=20,
                    answers_in_review=3,
                    active_seconds=14_400,
                    last_submit_time=moment(300),
                )
            ]
        ),
        "ListPoolEarnings": payouts.ListPoolEarningsResponse(
            contractors=[
                payouts_types.ContractorEarnings(
                    contractor_id="con_1",
                    earnings=[
                        payouts_types.Earnings(
                            currency="USD",
                            accrued_units=80_000_000,
                            stated_units=200_000_000,
                            paid_units=800_000_000,
                            answers=900,
                        )
                    ],
                )
            ]
        ),
        "GetContractorQuality": quality.GetContractorQualityResponse(
            quality=[
                quality_types.ContractorQuality(
                    project_id="prj_1",
                    answers=900,
                    gold_answers=40,
                    gold_right=38,
                    accuracy=0.94,
                    accuracy_low=0.86,
                    accuracy_high=0.98,
                )
            ]
        ),
        "GetTaxIdentity": payouts.GetTaxIdentityResponse(
            tax_identity=payouts_types.TaxIdentity(
                payee_id="org_vendor",
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
                payee_id="org_vendor",
                account_id="acct_1",
                country="KE",
                currency="USD",
                transfers_enabled=True,
                requirements_due=["external_account", "company.tax_id"],
            )
        ),
        "ListVendors": vendors.ListVendorsResponse(
            vendors=[
                vendor(state=vendors_types.VENDOR_STATE_APPLIED),
                vendor(vendor_id="org_2", legal_name="Second Crew SARL", country="FR"),
            ],
            next_page_token="more",
        ),
        "ListOrganisations": accounts.ListOrganisationsResponse(
            organisations=[
                accounts_types.Organisation(
                    organisation_id="org_client",
                    name="Analytical & Sons",
                    kind=accounts_types.ORGANISATION_KIND_CLIENT,
                    create_time=moment(9000),
                )
            ]
        ),
        "GetOrganisation": accounts.GetOrganisationResponse(
            organisation=accounts_types.Organisation(
                organisation_id="org_client",
                name="Analytical & Sons",
                kind=accounts_types.ORGANISATION_KIND_CLIENT,
                create_time=moment(9000),
            )
        ),
        "ListPayPeriods": payouts.ListPayPeriodsResponse(
            pay_periods=[
                payouts_types.PayPeriod(
                    pay_period_id="per_2",
                    state=payouts_types.PAY_PERIOD_STATE_CLOSED,
                    end_time=moment(60),
                    statements=40,
                    statements_paid=31,
                    statements_failed=2,
                ),
                payouts_types.PayPeriod(
                    pay_period_id="per_1",
                    state=payouts_types.PAY_PERIOD_STATE_CLOSED,
                    end_time=moment(90_000),
                    statements=38,
                    statements_paid=38,
                ),
            ]
        ),
        "GetTrialBalance": payouts.GetTrialBalanceResponse(
            lines=[
                payouts.TrialBalanceLine(
                    purpose="client:available",
                    currency="USD",
                    amount_units=-1_234_560_000,
                    accounts=3,
                ),
                payouts.TrialBalanceLine(
                    purpose="rail:platform",
                    currency="USD",
                    amount_units=1_234_560_000,
                    accounts=1,
                ),
            ],
            totals=[common.Money(amount_minor=0, currency="USD")],
            entries=52_000,
            accruals=24_100,
        ),
        "GetReconciliation": payouts.GetReconciliationResponse(
            lines=[
                payouts.ReconciliationLine(
                    rail="stripe",
                    has_provider=True,
                    currency="USD",
                    ledger_platform_minor=123_456,
                    provider_platform_minor=123_456,
                    ledger_in_flight_minor=500,
                    ledger_connected_minor=0,
                    ledger_paid_out_minor=900_000,
                )
            ],
            instructions_unsettled=1,
        ),
        "ListStatements": payouts.ListStatementsResponse(
            statements=[
                statement(),
                statement(
                    statement_id="stm_2",
                    state=payouts_types.STATEMENT_STATE_FAILED,
                    reason="PAYOUTS_DISABLED",
                ),
            ]
        ),
        "GetStatement": payouts.GetStatementResponse(statement=statement()),
        "GetStatementDocument": statement_file(),
    }
