"""Organisations and people: signing up, colleagues, contractors as the vendors service tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crewline.accounts.v1 import events_pb2
from services.accounts.domain.errors import (
    EmailTaken,
    OrganisationNotFound,
    PersonNotFound,
    RateLimited,
)
from services.accounts.domain.organisations import (
    ContractorFact,
    Organisation,
    OrganisationKind,
    Person,
    contractor,
    email_domain,
    email_key,
    newest,
    signing_in,
    staff,
)
from services.accounts.domain.rate_limits import RateLimit
from services.accounts.store.people import PeopleStore
from services.accounts.usecases.api_keys import ApiKeys, MadeKey
from services.accounts.usecases.passwords import Passwords
from services.accounts.wire import organisation_message
from services.chassis.authentication import Principal
from services.chassis.ids import NewId
from services.chassis.mongo import DuplicateKeyError
from services.chassis.pages import Page, read_page
from services.chassis.unit_of_work import Transactions, UnitOfWork

_FIRST_KEY_LABEL = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What a sign-up made."""

    organisation: Organisation
    person: Person
    made: MadeKey


class People:
    """Who there is."""

    def __init__(
        self,
        *,
        store: PeopleStore,
        keys: ApiKeys,
        passwords: Passwords,
        new_id: NewId,
        registrations: RateLimit,
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._keys = keys
        self._passwords = passwords
        self._new_id = new_id
        self._registrations = registrations
        self._monotonic = monotonic

    def admit_registration(self, *, address: str, email: str) -> None:
        """Errors: RateLimited, where the address or the e-mail's domain asked too often."""
        now = self._monotonic()
        for key in (f"address:{address}", f"domain:{email_domain(email)}"):
            if not self._registrations.take(key, now_seconds=now):
                raise RateLimited("too many registrations from there")

    async def register(
        self,
        work: UnitOfWork,
        *,
        name: str,
        kind: OrganisationKind,
        email: str,
        person_name: str,
        encoded: str,
    ) -> Registered:
        """An organisation, its first person and their key; with a password's hash, they sign in.

        Errors:
            EmailTaken: the address is somebody's.
        """
        organisation = Organisation(
            organisation_id=self._new_id("org"), name=name, kind=kind, created_at=work.now
        )
        person = await self._add_staff(
            work,
            organisation.organisation_id,
            kind=kind,
            email=email,
            name=person_name,
            signs_in=bool(encoded),
        )
        if encoded:
            await self._passwords.keep(work, person_id=person.person_id, encoded=encoded)
        await self._store.add_organisation(organisation, session=work.session)
        made = await self._keys.make(work, person, kind=kind, label=_FIRST_KEY_LABEL)
        publish_registered(work, organisation)
        return Registered(organisation=organisation, person=person, made=made)

    async def caller(self, principal: Principal) -> tuple[Person, Organisation]:
        """Who a token's bearer is, and the organisation that it lets them act for.

        Errors:
            PersonNotFound, OrganisationNotFound: the token is not of anybody here.
        """
        person = await self._store.person(principal.subject_id)
        if person is None:
            raise PersonNotFound("no such person", person_id=principal.subject_id)
        organisation = await self.organisation(principal.organisation_id, principal=principal)
        return person, organisation

    async def organisation(self, organisation_id: str, *, principal: Principal) -> Organisation:
        """Errors: OrganisationNotFound, also for another's organisation."""
        found = None
        if "OPERATOR" in principal.roles or organisation_id == principal.organisation_id:
            found = await self._store.organisation(organisation_id)
        if found is None:
            raise OrganisationNotFound("no such organisation", organisation_id=organisation_id)
        return found

    async def organisations(self, *, size: int, token: str) -> Page[Organisation]:
        """All of them, for operators. Errors: PageTokenInvalid."""
        return await read_page(
            scope="organisations",
            size=size,
            token=token,
            read=lambda after, limit: self._store.organisations(after=after, limit=limit),
            position=lambda organisation: organisation.organisation_id,
        )

    async def create(
        self, work: UnitOfWork, *, principal: Principal, email: str, name: str
    ) -> Person:
        """A colleague of the caller. Errors: EmailTaken."""
        return await self._add_staff(
            work,
            principal.organisation_id,
            kind=OrganisationKind(principal.organisation_kind),
            email=email,
            name=name,
        )

    async def people(self, *, principal: Principal, size: int, token: str) -> Page[Person]:
        """Of the caller's own organisation. Errors: PageTokenInvalid."""
        organisation_id = principal.organisation_id
        return await read_page(
            scope=f"people:{organisation_id}",
            size=size,
            token=token,
            read=lambda after, limit: self._store.people(
                organisation_id=organisation_id, after=after, limit=limit
            ),
            position=lambda person: person.person_id,
        )

    async def _add_staff(
        self,
        work: UnitOfWork,
        organisation_id: str,
        *,
        kind: OrganisationKind,
        email: str,
        name: str,
        signs_in: bool = False,
    ) -> Person:
        person = staff(
            person_id=self._new_id("per"),
            organisation_id=organisation_id,
            kind=kind,
            email=email.strip(),
            name=name,
            now=work.now,
        )
        if signs_in:
            person = signing_in(person, email=email)
        holder = await self._store.person_by_email(email_key(email), session=work.session)
        if holder is not None:
            raise EmailTaken("somebody has this e-mail address already", field="email")
        try:
            await self._store.add_people([person], session=work.session)
        except DuplicateKeyError as err:
            raise EmailTaken("somebody has this e-mail address already", field="email") from err
        return person


class ContractorMirror:
    """A person for every contractor that the vendors service tells of."""

    def __init__(self, *, store: PeopleStore, transactions: Transactions) -> None:
        self._store = store
        self._transactions = transactions

    async def apply(self, facts: Sequence[ContractorFact]) -> None:
        """In any order, any number of times: the highest version stays."""
        wanted = newest(list(facts))
        if not wanted:
            return

        async def body(work: UnitOfWork) -> None:
            known = await self._store.people_by_id(list(wanted), session=work.session)
            missing = [fact for key, fact in wanted.items() if key not in known]
            if missing:
                people = [contractor(fact, now=work.now) for fact in missing]
                await self._store.add_people(people, session=work.session)
            for key, person in known.items():
                if person.contractor_version < wanted[key].version:
                    await self._store.move_contractor(wanted[key], session=work.session)

        await self._transactions.run(body)


def publish_registered(work: UnitOfWork, organisation: Organisation) -> None:
    """Tells the others."""
    work.publish(
        events_pb2.OrganisationRegistered(organisation=organisation_message(organisation)),
        key=organisation.organisation_id,
    )
