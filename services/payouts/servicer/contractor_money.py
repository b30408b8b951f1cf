"""PayoutsService, one contractor's money from end to end: protobuf in, use case, protobuf out."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.payouts.v1 import service_pb2
from services.chassis.authentication import current_principal
from services.chassis.timestamps import timestamp
from services.payouts.domain.answers.contractor_money import BankLine, MoneySum
from services.payouts.domain.reconciliation.mirrors import MirrorItem
from services.payouts.usecases.answers.contractor_money import ContractorMoneyInspection, Followed
from services.payouts.wire import rail as rail_wire
from services.payouts.wire.ledger import units_message

Context = grpc.aio.ServicerContext[Any, Any]


class ContractorMoneyServicer:
    """GetContractorMoney; see the proto."""

    def __init__(self, *, contractor_money: ContractorMoneyInspection) -> None:
        self._contractor_money = contractor_money

    async def GetContractorMoney(
        self, request: service_pb2.GetContractorMoneyRequest, context: Context
    ) -> service_pb2.GetContractorMoneyResponse:
        found = await self._contractor_money.trace(
            current_principal(), request.contractor_id, before=request.before_statement_id
        )
        return service_pb2.GetContractorMoneyResponse(
            sums=[_sum(one) for one in found.sums],
            statements=[_statement(one) for one in found.statements],
            next_before_statement_id=found.next_before,
        )


def _sum(one: MoneySum) -> service_pb2.ContractorMoneySum:
    return service_pb2.ContractorMoneySum(
        vendor_id=one.vendor_id,
        earnings=[
            service_pb2.ContractorMoneyKind(
                kind=earning.kind, amount=units_message(earning.units, one.currency)
            )
            for earning in one.earnings
        ],
        earned=units_message(one.earned_units, one.currency),
        not_stated=units_message(one.not_stated_units, one.currency),
        stated=units_message(one.stated_units, one.currency),
        paid=units_message(one.paid_units, one.currency),
        unexplained=units_message(one.unexplained_units, one.currency),
        why_not_stated=one.why_not_stated.value,
        minimum_minor=one.minimum_minor,
    )


def _statement(one: Followed) -> service_pb2.ContractorMoneyStatement:
    message = service_pb2.ContractorMoneyStatement(
        statement=rail_wire.statement_message(one.record),
        amount=units_message(one.part.units, one.part.currency),
        movements=[_movement(item) for item in one.movements],
    )
    if one.bank_line is not None:
        message.bank_line.CopyFrom(_bank_line(one.bank_line))
    return message


def _movement(item: MirrorItem) -> service_pb2.ProviderMovement:
    return service_pb2.ProviderMovement(
        balance_transaction_id=item.item_id,
        account=item.account,
        type=item.type,
        amount=units_message(item.amount_units, item.currency),
        time=timestamp(item.at),
    )


def _bank_line(line: BankLine) -> service_pb2.BankLine:
    return service_pb2.BankLine(
        arrival_day="" if line.arrives_on is None else line.arrives_on.isoformat(),
        trace_id=line.trace_id,
        trace_status=line.trace_status,
        descriptor=line.descriptor,
    )
