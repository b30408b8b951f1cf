"""People who are erased: what they sign in with ends, and what is known of them goes."""

from __future__ import annotations

from collections.abc import Sequence

from services.accounts.domain.organisations import ErasedFact, erased
from services.accounts.store.invitations import InvitationStore
from services.accounts.store.keys import KeyStore
from services.accounts.store.people import PeopleStore
from services.accounts.store.sign_ins import SignInStore
from services.chassis.unit_of_work import Transactions, UnitOfWork


class Erasures:
    """Told twice is nothing; told before the person was ever told of, it holds all the same."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        people: PeopleStore,
        keys: KeyStore,
        sign_ins: SignInStore,
        invitations: InvitationStore,
    ) -> None:
        self._transactions = transactions
        self._people = people
        self._keys = keys
        self._sign_ins = sign_ins
        self._invitations = invitations

    async def apply(self, facts: Sequence[ErasedFact]) -> None:
        """Each in a transaction of its own: nobody is half erased."""
        for fact in facts:
            await self._transactions.run(lambda work, fact=fact: self._erase(work, fact))  # type: ignore[misc]

    async def _erase(self, work: UnitOfWork, fact: ErasedFact) -> None:
        person_id = fact.contractor_id
        known = await self._people.person(person_id, session=work.session)
        if known is not None and known.erased_at is not None:
            return
        came_at = work.now if known is None else known.created_at
        await self._people.put_erased(erased(fact, now=came_at), session=work.session)
        await self._sign_ins.forget(person_id, session=work.session)
        await self._invitations.forget(person_id, session=work.session)
        await self._keys.end_keys_of(
            person_id, organisation_id=fact.organisation_id, now=work.now, session=work.session
        )
        await self._transactions.forget(work, person_id)
