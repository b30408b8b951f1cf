"""API keys, and the tokens and the key set that follow from them."""

from __future__ import annotations

from crewline.accounts.v1 import service_pb2 as pb
from crewline.accounts.v1 import types_pb2
from services.accounts.servicer.addresses import CallerAddresses, Context
from services.accounts.servicer.once import OncePerRequest
from services.accounts.usecases.api_keys import ApiKeys, MadeKey, WantedKey
from services.accounts.usecases.tokens import KeyExchange, KeySet
from services.accounts.wire import api_key_message, item_error
from services.chassis.authentication import current_principal
from services.chassis.errors import DomainError
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import UnitOfWork


class KeysServicer:
    """See protos/crewline/accounts/v1/service.proto."""

    def __init__(
        self,
        *,
        once: OncePerRequest,
        keys: ApiKeys,
        exchange: KeyExchange,
        key_set: KeySet,
        addresses: CallerAddresses,
    ) -> None:
        self._once = once
        self._keys = keys
        self._exchange = exchange
        self._key_set = key_set
        self._addresses = addresses

    async def BatchCreateApiKeys(
        self, request: pb.BatchCreateApiKeysRequest, context: Context
    ) -> pb.BatchCreateApiKeysResponse:
        principal = current_principal()
        wanted = [WantedKey(person_id=key.person_id, label=key.label) for key in request.keys]

        async def body(work: UnitOfWork) -> pb.BatchCreateApiKeysResponse:
            outcomes = await self._keys.create(work, principal=principal, wanted=wanted)
            results = [_key_result(position, outcome) for position, outcome in enumerate(outcomes)]
            return pb.BatchCreateApiKeysResponse(results=results)

        return await self._once(
            request,
            pb.BatchCreateApiKeysResponse,
            body,
            secrets=("results.secret",),
            about=lambda response: [one.api_key.person_id for one in response.results],
        )

    async def ListApiKeys(
        self, request: pb.ListApiKeysRequest, context: Context
    ) -> pb.ListApiKeysResponse:
        page = await self._keys.page(
            principal=current_principal(), size=request.page_size, token=request.page_token
        )
        return pb.ListApiKeysResponse(
            api_keys=[api_key_message(item) for item in page.items],
            next_page_token=page.next_token,
        )

    async def RotateApiKey(
        self, request: pb.RotateApiKeyRequest, context: Context
    ) -> pb.RotateApiKeyResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> pb.RotateApiKeyResponse:
            made = await self._keys.rotate(
                work,
                principal=principal,
                api_key_id=request.api_key_id,
                overlap_seconds=request.overlap_seconds,
            )
            return pb.RotateApiKeyResponse(api_key=api_key_message(made.key), secret=made.text)

        return await self._once(
            request,
            pb.RotateApiKeyResponse,
            body,
            secrets=("secret",),
            about=lambda response: [response.api_key.person_id],
        )

    async def RevokeApiKey(
        self, request: pb.RevokeApiKeyRequest, context: Context
    ) -> pb.RevokeApiKeyResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> pb.RevokeApiKeyResponse:
            key = await self._keys.revoke(work, principal=principal, api_key_id=request.api_key_id)
            return pb.RevokeApiKeyResponse(api_key=api_key_message(key))

        return await self._once(
            request,
            pb.RevokeApiKeyResponse,
            body,
            about=lambda response: [response.api_key.person_id],
        )

    async def ExchangeApiKey(
        self, request: pb.ExchangeApiKeyRequest, context: Context
    ) -> pb.ExchangeApiKeyResponse:
        token = await self._exchange.exchange(request.secret, address=self._addresses.of(context))
        return pb.ExchangeApiKeyResponse(
            access_token=token.text,
            expire_time=timestamp(token.expires_at),
            subject_id=token.subject_id,
            organisation_id=token.organisation_id,
        )

    async def GetKeySet(
        self, request: pb.GetKeySetRequest, context: Context
    ) -> pb.GetKeySetResponse:
        keys = await self._key_set.public_keys()
        return pb.GetKeySetResponse(
            keys=[
                types_pb2.SigningKey(key_id=key_id, public_key=public_key)
                for key_id, public_key in keys.items()
            ]
        )


def _key_result(position: int, outcome: MadeKey | DomainError) -> pb.ApiKeyResult:
    if isinstance(outcome, MadeKey):
        return pb.ApiKeyResult(api_key=api_key_message(outcome.key), secret=outcome.text)
    return pb.ApiKeyResult(error=item_error(outcome, field=f"keys[{position}].person_id"))
