"""News of names; each may come late, twice and out of order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.chassis.mongo import Document
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.papers.person_names import SALT_BYTES, PersonName
from services.payouts.store.papers.names import NameStore


class Names:
    """Keeps what organisations are called now, and what people were called by version."""

    def __init__(
        self, *, transactions: Transactions, names: NameStore, random_bytes: Callable[[int], bytes]
    ) -> None:
        self._transactions = transactions
        self._names = names
        self._random_bytes = random_bytes

    async def organisations_registered(self, documents: Sequence[Document]) -> None:
        """What each is called."""

        async def body(work: UnitOfWork) -> None:
            await self._names.put_organisations(documents, session=work.session)

        await self._transactions.run(body)

    async def contractors_named(self, told: Sequence[tuple[str, int, str]]) -> None:
        """People's ids, the versions of their records, and their names."""
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
            await self._names.add_people(names, session=work.session)

        await self._transactions.run(body)
