"""What the pages of money are shown: refunds, conversions, and files for a bank."""

from __future__ import annotations

from functools import partial
from typing import Any

from crewline.common.v1 import types_pb2 as common
from crewline.payouts.v1 import service_pb2 as payouts
from crewline.payouts.v1 import types_pb2 as payouts_types
from tests.rpc.web.samples import moment
from tests.rpc.web.world import World

CSV = "reference,payee_id,account_number\r\nCWAAA,ctr_1,GB82\r\n"


def refund(refund_id: str, state: str, **given: Any) -> payouts_types.Refund:
    """Of the signed-in client."""
    return payouts_types.Refund(
        **{
            "refund_id": refund_id,
            "client_id": "org_client",
            "state": payouts_types.RefundState.Value(f"REFUND_STATE_{state}"),
            "amount": common.Money(amount_minor=50_000, currency="EUR"),
            "note": "to our <b>bank</b>",
            "request_time": moment(8000),
            "expire_time": moment(-8000),
            **given,
        }
    )


def conversion(conversion_id: str, *, settled: bool = False) -> payouts_types.FundsConversion:
    """Dollars that became euros."""

    def exchange(rate: str, source: str) -> payouts_types.EntryExchange:
        return payouts_types.EntryExchange(
            base="USD", quote="EUR", rate=rate, source=source, rate_time=moment(90_000)
        )

    return payouts_types.FundsConversion(
        conversion_id=conversion_id,
        client_id="org_client",
        taken=common.Money(amount_minor=8_001, currency="USD"),
        given=common.Money(amount_minor=7_310, fraction=5_137, currency="EUR"),
        exchange=exchange("0.9137", "ECB <b>"),
        create_time=moment(8000),
        settlement=exchange("0.915", "bank F7") if settled else None,
    )


def batch(*, full: bool = False) -> payouts_types.PayoutBatch:
    """Three payments: one said to be paid, one that failed, one open."""
    lines = [
        payouts_types.PayoutBatchLine(
            reference=reference,
            payee_id="ctr_1",
            amount_minor=100,
            currency="USD",
            outcome=outcome,
            value_date="2026-11-30" if outcome else "",
            bank_reference="FT1" if outcome else "",
            code=code,
        )
        for reference, outcome, code in (
            ("CWAAA", "paid", ""),
            ("CWBBB", "failed", "account_closed"),
            ("CWCCC", "", ""),
            ("CWDDD", "", ""),
        )
    ]
    return payouts_types.PayoutBatch(
        batch_id="pba_1",
        currency="USD",
        total_minor=400,
        payments=4,
        sha256="ab" * 32,
        created_by="per_1",
        create_time=moment(8000),
        lines=lines if full else [],
        csv=CSV if full else "",
    )


def fill(world: World) -> None:
    """Every RPC that these pages ask."""
    answers: dict[str, Any] = {
        "ListRefunds": payouts.ListRefundsResponse(
            refunds=[
                refund("rfd_1", "HELD"),
                refund(
                    "rfd_2",
                    "PAID",
                    paid=common.Money(amount_minor=40_000, currency="EUR"),
                    bank_reference="FT9",
                    resolve_time=moment(100),
                ),
                refund("rfd_3", "DECLINED", reason="spent", resolve_time=moment(100)),
            ],
            next_page_token="more",
        ),
        "ListConversions": payouts.ListConversionsResponse(
            conversions=[conversion("fxc_2"), conversion("fxc_1", settled=True)]
        ),
        "ListPayoutBatches": payouts.ListPayoutBatchesResponse(
            batches=[batch()], waiting=[payouts_types.PayoutsWaiting(currency="KES", payments=3)]
        ),
        "GetPayoutBatch": payouts.GetPayoutBatchResponse(batch=batch(full=True)),
    }
    world.answers |= {rpc: partial(_always, answer) for rpc, answer in answers.items()}


def _always(answer: Any, _request: Any) -> Any:
    return answer
