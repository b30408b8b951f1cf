"""Payments and bank transfers as protobuf messages."""

from __future__ import annotations

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import types_pb2
from services.chassis.timestamps import timestamp
from services.payouts.domain.funding.bank_transfers import BankTransfer, BankTransferState
from services.payouts.domain.funding.deposits import Deposit, DepositState, Method

_METHODS = {
    Method.TOP_UP: types_pb2.PAYMENT_METHOD_TOP_UP,
    Method.PAYMENT: types_pb2.PAYMENT_METHOD_PAYMENT,
}


def payment_message(deposit: Deposit, *, with_secret: bool) -> types_pb2.Payment:
    """Secret and page go to its client alone, and where it asks for this one payment."""
    message = types_pb2.Payment(
        payment_id=deposit.deposit_id,
        client_id=deposit.client_id,
        amount=_money(deposit.amount_minor, deposit.currency),
        method=_METHODS[deposit.method],
        state=_state(deposit),
        reason=deposit.code,
        description=deposit.description,
        provider_id=deposit.rail_id,
        client_secret=deposit.client_secret if with_secret else "",
        create_time=timestamp(deposit.created_at),
    )
    if deposit.checkout is not None:
        message.checkout_url = deposit.checkout.url if with_secret else ""
        message.checkout_expire_time.CopyFrom(timestamp(deposit.checkout.expires_at))
    settlement = deposit.settlement
    if settlement is not None and deposit.state is DepositState.SUCCEEDED:
        message.fee.CopyFrom(_money(settlement.fee_minor, settlement.currency))
        message.available_time.CopyFrom(timestamp(settlement.available_at))
    return message


def _state(deposit: Deposit) -> types_pb2.PaymentState.ValueType:
    match deposit.state:
        case DepositState.SUCCEEDED:
            return types_pb2.PAYMENT_STATE_SUCCEEDED
        case DepositState.FAILED | DepositState.REVERSED:
            return types_pb2.PAYMENT_STATE_FAILED
        case DepositState.PENDING if deposit.needs_payer:
            return types_pb2.PAYMENT_STATE_NEEDS_PAYER
        case DepositState.PENDING:
            return types_pb2.PAYMENT_STATE_PROCESSING
        case _:
            return types_pb2.PAYMENT_STATE_CREATING


def transfer_message(transfer: BankTransfer, *, for_operator: bool) -> types_pb2.BankTransfer:
    """Who of the operators did what is theirs to know."""
    return types_pb2.BankTransfer(
        bank_transfer_id=transfer.transfer_id,
        client_id=transfer.client_id,
        amount=_money(transfer.amount_minor, transfer.currency),
        state=types_pb2.BankTransferState.Value(f"BANK_TRANSFER_STATE_{transfer.state.name}"),
        sender=transfer.sender,
        value_date=transfer.value_date,
        bank_reference=transfer.reference,
        reason=transfer.reason,
        create_time=timestamp(transfer.created_at),
        recorded_by=transfer.recorded_by if for_operator else "",
        confirmed_by=transfer.confirmed_by if for_operator else "",
    )


def transfer_state(value: types_pb2.BankTransferState.ValueType) -> BankTransferState | None:
    """None for all."""
    if value == types_pb2.BANK_TRANSFER_STATE_UNSPECIFIED:
        return None
    name = types_pb2.BankTransferState.Name(value).removeprefix("BANK_TRANSFER_STATE_")
    return BankTransferState[name]


def _money(amount_minor: int, currency: str) -> common_pb2.Money:
    return common_pb2.Money(amount_minor=amount_minor, currency=currency)
