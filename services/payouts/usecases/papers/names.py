"""News of names; each may come late, twice and out of order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.chassis.mongo import Document
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.papers.person_names import SALT_BYTES, PersonName
from services.payouts.store.papers.erasures import ErasureStore, PersonRows
from services.payouts.store.papers.names import NameStore


class Names:
    """Keeps what organisations are called now, and what people were called by version."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        names: NameStore,
        erasures: ErasureStore,
        people: PersonRows,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._transactions = transactions
        self._names = names
        self._erasures = erasures
        self._people = people
        self._random_bytes = random_bytes

    async def organisations_registered(self, documents: Sequence[Document]) -> None:
        """What each is called."""

        async def body(work: UnitOfWork) -> None:
            await self._names.put_organisations(documents, session=work.session)

        await self._transactions.run(body)

    async def contractors_named(self, told: Sequence[tuple[str, int, str]]) -> None:
        """People's ids, the versions of their records, and their names.

        A name that comes late brings nobody back who was erased.
        """
        names = [
            PersonName(
                contractor_id=contractor_id,
                version=version,
                name=name,
                salt=self._random_bytes(SALT_BYTES),
            )
            for contractor_id, version, name in told
        ]

        async def body(work: UnitOfWork) -> None:
            ids = {one.contractor_id for one in names}
            erased = await self._erasures.erased_among(ids, session=work.session)
            await self._names.add_people(
                [one for one in names if one.contractor_id not in erased], session=work.session
            )

        async def again(work: UnitOfWork) -> None:
            ids = {one.contractor_id for one in names}
            erased = await self._erasures.erased_among(ids, session=work.session)
            if erased:
                await self._people.forget_names(erased, session=work.session)

        await self._transactions.run(body)
        # Asked for and carried out while the names were written, an erasure saw neither them nor
        # anything to wait for: looked at after they are there, it cannot be missed.
        await self._transactions.run(again)
