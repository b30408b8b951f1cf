"""API keys: made, listed, rotated, revoked. A secret leaves here once and is stored nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.accounts.domain.api_keys import API_KEY, ApiKey, key_for
from services.accounts.domain.errors import ApiKeyNotFound, PersonNotFound
from services.accounts.domain.organisations import OrganisationKind, Person, may_be_given
from services.accounts.store.keys import KeyStore
from services.accounts.store.people import PeopleStore
from services.accounts.usecases.new_secrets import SecretSource
from services.chassis.authentication import Principal
from services.chassis.errors import DomainError
from services.chassis.pages import Page, read_page
from services.chassis.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedKey:
    """For whom, and what they call it."""

    person_id: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A key and the text that its owner keeps."""

    key: ApiKey
    text: str = field(repr=False)


class ApiKeys:
    """Of the people of an organisation."""

    def __init__(self, *, store: KeyStore, people: PeopleStore, source: SecretSource) -> None:
        self._store = store
        self._people = people
        self._source = source

    async def make(
        self, work: UnitOfWork, person: Person, *, kind: OrganisationKind, label: str
    ) -> MadeKey:
        """One key for a person."""
        made = self._draw(work, person, kind=kind, label=label)
        await self._store.add_api_keys([made.key], session=work.session)
        return made

    async def create(
        self, work: UnitOfWork, *, principal: Principal, wanted: Sequence[WantedKey]
    ) -> list[MadeKey | DomainError]:
        """One outcome a wanted key: PersonNotFound where the caller has no such person."""
        ids = sorted({item.person_id for item in wanted})
        people = await self._people.people_by_id(ids, session=work.session)
        kind = OrganisationKind(principal.organisation_kind)
        outcomes: list[MadeKey | DomainError] = []
        for item in wanted:
            person = people.get(item.person_id)
            if not may_be_given(person, organisation_id=principal.organisation_id):
                outcomes.append(PersonNotFound("no such person", person_id=item.person_id))
            else:
                outcomes.append(self._draw(work, person, kind=kind, label=item.label))
        keys = [outcome.key for outcome in outcomes if isinstance(outcome, MadeKey)]
        if keys:
            await self._people.hold_contractors(ids, session=work.session)
            await self._store.add_api_keys(keys, session=work.session)
        return outcomes

    async def page(self, *, principal: Principal, size: int, token: str) -> Page[ApiKey]:
        """Of the caller's own organisation. Errors: PageTokenInvalid."""
        organisation_id = principal.organisation_id
        return await read_page(
            scope=f"api_keys:{organisation_id}",
            size=size,
            token=token,
            read=lambda after, limit: self._store.api_keys(
                organisation_id=organisation_id, after=after, limit=limit
            ),
            position=lambda key: key.api_key_id,
        )

    async def rotate(
        self, work: UnitOfWork, *, principal: Principal, api_key_id: str, overlap_seconds: int
    ) -> MadeKey:
        """The new key; the old one works for the overlap.

        Not even an operator rotates another organisation's key: the new secret would let them
        act in its name.

        Errors:
            ApiKeyNotFound: no such key in the caller's organisation.
            ApiKeyRevoked: it does not work any more.
        """
        old = await self._own(work, api_key_id, principal=principal)
        await self._store.end_api_key(
            old.superseded(now=work.now, overlap_seconds=overlap_seconds), session=work.session
        )
        drawn = self._source.draw(API_KEY)
        key = old.successor(api_key_id=drawn.entity_id, secret=drawn.secret, now=work.now)
        await self._store.add_api_keys([key], session=work.session)
        return MadeKey(key=key, text=drawn.text)

    async def revoke(self, work: UnitOfWork, *, principal: Principal, api_key_id: str) -> ApiKey:
        """Again is nothing: the first revocation stays. Operators may end anybody's key.

        Errors:
            ApiKeyNotFound: no such key in the caller's organisation.
        """
        key = await self._own(
            work, api_key_id, principal=principal, any_organisation="OPERATOR" in principal.roles
        )
        ended = key.revoked(now=work.now)
        if ended is not key:
            await self._store.end_api_key(ended, session=work.session)
        return ended

    async def _own(
        self,
        work: UnitOfWork,
        api_key_id: str,
        *,
        principal: Principal,
        any_organisation: bool = False,
    ) -> ApiKey:
        key = await self._store.api_key(api_key_id, session=work.session)
        if key is None or not (
            any_organisation or key.organisation_id == principal.organisation_id
        ):
            raise ApiKeyNotFound("no such API key", api_key_id=api_key_id)
        return key

    def _draw(
        self, work: UnitOfWork, person: Person, *, kind: OrganisationKind, label: str
    ) -> MadeKey:
        drawn = self._source.draw(API_KEY)
        key = key_for(
            person,
            kind=kind,
            api_key_id=drawn.entity_id,
            secret=drawn.secret,
            label=label,
            now=work.now,
        )
        return MadeKey(key=key, text=drawn.text)
