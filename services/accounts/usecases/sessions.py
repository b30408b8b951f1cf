"""Sessions: begun, exchanged for tokens, listed, ended. A secret leaves here once."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.accounts import metrics
from services.accounts.domain.errors import SessionEnded, SessionNotFound
from services.accounts.domain.organisations import Role
from services.accounts.domain.sessions import (
    SESSION,
    SessionRules,
    SignedIn,
    begin,
    read_session,
    superfluous,
)
from services.accounts.store.people import PeopleStore
from services.accounts.store.sign_ins import SignInStore
from services.accounts.usecases.failures import Failures
from services.accounts.usecases.new_secrets import SecretSource
from services.accounts.usecases.tokens import AccessToken, Bearer, TokenSigner
from services.chassis.authentication import Principal
from services.chassis.clock import Clock
from services.chassis.pages import Page, read_page
from services.chassis.unit_of_work import Transactions, UnitOfWork

_ENDED = "the session has ended; sign in again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A session and the text that the browser keeps."""

    session: SignedIn
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """A token, and what it says."""

    token: AccessToken
    roles: tuple[Role, ...]
    session_id: str


class Sessions:
    """Of people who signed in."""

    def __init__(
        self, *, store: SignInStore, source: SecretSource, rules: SessionRules, clock: Clock
    ) -> None:
        self._store = store
        self._source = source
        self._rules = rules
        self._clock = clock

    async def begin(self, work: UnitOfWork, *, person_id: str, device: str) -> Begun:
        """A session; where the person has as many as may live, their oldest ends."""
        live = await self._store.live_sessions(person_id, now=work.now, session=work.session)
        for old in superfluous(live, rules=self._rules):
            await self._store.end_session(old.revoked(now=work.now), session=work.session)
        drawn = self._source.draw(SESSION)
        signed_in = begin(
            session_id=drawn.entity_id,
            person_id=person_id,
            device=device,
            secret=drawn.secret,
            rules=self._rules,
            now=work.now,
        )
        await self._store.add_session(signed_in, session=work.session)
        return Begun(session=signed_in, text=drawn.text)

    async def page(self, *, principal: Principal, size: int, token: str) -> Page[SignedIn]:
        """The caller's own that have not ended, the newest first. Errors: PageTokenInvalid."""
        person_id = principal.subject_id

        async def read(after: str, limit: int) -> list[SignedIn]:
            live = await self._store.live_sessions(person_id, now=self._clock())
            return [one for one in live if not after or one.session_id < after][:limit]

        return await read_page(
            scope=f"sessions:{person_id}",
            size=size,
            token=token,
            read=read,
            position=lambda signed_in: signed_in.session_id,
        )

    async def revoke(self, work: UnitOfWork, *, principal: Principal, session_id: str) -> SignedIn:
        """Ended already, it stays as it is.

        Errors:
            SessionNotFound: the caller has no such session.
        """
        found = await self._store.session(session_id, session=work.session)
        if found is None or found.person_id != principal.subject_id:
            raise SessionNotFound("no such session", session_id=session_id)
        ended = found.revoked(now=work.now)
        if ended is not found:
            await self._store.end_session(ended, session=work.session)
        return ended

    async def end_others(self, work: UnitOfWork, *, person_id: str, session_id: str) -> int:
        """Ends all of a person's sessions but one; returns how many."""
        live = await self._store.live_sessions(person_id, now=work.now, session=work.session)
        others = [one for one in live if one.session_id != session_id]
        for other in others:
            await self._store.end_session(other.revoked(now=work.now), session=work.session)
        return len(others)


class SessionExchange:
    """Sessions brought for tokens. Who the person is, is read each time and not kept in them."""

    def __init__(
        self,
        *,
        store: SignInStore,
        people: PeopleStore,
        signer: TokenSigner,
        transactions: Transactions,
        rules: SessionRules,
        clock: Clock,
        failures: Failures,
    ) -> None:
        self._store = store
        self._people = people
        self._signer = signer
        self._transactions = transactions
        self._rules = rules
        self._clock = clock
        self._failures = failures

    async def refresh(self, text: str, *, address: str) -> Refreshed:
        """A token for a session that works.

        Errors:
            SessionEnded: malformed, unknown, wrong, revoked, too old or unused; which is not told.
            RateLimited: too many failures from this address.
        """
        with self._failures.counted(address):
            signed_in = await self._live(text)
            await self._note_use(signed_in)
            person = await self._people.person(signed_in.person_id)
            organisation = (
                await self._people.organisation(person.organisation_id) if person else None
            )
            if person is None or organisation is None:
                raise SessionEnded(_ENDED)
        token = self._signer.mint(
            Bearer(
                person_id=person.person_id,
                organisation_id=organisation.organisation_id,
                organisation_kind=organisation.kind,
                roles=person.roles,
            ),
            now=self._clock(),
        )
        metrics.SESSION_REFRESHES_TOTAL.labels("minted").inc()
        return Refreshed(token=token, roles=person.roles, session_id=signed_in.session_id)

    async def _live(self, text: str) -> SignedIn:
        outcome = "invalid"
        try:
            given = read_session(text)
            found = await self._store.session(given.entity_id)
            # The secret first: without it, nobody learns that a session has ended.
            if found is None or not found.matches(given.secret):
                raise SessionEnded(_ENDED)
            if not found.works(self._clock()):
                outcome = "ended"
                raise SessionEnded(_ENDED)
        except SessionEnded:
            metrics.SESSION_REFRESHES_TOTAL.labels(outcome).inc()
            raise
        return found

    async def _note_use(self, signed_in: SignedIn) -> None:
        used = signed_in.used(now=self._clock(), rules=self._rules)
        if used is signed_in:
            return

        async def body(work: UnitOfWork) -> bool:
            return await self._store.note_use(used, session=work.session)

        if not await self._transactions.run(body):
            metrics.SESSION_REFRESHES_TOTAL.labels("ended").inc()
            raise SessionEnded(_ENDED)
