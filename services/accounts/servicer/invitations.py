"""Invitations: for those who make them, and for those who were given one."""

from __future__ import annotations

from crewline.accounts.v1 import service_pb2 as pb
from services.accounts.servicer.addresses import CallerAddresses, Context
from services.accounts.servicer.once import PUBLIC, OncePerRequest
from services.accounts.usecases.acceptance import Acceptance
from services.accounts.usecases.invitations import Invitations, MadeInvitation, WantedInvitation
from services.accounts.wire import invitation_message, item_error, role_value, session_message
from services.chassis.authentication import current_principal
from services.chassis.errors import DomainError
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import UnitOfWork


class InvitationsServicer:
    """See protos/crewline/accounts/v1/service.proto."""

    def __init__(
        self,
        *,
        once: OncePerRequest,
        invitations: Invitations,
        acceptance: Acceptance,
        addresses: CallerAddresses,
    ) -> None:
        self._once = once
        self._invitations = invitations
        self._acceptance = acceptance
        self._addresses = addresses

    async def BatchCreateInvitations(
        self, request: pb.BatchCreateInvitationsRequest, context: Context
    ) -> pb.BatchCreateInvitationsResponse:
        principal = current_principal()
        wanted = [
            WantedInvitation(person_id=item.person_id, email=item.email)
            for item in request.invitations
        ]

        async def body(work: UnitOfWork) -> pb.BatchCreateInvitationsResponse:
            outcomes = await self._invitations.create(work, principal=principal, wanted=wanted)
            return pb.BatchCreateInvitationsResponse(
                results=[_result(position, outcome) for position, outcome in enumerate(outcomes)]
            )

        return await self._once(
            request,
            pb.BatchCreateInvitationsResponse,
            body,
            secrets=("results.secret",),
            about=lambda response: [one.invitation.person_id for one in response.results],
        )

    async def ListInvitations(
        self, request: pb.ListInvitationsRequest, context: Context
    ) -> pb.ListInvitationsResponse:
        page = await self._invitations.page(
            principal=current_principal(), size=request.page_size, token=request.page_token
        )
        return pb.ListInvitationsResponse(
            invitations=[invitation_message(item) for item in page.items],
            next_page_token=page.next_token,
        )

    async def RevokeInvitation(
        self, request: pb.RevokeInvitationRequest, context: Context
    ) -> pb.RevokeInvitationResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> pb.RevokeInvitationResponse:
            revoked = await self._invitations.revoke(
                work, principal=principal, invitation_id=request.invitation_id
            )
            return pb.RevokeInvitationResponse(invitation=invitation_message(revoked))

        return await self._once(
            request,
            pb.RevokeInvitationResponse,
            body,
            about=lambda response: [response.invitation.person_id],
        )

    async def LookUpInvitation(
        self, request: pb.LookUpInvitationRequest, context: Context
    ) -> pb.LookUpInvitationResponse:
        offer = await self._acceptance.look_up(request.secret, address=self._addresses.of(context))
        return pb.LookUpInvitationResponse(
            organisation_name=offer.organisation.name,
            email=offer.invitation.email,
            roles=[role_value(role) for role in offer.person.roles],
            expire_time=timestamp(offer.invitation.expires_at),
        )

    async def AcceptInvitation(
        self, request: pb.AcceptInvitationRequest, context: Context
    ) -> pb.AcceptInvitationResponse:
        with self._acceptance.accepting(self._addresses.of(context)):
            encoded = await self._acceptance.prepare(
                request.secret, email=request.email, password=request.password
            )

            async def body(work: UnitOfWork) -> pb.AcceptInvitationResponse:
                begun = await self._acceptance.accept(
                    work,
                    request.secret,
                    email=request.email,
                    encoded=encoded,
                    device=request.device,
                )
                return pb.AcceptInvitationResponse(
                    session=session_message(begun.session), session_secret=begun.text
                )

            return await self._once(
                request,
                pb.AcceptInvitationResponse,
                body,
                caller=PUBLIC,
                secrets=("session_secret",),
                passwords=("password",),
                about=lambda response: [response.session.person_id],
            )


def _result(position: int, outcome: MadeInvitation | DomainError) -> pb.InvitationResult:
    if isinstance(outcome, MadeInvitation):
        return pb.InvitationResult(
            invitation=invitation_message(outcome.invitation), secret=outcome.text
        )
    return pb.InvitationResult(
        error=item_error(outcome, field=f"invitations[{position}].person_id")
    )
