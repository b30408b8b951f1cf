"""Signing in, sessions, and the change of a password."""

from __future__ import annotations

from crewline.accounts.v1 import service_pb2 as pb
from services.accounts.servicer.addresses import CallerAddresses, Context
from services.accounts.servicer.once import OncePerRequest
from services.accounts.usecases.sessions import SessionExchange, Sessions
from services.accounts.usecases.sign_in import SignIns
from services.accounts.wire import role_value, session_message
from services.chassis.authentication import current_principal
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import Transactions, UnitOfWork


class SessionsServicer:
    """See protos/crewline/accounts/v1/service.proto."""

    def __init__(
        self,
        *,
        once: OncePerRequest,
        transactions: Transactions,
        sign_ins: SignIns,
        sessions: Sessions,
        session_exchange: SessionExchange,
        addresses: CallerAddresses,
    ) -> None:
        self._once = once
        self._transactions = transactions
        self._sign_ins = sign_ins
        self._sessions = sessions
        self._session_exchange = session_exchange
        self._addresses = addresses

    async def SignIn(self, request: pb.SignInRequest, context: Context) -> pb.SignInResponse:
        begun = await self._sign_ins.sign_in(
            email=request.email,
            password=request.password,
            device=request.device,
            address=self._addresses.of(context),
        )
        return pb.SignInResponse(session=session_message(begun.session), session_secret=begun.text)

    async def RefreshSession(
        self, request: pb.RefreshSessionRequest, context: Context
    ) -> pb.RefreshSessionResponse:
        refreshed = await self._session_exchange.refresh(
            request.session_secret, address=self._addresses.of(context)
        )
        return pb.RefreshSessionResponse(
            access_token=refreshed.token.text,
            expire_time=timestamp(refreshed.token.expires_at),
            subject_id=refreshed.token.subject_id,
            organisation_id=refreshed.token.organisation_id,
            roles=[role_value(role) for role in refreshed.roles],
            session_id=refreshed.session_id,
        )

    async def ListSessions(
        self, request: pb.ListSessionsRequest, context: Context
    ) -> pb.ListSessionsResponse:
        page = await self._sessions.page(
            principal=current_principal(), size=request.page_size, token=request.page_token
        )
        return pb.ListSessionsResponse(
            sessions=[session_message(item) for item in page.items],
            next_page_token=page.next_token,
        )

    async def RevokeSession(
        self, request: pb.RevokeSessionRequest, context: Context
    ) -> pb.RevokeSessionResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> pb.RevokeSessionResponse:
            ended = await self._sessions.revoke(
                work, principal=principal, session_id=request.session_id
            )
            return pb.RevokeSessionResponse(session=session_message(ended))

        return await self._transactions.run(body)

    async def ChangePassword(
        self, request: pb.ChangePasswordRequest, context: Context
    ) -> pb.ChangePasswordResponse:
        person = await self._sign_ins.caller(current_principal())
        with self._sign_ins.changing(person, address=self._addresses.of(context)):
            proved = await self._sign_ins.prove_change(
                person, old_password=request.old_password, new_password=request.new_password
            )

            async def body(work: UnitOfWork) -> pb.ChangePasswordResponse:
                ended = await self._sign_ins.change(work, proved, session_id=request.session_id)
                return pb.ChangePasswordResponse(sessions_ended=ended)

            return await self._once(
                request,
                pb.ChangePasswordResponse,
                body,
                caller=person.person_id,
                passwords=("new_password", "old_password"),
            )
