"""Organisations and people."""

from __future__ import annotations

from collections.abc import Sequence

from services.accounts.domain.organisations import (
    ContractorFact,
    Organisation,
    OrganisationKind,
    Person,
    Role,
)
from services.accounts.store.collections import ORGANISATIONS, PEOPLE
from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session, store_errors


class PeopleStore:
    """Reads outside a transaction take no session; everything else takes its transaction's."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._organisations = database.collection(ORGANISATIONS)
        self._people = database.collection(PEOPLE)

    async def organisation(
        self, organisation_id: str, *, session: Session | None = None
    ) -> Organisation | None:
        with store_errors():
            row = await self._organisations.find_one({"_id": organisation_id}, session=session)
        return _organisation(row) if row is not None else None

    async def organisations(self, *, after: str, limit: int) -> list[Organisation]:
        with store_errors():
            cursor = self._organisations.find({"_id": {"$gt": after}}).sort("_id", ASCENDING)
            rows = await cursor.limit(limit).to_list(limit)
        return [_organisation(row) for row in rows]

    async def add_organisation(self, organisation: Organisation, *, session: Session) -> None:
        await self._organisations.insert_one(
            {
                "_id": organisation.organisation_id,
                "name": organisation.name,
                "kind": organisation.kind.value,
                "created_at": organisation.created_at,
            },
            session=session,
        )

    async def person(self, person_id: str, *, session: Session | None = None) -> Person | None:
        with store_errors():
            row = await self._people.find_one({"_id": person_id}, session=session)
        return _person(row) if row is not None else None

    async def person_by_email(
        self, email_key: str, *, session: Session | None = None
    ) -> Person | None:
        with store_errors():
            row = await self._people.find_one({"email_key": email_key}, session=session)
        return _person(row) if row is not None else None

    async def people(self, *, organisation_id: str, after: str, limit: int) -> list[Person]:
        of = {"organisation_id": organisation_id, "_id": {"$gt": after}}
        with store_errors():
            cursor = self._people.find(of).sort("_id", ASCENDING)
            rows = await cursor.limit(limit).to_list(limit)
        return [_person(row) for row in rows]

    async def people_by_id(self, ids: Sequence[str], *, session: Session) -> dict[str, Person]:
        rows = await self._people.find({"_id": {"$in": list(ids)}}, session=session).to_list(
            len(ids)
        )
        return {row["_id"]: _person(row) for row in rows}

    async def add_people(self, people: Sequence[Person], *, session: Session) -> None:
        """Errors: DuplicateKeyError, where somebody has one of the e-mail addresses."""
        await self._people.insert_many([_person_row(person) for person in people], session=session)

    async def begin_signing_in(self, person: Person, *, session: Session) -> None:
        """Writes their address, and that they sign in.

        Errors:
            DuplicateKeyError: somebody else has the e-mail address.
        """
        row = _person_row(person)
        await self._people.update_one(
            {"_id": person.person_id},
            {"$set": {name: row[name] for name in ("email", "email_key", "signs_in")}},
            session=session,
        )

    async def move_contractor(self, fact: ContractorFact, *, session: Session) -> None:
        """Applies a newer fact; an older one changes nothing."""
        await self._people.update_one(
            {"_id": fact.contractor_id, "contractor_version": {"$lt": fact.version}},
            {"$set": {
                "organisation_id": fact.organisation_id,
                "contractor_version": fact.version,
            }},
            session=session,
        )  # fmt: skip

    async def hold_contractors(self, ids: Sequence[str], *, session: Session) -> None:
        """A write on purpose: an erasure at the same moment comes before this, or after."""
        await self._people.update_many(
            {"_id": {"$in": list(ids)}, "contractor_version": {"$gt": 0}},
            {"$inc": {"holds": 1}},
            session=session,
        )

    async def put_erased(self, person: Person, *, session: Session) -> None:
        """In the place of what was there, or of what may come late."""
        await self._people.replace_one(
            {"_id": person.person_id}, _person_row(person), upsert=True, session=session
        )


def _organisation(row: Document) -> Organisation:
    return Organisation(
        organisation_id=row["_id"],
        name=row["name"],
        kind=OrganisationKind(row["kind"]),
        created_at=row["created_at"],
    )


def _person(row: Document) -> Person:
    return Person(
        person_id=row["_id"],
        organisation_id=row["organisation_id"],
        email=row["email"],
        name=row["name"],
        roles=tuple(Role(role) for role in row["roles"]),
        created_at=row["created_at"],
        contractor_version=row["contractor_version"],
        # People of before there were passwords have no such field.
        signs_in=row.get("signs_in", False),
        erased_at=row.get("erased_at"),
    )


def _person_row(person: Person) -> Document:
    row: Document = {
        "_id": person.person_id,
        "organisation_id": person.organisation_id,
        "email": person.email,
        "name": person.name,
        "roles": [role.value for role in person.roles],
        "created_at": person.created_at,
        "contractor_version": person.contractor_version,
        "signs_in": person.signs_in,
    }
    if person.erased_at is not None:
        row["erased_at"] = person.erased_at
    if person.email_key:
        row["email_key"] = person.email_key
    return row
