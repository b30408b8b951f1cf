"""VendorsService: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from crewline.vendors.v1 import service_pb2 as pb
from crewline.vendors.v1 import service_pb2_grpc
from services.chassis.authentication import Principal, current_principal
from services.chassis.errors import DomainError, FieldsInvalid
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.chassis.validation import violations
from services.vendors import wire
from services.vendors.domain.contractors import ContractorStep
from services.vendors.domain.errors import TooManyRows
from services.vendors.domain.vendors import VendorStep
from services.vendors.usecases.contractors import Contractors, ImportedRow
from services.vendors.usecases.erasures import Erasures
from services.vendors.usecases.vendors import Vendors

ResponseT = TypeVar("ResponseT", bound=Message)
Context = grpc.aio.ServicerContext[Any, Any]

_ROWS_PER_MESSAGE_MAX = 1000


class VendorsServicer(service_pb2_grpc.VendorsServiceServicer):
    """See protos/crewline/vendors/v1/service.proto."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        vendors: Vendors,
        contractors: Contractors,
        erasures: Erasures,
    ) -> None:
        self._transactions = transactions
        self._vendors = vendors
        self._contractors = contractors
        self._erasures = erasures

    async def SubmitApplication(
        self, request: pb.SubmitApplicationRequest, context: Context
    ) -> pb.SubmitApplicationResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> pb.SubmitApplicationResponse:
            vendor = await self._vendors.submit(
                work,
                principal=principal,
                legal_name=request.legal_name,
                country=request.country,
                contact_email=request.contact_email,
            )
            return pb.SubmitApplicationResponse(vendor=wire.vendor_message(vendor))

        return await self._once(request, pb.SubmitApplicationResponse, body)

    async def GetVendor(
        self, request: pb.GetVendorRequest, context: Context
    ) -> pb.GetVendorResponse:
        vendor = await self._vendors.get(request.vendor_id, principal=current_principal())
        return pb.GetVendorResponse(vendor=wire.vendor_message(vendor))

    async def ListVendors(
        self, request: pb.ListVendorsRequest, context: Context
    ) -> pb.ListVendorsResponse:
        page = await self._vendors.page(
            state=wire.vendor_state(request.state),
            size=request.page_size,
            token=request.page_token,
        )
        return pb.ListVendorsResponse(
            vendors=[wire.vendor_message(vendor) for vendor in page.items],
            next_page_token=page.next_token,
        )

    async def ApproveVendor(
        self, request: pb.ApproveVendorRequest, context: Context
    ) -> pb.ApproveVendorResponse:
        return await self._decide(request, pb.ApproveVendorResponse, VendorStep.APPROVE)

    async def RejectVendor(
        self, request: pb.RejectVendorRequest, context: Context
    ) -> pb.RejectVendorResponse:
        return await self._decide(request, pb.RejectVendorResponse, VendorStep.REJECT)

    async def SuspendVendor(
        self, request: pb.SuspendVendorRequest, context: Context
    ) -> pb.SuspendVendorResponse:
        return await self._decide(request, pb.SuspendVendorResponse, VendorStep.SUSPEND)

    async def ReinstateVendor(
        self, request: pb.ReinstateVendorRequest, context: Context
    ) -> pb.ReinstateVendorResponse:
        return await self._decide(request, pb.ReinstateVendorResponse, VendorStep.REINSTATE)

    async def SetRateCard(
        self, request: pb.SetRateCardRequest, context: Context
    ) -> pb.SetRateCardResponse:
        principal = current_principal()
        rates = [wire.rate_of(rate) for rate in request.rates]

        async def body(work: UnitOfWork) -> pb.SetRateCardResponse:
            card = await self._vendors.set_rates(work, principal=principal, rates=rates)
            return pb.SetRateCardResponse(rate_card=wire.rate_card_message(card))

        return await self._once(request, pb.SetRateCardResponse, body)

    async def GetRateCard(
        self, request: pb.GetRateCardRequest, context: Context
    ) -> pb.GetRateCardResponse:
        card = await self._vendors.rates(request.vendor_id, principal=current_principal())
        return pb.GetRateCardResponse(rate_card=wire.rate_card_message(card))

    async def EnrolContractor(
        self, request: pb.EnrolContractorRequest, context: Context
    ) -> pb.EnrolContractorResponse:
        principal = current_principal()
        row = wire.row_of(request.contractor)

        async def body(work: UnitOfWork) -> pb.EnrolContractorResponse:
            contractor = await self._contractors.enrol(work, principal=principal, row=row)
            return pb.EnrolContractorResponse(contractor=wire.contractor_message(contractor))

        return await self._once(
            request,
            pb.EnrolContractorResponse,
            body,
            committed=lambda: self._contractors.count_enrolled(principal, number=1),
        )

    async def ImportContractors(
        self, request_iterator: AsyncIterator[pb.ImportContractorsRequest], context: Context
    ) -> AsyncIterator[pb.ImportContractorsResponse]:
        principal = current_principal()
        await self._contractors.check_may_import(principal=principal)
        first_row = 0
        async for request in request_iterator:
            yield await self._import(request, principal, first_row=first_row)
            first_row += len(request.contractors)

    async def GetContractor(
        self, request: pb.GetContractorRequest, context: Context
    ) -> pb.GetContractorResponse:
        contractor = await self._contractors.get(
            request.contractor_id, principal=current_principal()
        )
        return pb.GetContractorResponse(contractor=wire.contractor_message(contractor))

    async def ListContractors(
        self, request: pb.ListContractorsRequest, context: Context
    ) -> pb.ListContractorsResponse:
        page = await self._contractors.page(
            principal=current_principal(), size=request.page_size, token=request.page_token
        )
        return pb.ListContractorsResponse(
            contractors=[wire.contractor_message(contractor) for contractor in page.items],
            next_page_token=page.next_token,
        )

    async def SuspendContractor(
        self, request: pb.SuspendContractorRequest, context: Context
    ) -> pb.SuspendContractorResponse:
        return await self._change(request, pb.SuspendContractorResponse, ContractorStep.SUSPEND)

    async def ReinstateContractor(
        self, request: pb.ReinstateContractorRequest, context: Context
    ) -> pb.ReinstateContractorResponse:
        return await self._change(request, pb.ReinstateContractorResponse, ContractorStep.REINSTATE)

    async def OffboardContractor(
        self, request: pb.OffboardContractorRequest, context: Context
    ) -> pb.OffboardContractorResponse:
        return await self._change(request, pb.OffboardContractorResponse, ContractorStep.OFFBOARD)

    async def EraseContractor(
        self, request: pb.EraseContractorRequest, context: Context
    ) -> pb.EraseContractorResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> pb.EraseContractorResponse:
            contractor = await self._erasures.ask(
                work,
                principal=principal,
                contractor_id=request.contractor_id,
                reason=request.reason,
            )
            return pb.EraseContractorResponse(contractor=wire.contractor_message(contractor))

        return await self._once(request, pb.EraseContractorResponse, body)

    async def SetContractorRegion(
        self, request: pb.SetContractorRegionRequest, context: Context
    ) -> pb.SetContractorRegionResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> pb.SetContractorRegionResponse:
            contractor = await self._contractors.move(
                work,
                principal=principal,
                contractor_id=request.contractor_id,
                region=request.region,
                reason=request.reason,
            )
            return pb.SetContractorRegionResponse(contractor=wire.contractor_message(contractor))

        return await self._once(request, pb.SetContractorRegionResponse, body)

    async def _decide(
        self, request: Any, response_type: type[ResponseT], step: VendorStep
    ) -> ResponseT:
        principal = current_principal()

        async def body(work: UnitOfWork) -> ResponseT:
            vendor = await self._vendors.decide(
                work,
                principal=principal,
                vendor_id=request.vendor_id,
                step=step,
                reason=request.reason,
            )
            return response_type(vendor=wire.vendor_message(vendor))

        return await self._once(
            request,
            response_type,
            body,
            committed=lambda: self._vendors.count_decision(step),
        )

    async def _change(
        self, request: Any, response_type: type[ResponseT], step: ContractorStep
    ) -> ResponseT:
        principal = current_principal()

        async def body(work: UnitOfWork) -> ResponseT:
            contractor = await self._contractors.change(
                work,
                principal=principal,
                contractor_id=request.contractor_id,
                step=step,
                reason=request.reason,
            )
            return response_type(contractor=wire.contractor_message(contractor))

        return await self._once(request, response_type, body)

    async def _import(
        self, request: pb.ImportContractorsRequest, principal: Principal, *, first_row: int
    ) -> pb.ImportContractorsResponse:
        if len(request.contractors) > _ROWS_PER_MESSAGE_MAX:
            raise TooManyRows(
                f"at most {_ROWS_PER_MESSAGE_MAX} rows a message",
                rows=len(request.contractors),
                row=first_row,
                field="contractors",
            )
        outcomes: list[ImportedRow | DomainError | None] = [
            FieldsInvalid(found) if (found := violations(row)) else None
            for row in request.contractors
        ]
        good = [place for place, outcome in enumerate(outcomes) if outcome is None]
        imported = await self._contractors.import_rows(
            [wire.row_of(request.contractors[place]) for place in good], principal=principal
        )
        for place, outcome in zip(good, imported, strict=True):
            outcomes[place] = outcome
        return pb.ImportContractorsResponse(
            results=[
                _row_result(first_row + place, request.contractors[place].external_id, outcome)
                for place, outcome in enumerate(outcomes)
            ]
        )

    async def _once(
        self,
        request: Any,
        response_type: type[ResponseT],
        body: Callable[[UnitOfWork], Awaitable[ResponseT]],
        *,
        committed: Callable[[], None] | None = None,
    ) -> ResponseT:
        """`committed` is called where this call made the change, and not where it repeats one."""
        fresh: list[ResponseT] = []

        async def noted(work: UnitOfWork) -> ResponseT:
            fresh[:] = [await body(work)]
            return fresh[0]

        response = await self._transactions.run_once(
            caller=current_principal().organisation_id,
            method=response_type.__name__.removesuffix("Response"),
            request_id=request.request_id,
            request=request,
            response_type=response_type,
            body=noted,
            about=_contractors_in,
        )
        if committed is not None and fresh and response is fresh[0]:
            committed()
        return response


def _contractors_in(response: Message) -> list[str]:
    """Whom a response says something of, so that it goes when they are erased."""
    contractor = getattr(response, "contractor", None)
    return [contractor.contractor_id] if contractor is not None else []


def _row_result(
    row: int, external_id: str, outcome: ImportedRow | DomainError | None
) -> pb.ImportContractorResult:
    result = pb.ImportContractorResult(row=row, external_id=external_id)
    if isinstance(outcome, ImportedRow):
        result.contractor_id = outcome.contractor_id
        result.created = outcome.created
    elif outcome is not None:
        result.error.CopyFrom(wire.item_error(outcome))
    return result
