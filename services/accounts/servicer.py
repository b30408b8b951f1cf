"""The RPCs of accounts: messages in, use cases, messages out."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from crewline.accounts.v1 import service_pb2 as pb
from crewline.accounts.v1 import service_pb2_grpc, types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from services.accounts.usecases.api_keys import ApiKeys, MadeKey, WantedKey
from services.accounts.usecases.people import People
from services.accounts.usecases.tokens import KeyExchange, KeySet
from services.accounts.wire import (
    api_key_message,
    organisation_kind,
    organisation_message,
    person_message,
)
from services.chassis.authentication import current_principal
from services.chassis.errors import DomainError
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import Transactions, UnitOfWork

ResponseT = TypeVar("ResponseT", bound=Message)
Context = grpc.aio.ServicerContext[Any, Any]

# Nobody has signed in yet: request ids of the public share one space.
_PUBLIC = "public"


class AccountsServicer(service_pb2_grpc.AccountsServiceServicer):
    """See protos/crewline/accounts/v1/service.proto."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        people: People,
        keys: ApiKeys,
        exchange: KeyExchange,
        key_set: KeySet,
    ) -> None:
        self._transactions = transactions
        self._people = people
        self._keys = keys
        self._exchange = exchange
        self._key_set = key_set

    async def RegisterOrganisation(
        self, request: pb.RegisterOrganisationRequest, context: Context
    ) -> pb.RegisterOrganisationResponse:
        self._people.admit_registration(peer=_peer_address(context.peer()), email=request.email)

        async def body(work: UnitOfWork) -> pb.RegisterOrganisationResponse:
            registered = await self._people.register(
                work,
                name=request.name,
                kind=organisation_kind(request.kind),
                email=request.email,
                person_name=request.person_name,
            )
            return pb.RegisterOrganisationResponse(
                organisation=organisation_message(registered.organisation),
                person=person_message(registered.person),
                api_key=api_key_message(registered.made.key),
                secret=registered.made.text,
            )

        return await self._once(
            request,
            pb.RegisterOrganisationResponse,
            body,
            caller=_PUBLIC,
            secrets=("secret",),
        )

    async def GetOrganisation(
        self, request: pb.GetOrganisationRequest, context: Context
    ) -> pb.GetOrganisationResponse:
        found = await self._people.organisation(
            request.organisation_id, principal=current_principal()
        )
        return pb.GetOrganisationResponse(organisation=organisation_message(found))

    async def ListOrganisations(
        self, request: pb.ListOrganisationsRequest, context: Context
    ) -> pb.ListOrganisationsResponse:
        page = await self._people.organisations(size=request.page_size, token=request.page_token)
        return pb.ListOrganisationsResponse(
            organisations=[organisation_message(item) for item in page.items],
            next_page_token=page.next_token,
        )

    async def CreatePerson(
        self, request: pb.CreatePersonRequest, context: Context
    ) -> pb.CreatePersonResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> pb.CreatePersonResponse:
            person = await self._people.create(
                work, principal=principal, email=request.email, name=request.name
            )
            return pb.CreatePersonResponse(person=person_message(person))

        return await self._once(request, pb.CreatePersonResponse, body)

    async def ListPeople(
        self, request: pb.ListPeopleRequest, context: Context
    ) -> pb.ListPeopleResponse:
        page = await self._people.people(
            principal=current_principal(), size=request.page_size, token=request.page_token
        )
        return pb.ListPeopleResponse(
            people=[person_message(item) for item in page.items],
            next_page_token=page.next_token,
        )

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
            request, pb.BatchCreateApiKeysResponse, body, secrets=("results.secret",)
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

        return await self._once(request, pb.RotateApiKeyResponse, body, secrets=("secret",))

    async def RevokeApiKey(
        self, request: pb.RevokeApiKeyRequest, context: Context
    ) -> pb.RevokeApiKeyResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> pb.RevokeApiKeyResponse:
            key = await self._keys.revoke(work, principal=principal, api_key_id=request.api_key_id)
            return pb.RevokeApiKeyResponse(api_key=api_key_message(key))

        return await self._once(request, pb.RevokeApiKeyResponse, body)

    async def ExchangeApiKey(
        self, request: pb.ExchangeApiKeyRequest, context: Context
    ) -> pb.ExchangeApiKeyResponse:
        token = await self._exchange.exchange(request.secret, peer=_peer_address(context.peer()))
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

    async def _once(
        self,
        request: Any,
        response_type: type[ResponseT],
        body: Callable[[UnitOfWork], Awaitable[ResponseT]],
        *,
        caller: str = "",
        secrets: tuple[str, ...] = (),
    ) -> ResponseT:
        return await self._transactions.run_once(
            caller=caller or current_principal().organisation_id,
            method=response_type.__name__.removesuffix("Response"),
            request_id=request.request_id,
            request=request,
            response_type=response_type,
            body=body,
            secrets=secrets,
        )


def _key_result(position: int, outcome: MadeKey | DomainError) -> pb.ApiKeyResult:
    if isinstance(outcome, MadeKey):
        return pb.ApiKeyResult(api_key=api_key_message(outcome.key), secret=outcome.text)
    return pb.ApiKeyResult(
        error=common_pb2.ItemError(
            reason=outcome.reason,
            message=outcome.message,
            field=f"keys[{position}].person_id",
            metadata=outcome.metadata,
        )
    )


def _peer_address(peer: str) -> str:
    """`ipv4:10.0.0.1:5000` -> `10.0.0.1`; of IPv6 the network, for one host has many addresses."""
    scheme, _, rest = peer.partition(":")
    if scheme not in ("ipv4", "ipv6"):
        return peer
    host = rest.rpartition(":")[0].replace("%5B", "").replace("%5D", "").strip("[]")
    if scheme == "ipv4":
        return host
    network = ipaddress.ip_network(f"{host.partition('%')[0]}/64", strict=False)
    return str(network)
