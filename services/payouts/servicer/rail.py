"""PayoutsService, the rail's part: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.payouts.v1 import service_pb2
from services.chassis.authentication import current_principal
from services.chassis.paging import page_position, page_size, page_token
from services.chassis.timestamps import moment, timestamp
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.parts.rail import Rail
from services.payouts.usecases.statements.periods import PeriodView
from services.payouts.wire import ledger as wire
from services.payouts.wire import rail as rail_wire

# Each is counted: a page of them costs as many queries.
_PERIODS_MAX = 100
_PERIODS = "pay_periods"

Context = grpc.aio.ServicerContext[Any, Any]


class RailServicer:
    """Deposits, payout accounts, periods, payments, webhooks; see the proto."""

    def __init__(self, *, transactions: Transactions, rail: Rail) -> None:
        self._rail_transactions = transactions
        self._deposits = rail.deposits
        self._accounts = rail.payee_accounts
        self._periods = rail.periods
        self._orders = rail.orders
        self._payer = rail.payer
        self._statements = rail.statements
        self._webhooks = rail.webhooks
        self._reconciliation = rail.reconciliation

    async def CreateDeposit(
        self, request: service_pb2.CreateDepositRequest, context: Context
    ) -> service_pb2.CreateDepositResponse:
        async def body(work: UnitOfWork) -> service_pb2.CreateDepositResponse:
            with wire.naming_fields(amount="amount", account="client_id"):
                deposit = await self._deposits.create(
                    work, client_id=request.client_id, amount=wire.money_of(request.amount)
                )
            return service_pb2.CreateDepositResponse(
                deposit_id=deposit.deposit_id, status=deposit.status
            )

        ordered = await self._rail_transactions.run_once(
            caller=current_principal().organisation_id,
            method="CreateDeposit",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.CreateDepositResponse,
            body=body,
        )
        # The order is durable; how far it is now is what the caller wants to know.
        deposit = await self._deposits.drive(ordered.deposit_id)
        return service_pb2.CreateDepositResponse(
            deposit_id=deposit.deposit_id, topup_id=deposit.rail_id, status=deposit.status
        )

    async def CreatePayoutAccount(
        self, request: service_pb2.CreatePayoutAccountRequest, context: Context
    ) -> service_pb2.CreatePayoutAccountResponse:
        principal = current_principal()
        payee, country = await self._accounts.payee(principal)
        accounts = await self._accounts.to_open(payee, country)

        async def body(work: UnitOfWork) -> service_pb2.CreatePayoutAccountResponse:
            await accounts.order(work, payee, country=country, email=request.email)
            return service_pb2.CreatePayoutAccountResponse()

        await self._rail_transactions.run_once(
            caller=payee.payee_id,
            method="CreatePayoutAccount",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.CreatePayoutAccountResponse,
            body=body,
        )
        account = await accounts.open(payee.payee_id, country=country, email=request.email)
        return service_pb2.CreatePayoutAccountResponse(
            payout_account=rail_wire.payout_account_message(account)
        )

    async def CreateAccountLink(
        self, request: service_pb2.CreateAccountLinkRequest, context: Context
    ) -> service_pb2.CreateAccountLinkResponse:
        principal = current_principal()
        accounts = await self._accounts.to_read(principal, "")
        link = await accounts.link(
            principal, refresh_url=request.refresh_url, return_url=request.return_url
        )
        return service_pb2.CreateAccountLinkResponse(
            url=link.url, expire_time=timestamp(link.expires_at)
        )

    async def GetPayoutAccount(
        self, request: service_pb2.GetPayoutAccountRequest, context: Context
    ) -> service_pb2.GetPayoutAccountResponse:
        principal = current_principal()
        accounts = await self._accounts.to_read(principal, request.payee_id)
        account = await accounts.get(principal, request.payee_id)
        return service_pb2.GetPayoutAccountResponse(
            payout_account=rail_wire.payout_account_message(account)
        )

    async def ClosePayPeriod(
        self, request: service_pb2.ClosePayPeriodRequest, context: Context
    ) -> service_pb2.ClosePayPeriodResponse:
        ends_at = None
        if request.HasField("end_time"):
            ends_at = moment(request.end_time, field="end_time")

        async def body(work: UnitOfWork) -> service_pb2.ClosePayPeriodResponse:
            ended = await self._periods.end(
                work, ends_at=ends_at, minimum_minor=request.minimum_minor
            )
            view = PeriodView(record=ended, counts={})
            return service_pb2.ClosePayPeriodResponse(pay_period=rail_wire.period_message(view))

        response = await self._rail_transactions.run_once(
            caller=current_principal().organisation_id,
            method="ClosePayPeriod",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.ClosePayPeriodResponse,
            body=body,
        )
        self._periods.wake()
        return response

    async def PayStatements(
        self, request: service_pb2.PayStatementsRequest, context: Context
    ) -> service_pb2.PayStatementsResponse:
        committed = 0

        async def body(_work: UnitOfWork) -> service_pb2.PayStatementsResponse:
            # In transactions of their own, each naming what it pays: repeating it pays nothing
            # twice, and a period of any size needs no transaction of its size.
            nonlocal committed
            ordered = await self._orders.pay(request.pay_period_id, after=request.resume_after)
            committed += ordered.instructions
            return service_pb2.PayStatementsResponse(
                instructions=committed,
                remaining=ordered.remaining,
                resume_after=ordered.resume_after,
            )

        response = await self._rail_transactions.run_once(
            caller=current_principal().organisation_id,
            method="PayStatements",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.PayStatementsResponse,
            body=body,
        )
        self._payer.wake()
        return response

    async def GetPayPeriod(
        self, request: service_pb2.GetPayPeriodRequest, context: Context
    ) -> service_pb2.GetPayPeriodResponse:
        view = await self._periods.get(request.pay_period_id)
        return service_pb2.GetPayPeriodResponse(pay_period=rail_wire.period_message(view))

    async def ListPayPeriods(
        self, request: service_pb2.ListPayPeriodsRequest, context: Context
    ) -> service_pb2.ListPayPeriodsResponse:
        size = min(page_size(request.page_size), _PERIODS_MAX)
        found = await self._periods.list(
            before=page_position(request.page_token, scope=_PERIODS), limit=size + 1
        )
        page = found[:size]
        more = page_token(page[-1].record.period_id, scope=_PERIODS) if len(found) > size else ""
        return service_pb2.ListPayPeriodsResponse(
            pay_periods=[rail_wire.period_message(view) for view in page], next_page_token=more
        )

    async def GetStatement(
        self, request: service_pb2.GetStatementRequest, context: Context
    ) -> service_pb2.GetStatementResponse:
        lines, record = await self._statements.get(current_principal(), request.statement_id)
        corrections = await self._statements.corrections(lines, record)
        return service_pb2.GetStatementResponse(
            statement=rail_wire.full_statement_message(lines, record, corrections)
        )

    async def ListStatements(
        self, request: service_pb2.ListStatementsRequest, context: Context
    ) -> service_pb2.ListStatementsResponse:
        principal = current_principal()
        scope = f"statements:{principal.subject_id}:{request.pay_period_id}"
        size = page_size(request.page_size)
        found = await self._statements.list(
            principal,
            period_id=request.pay_period_id,
            before=page_position(request.page_token, scope=scope),
            limit=size + 1,
        )
        page = found[:size]
        more = page_token(page[-1].statement_id, scope=scope) if len(found) > size else ""
        return service_pb2.ListStatementsResponse(
            statements=[rail_wire.statement_message(record) for record in page],
            next_page_token=more,
        )

    async def GetReconciliation(
        self, request: service_pb2.GetReconciliationRequest, context: Context
    ) -> service_pb2.GetReconciliationResponse:
        return rail_wire.reconciliation_message(await self._reconciliation.report())

    async def ReceiveWebhook(
        self, request: service_pb2.ReceiveWebhookRequest, context: Context
    ) -> service_pb2.ReceiveWebhookResponse:
        duplicate = await self._webhooks.receive(
            request.payload, signature=request.signature, endpoint=request.endpoint
        )
        return service_pb2.ReceiveWebhookResponse(duplicate=duplicate)
