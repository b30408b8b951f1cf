"""The first start: the platform's organisation, its first operator and their key."""

from __future__ import annotations

from services.accounts.domain.api_keys import key_for, read_key
from services.accounts.domain.organisations import (
    Organisation,
    OrganisationKind,
    Person,
    staff,
)
from services.accounts.store.keys import KeyStore
from services.accounts.store.people import PeopleStore
from services.accounts.usecases.people import publish_registered
from services.chassis.mongo import DuplicateKeyError
from services.chassis.natural_keys import derived_id
from services.chassis.unit_of_work import Transactions, UnitOfWork

PLATFORM_ID = derived_id("org", "platform")
"""The platform's own organisation, the same in every installation."""

FIRST_OPERATOR_ID = derived_id("per", "platform", "operator")

_LABEL = "bootstrap"


class BootstrapKeyChanged(ValueError):
    """The setting has another secret for a key id that is known: give the new key a new id."""


class Bootstrap:
    """Run at every start; what is there already stays as it is."""

    def __init__(self, *, people: PeopleStore, keys: KeyStore, transactions: Transactions) -> None:
        self._people = people
        self._keys = keys
        self._transactions = transactions

    async def run(self, *, operator_key: str) -> None:
        """Makes what is missing; with an empty `operator_key`, no key.

        Errors:
            ApiKeyInvalid: the key is too short, or not shaped as one.
            BootstrapKeyChanged: its id is known with another secret.
        """

        async def body(work: UnitOfWork) -> None:
            operator = await self._operator(work)
            if operator_key:
                await self._key(work, operator, text=operator_key)

        try:
            await self._transactions.run(body)
        except DuplicateKeyError:
            # Another replica made the same at the same moment; now it is there.
            await self._transactions.run(body)

    async def _operator(self, work: UnitOfWork) -> Person:
        session = work.session
        if await self._people.organisation(PLATFORM_ID, session=session) is None:
            platform = Organisation(
                organisation_id=PLATFORM_ID,
                name="Platform",
                kind=OrganisationKind.PLATFORM,
                created_at=work.now,
            )
            await self._people.add_organisation(platform, session=session)
            publish_registered(work, platform)
        known = await self._people.person(FIRST_OPERATOR_ID, session=session)
        if known is not None:
            return known
        operator = staff(
            person_id=FIRST_OPERATOR_ID,
            organisation_id=PLATFORM_ID,
            kind=OrganisationKind.PLATFORM,
            email="",
            name="Operator",
            now=work.now,
        )
        await self._people.add_people([operator], session=session)
        return operator

    async def _key(self, work: UnitOfWork, operator: Person, *, text: str) -> None:
        api_key_id, secret = read_key(text)
        known = await self._keys.api_key(api_key_id, session=work.session)
        if known is not None:
            if not known.matches(secret):
                raise BootstrapKeyChanged(f"{api_key_id} is known with another secret")
            return
        key = key_for(
            operator,
            kind=OrganisationKind.PLATFORM,
            api_key_id=api_key_id,
            secret=secret,
            label=_LABEL,
            now=work.now,
        )
        await self._keys.add_api_keys([key], session=work.session)
