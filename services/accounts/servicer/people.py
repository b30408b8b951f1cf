"""Organisations and people."""

from __future__ import annotations

from crewline.accounts.v1 import service_pb2 as pb
from services.accounts.servicer.addresses import CallerAddresses, Context
from services.accounts.servicer.once import PUBLIC, OncePerRequest
from services.accounts.usecases.passwords import Passwords
from services.accounts.usecases.people import People
from services.accounts.wire import (
    api_key_message,
    organisation_kind,
    organisation_message,
    person_message,
)
from services.chassis.authentication import current_principal
from services.chassis.unit_of_work import UnitOfWork


class PeopleServicer:
    """See protos/crewline/accounts/v1/service.proto."""

    def __init__(
        self,
        *,
        once: OncePerRequest,
        people: People,
        passwords: Passwords,
        addresses: CallerAddresses,
    ) -> None:
        self._once = once
        self._people = people
        self._passwords = passwords
        self._addresses = addresses

    async def RegisterOrganisation(
        self, request: pb.RegisterOrganisationRequest, context: Context
    ) -> pb.RegisterOrganisationResponse:
        self._people.admit_registration(address=self._addresses.of(context), email=request.email)
        encoded = ""
        if request.password:
            encoded = await self._passwords.choose(request.password, email=request.email)

        async def body(work: UnitOfWork) -> pb.RegisterOrganisationResponse:
            registered = await self._people.register(
                work,
                name=request.name,
                kind=organisation_kind(request.kind),
                email=request.email,
                person_name=request.person_name,
                encoded=encoded,
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
            caller=PUBLIC,
            secrets=("secret",),
            passwords=("password",),
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

    async def GetCaller(
        self, request: pb.GetCallerRequest, context: Context
    ) -> pb.GetCallerResponse:
        person, organisation = await self._people.caller(current_principal())
        return pb.GetCallerResponse(
            person=person_message(person), organisation=organisation_message(organisation)
        )
