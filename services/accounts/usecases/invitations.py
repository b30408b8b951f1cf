"""Invitations as the organisation sees them that asks its people in: made, listed, revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.accounts.domain.errors import InvitationNotFound, PersonNotFound
from services.accounts.domain.invitations import INVITATION, Invitation, invite
from services.accounts.domain.organisations import Person, may_be_given
from services.accounts.store.invitations import InvitationStore
from services.accounts.store.people import PeopleStore
from services.accounts.usecases.new_secrets import SecretSource
from services.chassis.authentication import Principal
from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.pages import Page, read_page
from services.chassis.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedInvitation:
    """For whom, and with which address alone, where it matters."""

    person_id: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeInvitation:
    """An invitation and the text that the person is given."""

    invitation: Invitation
    text: str = field(repr=False)


class Invitations:
    """Of the people of an organisation; a secret leaves here once and is stored nowhere."""

    def __init__(
        self,
        *,
        store: InvitationStore,
        people: PeopleStore,
        source: SecretSource,
        lifetime: timedelta,
        clock: Clock,
    ) -> None:
        self._store = store
        self._people = people
        self._source = source
        self._lifetime = lifetime
        self._clock = clock

    async def create(
        self, work: UnitOfWork, *, principal: Principal, wanted: Sequence[WantedInvitation]
    ) -> list[MadeInvitation | DomainError]:
        """One outcome a wanted invitation; a person's earlier ones are closed.

        PersonNotFound where the caller has no such person, AlreadySignsIn where they have a
        password.
        """
        ids = sorted({item.person_id for item in wanted})
        people = await self._people.people_by_id(ids, session=work.session)
        outcomes = [self._invite(work, principal, people, item) for item in wanted]
        outcomes = _last_ones_open(outcomes, now=work.now)
        made = [one.invitation for one in outcomes if isinstance(one, MadeInvitation)]
        if made:
            ids = sorted({invitation.person_id for invitation in made})
            await self._people.hold_contractors(ids, session=work.session)
            # One open invitation a person is what an index demands: of two who ask at once, the
            # database makes one begin again, who then finds the other's.
            await self._store.replace_open_ones(ids, now=work.now, session=work.session)
            await self._store.add(made, session=work.session)
        return outcomes

    async def page(self, *, principal: Principal, size: int, token: str) -> Page[Invitation]:
        """Those of the caller's organisation that can be accepted. Errors: PageTokenInvalid."""
        organisation_id = principal.organisation_id
        return await read_page(
            scope=f"invitations:{organisation_id}",
            size=size,
            token=token,
            read=lambda after, limit: self._store.open_ones(
                organisation_id=organisation_id, now=self._clock(), after=after, limit=limit
            ),
            position=lambda invitation: invitation.invitation_id,
        )

    async def revoke(
        self, work: UnitOfWork, *, principal: Principal, invitation_id: str
    ) -> Invitation:
        """Closed already, it stays as it is. Operators may close anybody's.

        Errors:
            InvitationNotFound: no such invitation in the caller's organisation.
        """
        found = await self._store.invitation(invitation_id, session=work.session)
        if found is None or not (
            "OPERATOR" in principal.roles or found.organisation_id == principal.organisation_id
        ):
            raise InvitationNotFound("no such invitation", invitation_id=invitation_id)
        revoked = found.revoked(now=work.now)
        if revoked is not found:
            await self._store.close(revoked, session=work.session)
        return revoked

    def _invite(
        self,
        work: UnitOfWork,
        principal: Principal,
        people: dict[str, Person],
        wanted: WantedInvitation,
    ) -> MadeInvitation | DomainError:
        person = people.get(wanted.person_id)
        if not may_be_given(person, organisation_id=principal.organisation_id):
            return PersonNotFound("no such person", person_id=wanted.person_id)
        drawn = self._source.draw(INVITATION)
        try:
            invitation = invite(
                person,
                invitation_id=drawn.entity_id,
                secret=drawn.secret,
                email=wanted.email,
                lifetime=self._lifetime,
                now=work.now,
            )
        except DomainError as err:
            return err
        return MadeInvitation(invitation=invitation, text=drawn.text)


def _last_ones_open(
    outcomes: Sequence[MadeInvitation | DomainError], *, now: datetime
) -> list[MadeInvitation | DomainError]:
    """Who is asked for twice has one open invitation all the same: the last."""
    last = {
        outcome.invitation.person_id: place
        for place, outcome in enumerate(outcomes)
        if isinstance(outcome, MadeInvitation)
    }
    return [
        replace(outcome, invitation=outcome.invitation.revoked(now=now))
        if isinstance(outcome, MadeInvitation) and last[outcome.invitation.person_id] != place
        else outcome
        for place, outcome in enumerate(outcomes)
    ]
