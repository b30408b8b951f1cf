"""PayoutsService, what people have earned: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.payouts.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.paging import page_position, page_size, page_token
from services.chassis.timestamps import timestamp
from services.payouts.usecases.answers.answer_money import AnswerMoneyInspection, Payment
from services.payouts.usecases.answers.earnings import Earned, EarningsInspection
from services.payouts.wire import ledger as wire

Context = grpc.aio.ServicerContext[Any, Any]


class EarningsServicer:
    """Earnings and costs; see protos/crewline/payouts/v1/service.proto."""

    def __init__(
        self, *, earnings: EarningsInspection, answer_money: AnswerMoneyInspection
    ) -> None:
        self._earnings = earnings
        self._answer_money = answer_money

    async def GetEarnings(
        self, request: service_pb2.GetEarningsRequest, context: Context
    ) -> service_pb2.GetEarningsResponse:
        found = await self._earnings.of_contractor(current_principal())
        return service_pb2.GetEarningsResponse(earnings=[_message(earned) for earned in found])

    async def ListEarnings(
        self, request: service_pb2.ListEarningsRequest, context: Context
    ) -> service_pb2.ListEarningsResponse:
        principal = current_principal()
        scope = f"earnings:{principal.subject_id}"
        size = page_size(request.page_size)
        found = await self._earnings.accruals(
            principal, before=wire.entry_position(request.page_token, scope=scope), limit=size + 1
        )
        page = found[:size]
        more = wire.position_token(page[-1].position, scope=scope) if len(found) > size else ""
        return service_pb2.ListEarningsResponse(
            answers=[
                types_pb2.AnswerEarning(
                    assignment_id=accrued.assignment_id,
                    project_id=accrued.project_id,
                    amount=wire.units_message(accrued.pay_units, accrued.currency),
                    accrue_time=timestamp(accrued.recorded_at),
                    reversed=accrued.was_reversed,
                )
                for accrued in page
            ],
            next_page_token=more,
        )

    async def GetAnswerMoney(
        self, request: service_pb2.GetAnswerMoneyRequest, context: Context
    ) -> service_pb2.GetAnswerMoneyResponse:
        found = await self._answer_money.trace(current_principal(), request.assignment_id)
        return service_pb2.GetAnswerMoneyResponse(
            entries=[wire.entry_message(entry) for entry in found.entries],
            payments=[_payment(payment) for payment in found.payments],
        )

    async def ListPoolEarnings(
        self, request: service_pb2.ListPoolEarningsRequest, context: Context
    ) -> service_pb2.ListPoolEarningsResponse:
        principal = current_principal()
        scope = f"pool_earnings:{principal.organisation_id}"
        size = page_size(request.page_size)
        found = await self._earnings.of_pool(
            principal, after=page_position(request.page_token, scope=scope), limit=size + 1
        )
        page = found[:size]
        more = page_token(page[-1][0], scope=scope) if len(found) > size else ""
        return service_pb2.ListPoolEarningsResponse(
            contractors=[
                types_pb2.ContractorEarnings(
                    contractor_id=contractor_id, earnings=[_message(earned) for earned in earnings]
                )
                for contractor_id, earnings in page
            ],
            next_page_token=more,
        )

    async def GetProjectCost(
        self, request: service_pb2.GetProjectCostRequest, context: Context
    ) -> service_pb2.GetProjectCostResponse:
        cost = await self._earnings.cost(current_principal(), request.project_id)
        return service_pb2.GetProjectCostResponse(
            currency=cost.currency,
            held_units=cost.held_units,
            spent_units=cost.spent_units,
            contractor_pay_units=cost.cost.pay_units,
            vendor_commission_units=cost.cost.commission_units,
            platform_fee_units=cost.cost.fee_units,
            benefits_units=cost.cost.benefits_units,
            reserve_units=cost.reserve_units,
            floor_top_up_units=cost.floor_top_up_units,
            answers_paid=cost.answers,
        )


def _payment(payment: Payment) -> service_pb2.AnswerPayment:
    message = service_pb2.AnswerPayment(
        entry_id=payment.entry_id,
        pay_period_id=payment.period_id,
        statement_id=payment.statement_id,
    )
    standing = payment.standing
    if standing is not None:
        message.state = types_pb2.StatementState.Value(f"STATEMENT_STATE_{standing.state.value}")
        message.reason = standing.reason
        message.transfer_id = standing.transfer_id
        message.payout_id = standing.payout_id
    return message


def _message(earned: Earned) -> types_pb2.Earnings:
    return types_pb2.Earnings(
        currency=earned.currency,
        accrued_units=earned.accrued_units,
        stated_units=earned.stated_units,
        paid_units=earned.paid_units,
        benefits_units=earned.benefits_units,
        answers=earned.answers,
    )
