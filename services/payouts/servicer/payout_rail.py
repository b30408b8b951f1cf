"""PayoutsService, the rails' part: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.payouts.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.paging import page_position, page_size, page_token
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.ciphers.tax import TaxCipher
from services.payouts.domain.payments.payments import standing_of
from services.payouts.parts.rail import Rail
from services.payouts.usecases.payments.payout_batches import RECORDED, REFUSED, REPEATED
from services.payouts.wire import ledger as wire
from services.payouts.wire import payout_rail as payout_rail_wire

_BATCHES = "payout_batches"
_BATCHES_MAX = 100
_DETAILS = ("account_holder", "account_number", "bank_code", "bank_name", "bank_country")

Context = grpc.aio.ServicerContext[Any, Any]


class PayoutRailServicer:
    """Choices, bank details, files for banks; see protos/crewline/payouts/v1/service.proto."""

    def __init__(self, *, transactions: Transactions, rail: Rail, cipher: TaxCipher) -> None:
        self._payout_transactions = transactions
        self._payout_rails = rail.payout_rails.choices
        self._payout_batches = rail.batches
        self._rail_fundings = rail.fundings
        self._take_backs = rail.take_backs
        self._resumptions = rail.resumptions
        self._payout_cipher = cipher
        self._wake_payer = rail.payer.wake

    async def GetPayoutRails(
        self, request: service_pb2.GetPayoutRailsRequest, context: Context
    ) -> service_pb2.GetPayoutRailsResponse:
        view = await self._payout_rails.view(current_principal(), request.payee_id)
        return service_pb2.GetPayoutRailsResponse(payout_rails=payout_rail_wire.rails_message(view))

    async def SetPayoutRail(
        self, request: service_pb2.SetPayoutRailRequest, context: Context
    ) -> service_pb2.SetPayoutRailResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> service_pb2.SetPayoutRailResponse:
            await self._payout_rails.choose(
                work,
                principal,
                payee_id=request.payee_id,
                rail=payout_rail_wire.rail_name(request.rail),
                reason=request.reason,
            )
            return service_pb2.SetPayoutRailResponse()

        await self._payout_transactions.run_once(
            caller=principal.subject_id,
            method="SetPayoutRail",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.SetPayoutRailResponse,
            body=body,
        )
        view = await self._payout_rails.view(principal, request.payee_id)
        return service_pb2.SetPayoutRailResponse(payout_rails=payout_rail_wire.rails_message(view))

    async def SetBankDetails(
        self, request: service_pb2.SetBankDetailsRequest, context: Context
    ) -> service_pb2.SetBankDetailsResponse:
        principal = current_principal()
        payee, _ = await self._payout_rails.payee(principal)

        async def body(work: UnitOfWork) -> service_pb2.SetBankDetailsResponse:
            details = {name: str(getattr(request, name)) for name in _DETAILS}
            await self._payout_rails.give_bank_details(work, payee, details)
            return service_pb2.SetBankDetailsResponse()

        # What is kept of requests is a plain hash, from which an account number is guessed: it is
        # replaced by a keyed one.
        told = service_pb2.SetBankDetailsRequest()
        told.CopyFrom(request)
        told.account_number = self._payout_cipher.digest_of_request(request.account_number.encode())
        await self._payout_transactions.run_once(
            caller=payee.payee_id,
            method="SetBankDetails",
            request_id=request.request_id,
            request=told,
            response_type=service_pb2.SetBankDetailsResponse,
            body=body,
        )
        view = await self._payout_rails.view(principal, "")
        return service_pb2.SetBankDetailsResponse(payout_rails=payout_rail_wire.rails_message(view))

    async def ExportPayouts(
        self, request: service_pb2.ExportPayoutsRequest, context: Context
    ) -> service_pb2.ExportPayoutsResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> service_pb2.ExportPayoutsResponse:
            batch = await self._payout_batches.export(
                work, currency=request.currency, limit=request.limit, by=principal.subject_id
            )
            kept = types_pb2.PayoutBatch(batch_id=batch.batch_id)
            return service_pb2.ExportPayoutsResponse(batch=kept)

        frozen = await self._payout_transactions.run_once(
            caller=principal.organisation_id,
            method="ExportPayouts",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.ExportPayoutsResponse,
            body=body,
        )
        # The bank details in it are kept in no answer.
        batch, text = await self._payout_batches.file(frozen.batch.batch_id)
        return service_pb2.ExportPayoutsResponse(
            batch=payout_rail_wire.full_batch_message(batch, text)
        )

    async def GetPayoutBatch(
        self, request: service_pb2.GetPayoutBatchRequest, context: Context
    ) -> service_pb2.GetPayoutBatchResponse:
        batch, text = await self._payout_batches.file(request.batch_id)
        said = await self._payout_batches.said_of(batch)
        return service_pb2.GetPayoutBatchResponse(
            batch=payout_rail_wire.full_batch_message(batch, text, said=said)
        )

    async def ListPayoutBatches(
        self, request: service_pb2.ListPayoutBatchesRequest, context: Context
    ) -> service_pb2.ListPayoutBatchesResponse:
        size = min(page_size(request.page_size), _BATCHES_MAX)
        found = await self._payout_batches.newest(
            before=page_position(request.page_token, scope=_BATCHES), limit=size + 1
        )
        page = found[:size]
        more = page_token(page[-1].batch_id, scope=_BATCHES) if len(found) > size else ""
        waiting = await self._payout_batches.waiting()
        return service_pb2.ListPayoutBatchesResponse(
            batches=[payout_rail_wire.batch_message(batch) for batch in page],
            next_page_token=more,
            waiting=[
                types_pb2.PayoutsWaiting(currency=currency, payments=count)
                for currency, count in sorted(waiting.items())
            ],
        )

    async def ImportPayoutOutcomes(
        self, request: service_pb2.ImportPayoutOutcomesRequest, context: Context
    ) -> service_pb2.ImportPayoutOutcomesResponse:
        # In transactions of their own: taking the same row again changes nothing, and says so.
        rows = await self._payout_batches.take_outcomes(
            request.csv, by=current_principal().subject_id
        )
        counts = {
            result: sum(1 for row in rows if row.result == result)
            for result in (RECORDED, REPEATED, REFUSED)
        }
        self._wake_payer()
        return service_pb2.ImportPayoutOutcomesResponse(
            rows=[payout_rail_wire.row_message(row) for row in rows],
            recorded=counts[RECORDED],
            repeated_rows=counts[REPEATED],
            refused=counts[REFUSED],
        )

    async def TakeBackPayment(
        self, request: service_pb2.TakeBackPaymentRequest, context: Context
    ) -> service_pb2.TakeBackPaymentResponse:
        # The rail is asked outside of any transaction, and a repeat finds that it is done.
        instruction = await self._take_backs.take_back(
            request.statement_id, by=current_principal().subject_id, reason=request.reason
        )
        standing = standing_of(instruction)
        return service_pb2.TakeBackPaymentResponse(
            state=types_pb2.StatementState.Value(f"STATEMENT_STATE_{standing.state.value}"),
            reason=standing.reason,
        )

    async def ResumePayment(
        self, request: service_pb2.ResumePaymentRequest, context: Context
    ) -> service_pb2.ResumePaymentResponse:
        # In the journal's own transaction; a repeat finds that it goes on already.
        instruction = await self._resumptions.resume(
            request.statement_id, by=current_principal().subject_id, reason=request.reason
        )
        self._wake_payer()
        standing = standing_of(instruction)
        return service_pb2.ResumePaymentResponse(
            state=types_pb2.StatementState.Value(f"STATEMENT_STATE_{standing.state.value}"),
            reason=standing.reason,
        )

    async def RecordRailFunding(
        self, request: service_pb2.RecordRailFundingRequest, context: Context
    ) -> service_pb2.RecordRailFundingResponse:
        async def body(work: UnitOfWork) -> service_pb2.RecordRailFundingResponse:
            with wire.naming_fields(amount="amount", account="to_rail"):
                entry_id = await self._rail_fundings.record(
                    work,
                    from_rail=payout_rail_wire.rail_name(request.from_rail),
                    to_rail=payout_rail_wire.rail_name(request.to_rail),
                    amount=wire.money_of(request.amount),
                    reference=request.reference,
                )
            return service_pb2.RecordRailFundingResponse(entry_id=entry_id)

        return await self._payout_transactions.run_once(
            caller=current_principal().organisation_id,
            method="RecordRailFunding",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.RecordRailFundingResponse,
            body=body,
        )
