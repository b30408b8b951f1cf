"""What organisations and people are called, as the other services have told it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from services.chassis.mongo import (
    ASCENDING,
    CollectionSpec,
    Document,
    IndexModel,
    MongoDatabase,
    Session,
)
from services.chassis.projections import put_newest
from services.payouts.domain.papers.person_names import PersonName, version_of

ORGANISATIONS = "organisations"
CONTRACTOR_NAMES = "contractor_names"

NAME_COLLECTIONS = (
    CollectionSpec(name=ORGANISATIONS),
    CollectionSpec(
        name=CONTRACTOR_NAMES,
        # All versions of a person's name: the newest is sealed, and all are erased together.
        indexes=(
            IndexModel(
                [("contractor_id", ASCENDING), ("version", ASCENDING)], name="of_contractor"
            ),
        ),
    ),
)


class NameStore:
    """Reads and adds. What is not there may not have arrived yet, or was erased."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._organisations = database.collection(ORGANISATIONS)
        self._people = database.collection(CONTRACTOR_NAMES)

    async def organisation(self, organisation_id: str, *, session: Session | None = None) -> str:
        """As it was registered; empty where that is not known."""
        found = await self.organisations([organisation_id], session=session)
        return found.get(organisation_id, "")

    async def organisations(
        self, organisation_ids: Sequence[str], *, session: Session | None = None
    ) -> dict[str, str]:
        """Those that are known."""
        found = self._organisations.find({"_id": {"$in": list(organisation_ids)}}, session=session)
        return {document["_id"]: document["name"] async for document in found}

    async def put_organisations(self, documents: Sequence[Document], *, session: Session) -> None:
        """Newer versions replace older ones."""
        await put_newest(self._organisations, documents, session=session)

    async def newest_of_people(
        self, contractor_ids: Iterable[str], *, session: Session | None = None
    ) -> dict[str, PersonName]:
        """What each is called now, of those that are known."""
        found = self._people.find(
            {"contractor_id": {"$in": sorted(contractor_ids)}}, session=session
        ).sort([("contractor_id", ASCENDING), ("version", ASCENDING)])
        return {document["contractor_id"]: _name(document) async for document in found}

    async def sealed(self, seals: Mapping[str, str]) -> dict[str, PersonName]:
        """What each was called when the seal was made; those that were erased are missing."""
        ids = [_id(contractor_id, version_of(seal)) for contractor_id, seal in seals.items()]
        found = self._people.find({"_id": {"$in": ids}})
        return {document["contractor_id"]: _name(document) async for document in found}

    async def add_people(self, names: Sequence[PersonName], *, session: Session) -> None:
        """Versions that are there stay, with the salt that documents are sealed with."""
        new = {_id(one.contractor_id, one.version): one for one in names}
        found = self._people.find({"_id": {"$in": list(new)}}, {"_id": 1}, session=session)
        async for document in found:
            del new[document["_id"]]
        if new:
            await self._people.insert_many(
                [
                    {
                        "_id": row_id,
                        "contractor_id": one.contractor_id,
                        "version": one.version,
                        "name": one.name,
                        "salt": one.salt,
                    }
                    for row_id, one in new.items()
                ],
                session=session,
            )


def _id(contractor_id: str, version: int) -> str:
    return f"{contractor_id}:{version}"


def _name(document: Document) -> PersonName:
    return PersonName(
        contractor_id=document["contractor_id"],
        version=document["version"],
        name=document["name"],
        salt=bytes(document["salt"]),
    )
