"""PayoutsService, the ledger's part: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2
from services.chassis.authentication import current_principal
from services.chassis.paging import page_size
from services.chassis.timestamps import moment
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.usecases.funding.funds import Funds
from services.payouts.usecases.ledger.ledger import LedgerInspection
from services.payouts.usecases.ledger.ledger_audit import LedgerAudit
from services.payouts.wire import ledger as wire

Context = grpc.aio.ServicerContext[Any, Any]


class LedgerServicer:
    """Funds, entries, trial balance; see protos/crewline/payouts/v1/service.proto."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        funds: Funds,
        inspection: LedgerInspection,
        audit: LedgerAudit,
    ) -> None:
        self._transactions = transactions
        self._funds = funds
        self._inspection = inspection
        self._audit = audit

    async def FundProject(
        self, request: service_pb2.FundProjectRequest, context: Context
    ) -> service_pb2.FundProjectResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> service_pb2.FundProjectResponse:
            with wire.naming_fields(amount="amount", account="project_id"):
                amount = wire.money_of(request.amount)
                held = await self._funds.hold(work, principal, request.project_id, amount)
            return service_pb2.FundProjectResponse(
                held=common_pb2.Money(amount_minor=held.amount_minor, currency=held.currency)
            )

        return await self._transactions.run_once(
            caller=principal.organisation_id,
            method="FundProject",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.FundProjectResponse,
            body=body,
        )

    async def GetFunds(
        self, request: service_pb2.GetFundsRequest, context: Context
    ) -> service_pb2.GetFundsResponse:
        available, held, owed = await self._funds.of_client(current_principal(), request.client_id)
        return wire.funds_message(available, held, owed)

    async def ListEntries(
        self, request: service_pb2.ListEntriesRequest, context: Context
    ) -> service_pb2.ListEntriesResponse:
        scope = f"entries:{request.account}"
        size = page_size(request.page_size)
        found = await self._inspection.entries(
            current_principal(),
            request.account,
            after=wire.entry_position(request.page_token, scope=scope),
            limit=size + 1,
        )
        more = wire.entry_token(found[size - 1].entry, scope=scope) if len(found) > size else ""
        return service_pb2.ListEntriesResponse(
            entries=[wire.entry_message(entry) for entry in found[:size]], next_page_token=more
        )

    async def GetTrialBalance(
        self, request: service_pb2.GetTrialBalanceRequest, context: Context
    ) -> service_pb2.GetTrialBalanceResponse:
        as_of = moment(request.as_of_time) if request.HasField("as_of_time") else None
        return wire.trial_balance_message(await self._inspection.trial_balance(as_of=as_of))

    async def GetBooksCheck(
        self, request: service_pb2.GetBooksCheckRequest, context: Context
    ) -> service_pb2.GetBooksCheckResponse:
        found = await self._audit.report()
        return service_pb2.GetBooksCheckResponse(
            findings=[wire.finding_message(finding) for finding in found]
        )
