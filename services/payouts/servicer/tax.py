"""PayoutsService, the taxes' part: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.payouts.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.statements.tax_forms import TaxForm, TaxIdType
from services.payouts.parts.tax import TaxParts
from services.payouts.usecases.statements.tax_identities import Certified, TaxIdentityView
from services.payouts.wire import ledger as wire

Context = grpc.aio.ServicerContext[Any, Any]


class TaxServicer:
    """Tax forms; see protos/crewline/payouts/v1/service.proto."""

    def __init__(self, *, transactions: Transactions, taxes: TaxParts) -> None:
        self._tax_transactions = transactions
        self._tax_identities = taxes.identities
        self._tax_cipher = taxes.cipher
        self._tax_remittances = taxes.remittances

    async def CertifyTaxIdentity(
        self, request: service_pb2.CertifyTaxIdentityRequest, context: Context
    ) -> service_pb2.CertifyTaxIdentityResponse:
        payee, _ = await self._tax_identities.payee(current_principal())
        said = Certified(
            form=TaxForm(types_pb2.TaxForm.Name(request.form).removeprefix("TAX_FORM_")),
            country=request.country,
            id_type=TaxIdType(
                types_pb2.TaxIdType.Name(request.id_type).removeprefix("TAX_ID_TYPE_")
            ),
            number=request.number,
            legal_name=request.legal_name,
        )

        async def body(work: UnitOfWork) -> service_pb2.CertifyTaxIdentityResponse:
            view = await self._tax_identities.certify(work, payee, said)
            return service_pb2.CertifyTaxIdentityResponse(tax_identity=_message(view))

        # What is kept of requests is a plain hash, from which nine digits are soon guessed: the
        # number is replaced by a keyed one.
        told = service_pb2.CertifyTaxIdentityRequest()
        told.CopyFrom(request)
        told.number = self._tax_cipher.digest_of_request(request.number.encode())
        return await self._tax_transactions.run_once(
            caller=payee.payee_id,
            method="CertifyTaxIdentity",
            request_id=request.request_id,
            request=told,
            response_type=service_pb2.CertifyTaxIdentityResponse,
            body=body,
        )

    async def GetTaxIdentity(
        self, request: service_pb2.GetTaxIdentityRequest, context: Context
    ) -> service_pb2.GetTaxIdentityResponse:
        view = await self._tax_identities.get(current_principal(), request.payee_id)
        return service_pb2.GetTaxIdentityResponse(tax_identity=_message(view))

    async def RecordTaxRemittance(
        self, request: service_pb2.RecordTaxRemittanceRequest, context: Context
    ) -> service_pb2.RecordTaxRemittanceResponse:
        async def body(work: UnitOfWork) -> service_pb2.RecordTaxRemittanceResponse:
            with wire.naming_fields(amount="amount", account="authority"):
                entry_id = await self._tax_remittances.record(
                    work,
                    authority=request.authority,
                    amount=wire.money_of(request.amount),
                    rail=request.paid_from,
                    reference=request.reference,
                )
            return service_pb2.RecordTaxRemittanceResponse(entry_id=entry_id)

        return await self._tax_transactions.run_once(
            caller=current_principal().organisation_id,
            method="RecordTaxRemittance",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.RecordTaxRemittanceResponse,
            body=body,
        )


def _message(view: TaxIdentityView) -> types_pb2.TaxIdentity:
    identity = view.identity
    message = types_pb2.TaxIdentity(
        payee_id=identity.payee.payee_id,
        form=types_pb2.TaxForm.Value(f"TAX_FORM_{identity.form.value}"),
        country=identity.country,
        id_type=types_pb2.TaxIdType.Value(f"TAX_ID_TYPE_{identity.id_type.value}"),
        number_last_four=view.last_four,
        legal_name=identity.legal_name,
        certify_time=timestamp(identity.certified_at),
        state=types_pb2.TaxFormState.Value(f"TAX_FORM_STATE_{view.state.value}"),
        version=identity.version,
        same_number_payee_ids=view.same_number_payee_ids,
    )
    end = identity.valid_until
    if end is not None:
        message.expire_time.CopyFrom(timestamp(end))
    return message
