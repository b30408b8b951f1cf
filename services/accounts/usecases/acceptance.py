"""Invitations as whoever was given a secret sees them: looked up, accepted once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.accounts import metrics
from services.accounts.domain.errors import EmailTaken, InvitationInvalid
from services.accounts.domain.invitations import (
    Invitation,
    admit,
    invitation_invalid,
    read_invitation,
)
from services.accounts.domain.organisations import Organisation, Person, signing_in
from services.accounts.domain.passwords import check_password
from services.accounts.store.invitations import InvitationStore
from services.accounts.store.people import PeopleStore
from services.accounts.usecases.failures import Failures
from services.accounts.usecases.passwords import Passwords
from services.accounts.usecases.sessions import Begun, Sessions
from services.chassis.clock import Clock
from services.chassis.mongo import DuplicateKeyError, Session
from services.chassis.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What an invitation is for."""

    invitation: Invitation
    person: Person
    organisation: Organisation


class Acceptance:
    """The person, their password and their first session are one transaction."""

    def __init__(
        self,
        *,
        store: InvitationStore,
        people: PeopleStore,
        passwords: Passwords,
        sessions: Sessions,
        failures: Failures,
        clock: Clock,
    ) -> None:
        self._store = store
        self._people = people
        self._passwords = passwords
        self._sessions = sessions
        self._failures = failures
        self._clock = clock

    @contextlib.contextmanager
    def accepting(self, address: str) -> Iterator[None]:
        """Around one acceptance. Errors: RateLimited, where too many failed from this address."""
        with self._counted(address, success="accepted"):
            yield

    async def look_up(self, text: str, *, address: str) -> Offer:
        """What an invitation is for.

        Errors:
            InvitationInvalid: malformed, unknown, used, replaced, revoked or too old.
            RateLimited: too many failures from this address.
        """
        with self._counted(address, success="looked_up"):
            return await self._offer(text, now=self._clock())

    async def prepare(self, text: str, *, email: str, password: str) -> str:
        """The new password's hash; empty where the invitation cannot be accepted.

        That is for `accept` to tell, where the request is not a repeat of one that could.

        Errors:
            InvitationInvalid: it has not the shape of an invitation.
            PasswordWeak: the password breaks a rule.
            Overloaded: too many are being hashed.
        """
        read_invitation(text)
        check_password(password, emails=(email,))
        now = self._clock()
        try:
            offer = await self._offer(text, now=now)
            offer.invitation.accepted(offer.person, email=email, now=now)
        except InvitationInvalid:
            return ""
        return await self._passwords.choose(password, email=email)

    async def accept(
        self, work: UnitOfWork, text: str, *, email: str, encoded: str, device: str
    ) -> Begun:
        """The person signs in from now on, and has a session.

        Errors:
            InvitationInvalid: it cannot be accepted, or not with this address.
            EmailTaken: the address is somebody else's.
        """
        offer = await self._offer(text, now=work.now, session=work.session)
        accepted = offer.invitation.accepted(offer.person, email=email, now=work.now)
        if not encoded:
            raise invitation_invalid()
        person = signing_in(offer.person, email=email)
        await self._claim_address(work, person)
        await self._passwords.keep(work, person_id=person.person_id, encoded=encoded)
        await self._store.close(accepted, session=work.session)
        return await self._sessions.begin(work, person_id=person.person_id, device=device)

    @contextlib.contextmanager
    def _counted(self, address: str, *, success: str) -> Iterator[None]:
        with self._failures.counted(address):
            try:
                yield
            except InvitationInvalid:
                metrics.INVITATIONS_TOTAL.labels("invalid").inc()
                raise
            metrics.INVITATIONS_TOTAL.labels(success).inc()

    async def _claim_address(self, work: UnitOfWork, person: Person) -> None:
        holder = await self._people.person_by_email(person.email_key, session=work.session)
        if holder is not None and holder.person_id != person.person_id:
            raise EmailTaken("somebody has this e-mail address already", field="email")
        try:
            await self._people.begin_signing_in(person, session=work.session)
        except DuplicateKeyError as err:
            raise EmailTaken("somebody has this e-mail address already", field="email") from err

    async def _offer(self, text: str, *, now: datetime, session: Session | None = None) -> Offer:
        given = read_invitation(text)
        invitation = await self._store.invitation(given.entity_id, session=session)
        if invitation is None or not invitation.matches(given.secret):
            raise invitation_invalid()
        found = await self._people.person(invitation.person_id, session=session)
        person = admit(invitation, found, now=now)
        organisation = await self._people.organisation(person.organisation_id, session=session)
        if organisation is None:
            raise invitation_invalid()
        return Offer(invitation=invitation, person=person, organisation=organisation)
