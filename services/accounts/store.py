"""Organisations, people, API keys and signing keys as documents. Secrets are not among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.accounts.domain.api_keys import ApiKey
from services.accounts.domain.organisations import (
    ContractorFact,
    Organisation,
    OrganisationKind,
    Person,
    Role,
)
from services.accounts.domain.signing_keys import StoredSigningKey
from services.chassis.mongo import (
    ASCENDING,
    CollectionSpec,
    Document,
    IndexModel,
    MongoDatabase,
    Session,
    store_errors,
)

_ORGANISATIONS = "organisations"
_PEOPLE = "people"
_API_KEYS = "api_keys"
_SIGNING_KEYS = "signing_keys"
_SIGNING_KEYS_MAX = 100

COLLECTIONS: tuple[CollectionSpec, ...] = (
    CollectionSpec(name=_ORGANISATIONS),
    CollectionSpec(
        name=_PEOPLE,
        indexes=(
            IndexModel([("organisation_id", ASCENDING), ("_id", ASCENDING)]),
            # Contractors have none here, and they are most people.
            IndexModel(
                [("email_key", ASCENDING)],
                unique=True,
                partialFilterExpression={"email_key": {"$type": "string"}},
            ),
        ),
    ),
    CollectionSpec(
        name=_API_KEYS,
        indexes=(IndexModel([("organisation_id", ASCENDING), ("_id", ASCENDING)]),),
    ),
    CollectionSpec(
        name=_SIGNING_KEYS, indexes=(IndexModel([("sequence", ASCENDING)], unique=True),)
    ),
)


class AccountsStore:
    """Reads outside a transaction take no session; everything else takes its transaction's."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._organisations = database.collection(_ORGANISATIONS)
        self._people = database.collection(_PEOPLE)
        self._api_keys = database.collection(_API_KEYS)
        self._signing_keys = database.collection(_SIGNING_KEYS)

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

    async def email_is_taken(self, email_key: str, *, session: Session) -> bool:
        known = await self._people.find_one({"email_key": email_key}, {"_id": 1}, session=session)
        return known is not None

    async def people(self, *, organisation_id: str, after: str, limit: int) -> list[Person]:
        with store_errors():
            cursor = self._people.find(_of(organisation_id, after)).sort("_id", ASCENDING)
            rows = await cursor.limit(limit).to_list(limit)
        return [_person(row) for row in rows]

    async def people_by_id(self, ids: Sequence[str], *, session: Session) -> dict[str, Person]:
        rows = await self._people.find({"_id": {"$in": list(ids)}}, session=session).to_list(
            len(ids)
        )
        return {row["_id"]: _person(row) for row in rows}

    async def add_people(self, people: Sequence[Person], *, session: Session) -> None:
        await self._people.insert_many([_person_row(person) for person in people], session=session)

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

    async def api_key(self, api_key_id: str, *, session: Session) -> ApiKey | None:
        row = await self._api_keys.find_one({"_id": api_key_id}, session=session)
        return _api_key(row) if row is not None else None

    async def api_keys_by_id(self, ids: Sequence[str]) -> dict[str, ApiKey]:
        with store_errors():
            rows = await self._api_keys.find({"_id": {"$in": list(ids)}}).to_list(len(ids))
        return {row["_id"]: _api_key(row) for row in rows}

    async def api_keys(self, *, organisation_id: str, after: str, limit: int) -> list[ApiKey]:
        with store_errors():
            cursor = self._api_keys.find(_of(organisation_id, after)).sort("_id", ASCENDING)
            rows = await cursor.limit(limit).to_list(limit)
        return [_api_key(row) for row in rows]

    async def add_api_keys(self, keys: Sequence[ApiKey], *, session: Session) -> None:
        await self._api_keys.insert_many([_api_key_row(key) for key in keys], session=session)

    async def end_api_key(self, key: ApiKey, *, session: Session) -> None:
        """Writes when the key ends, or ended."""
        await self._api_keys.update_one(
            {"_id": key.api_key_id},
            {"$set": {"revoked_at": key.revoked_at, "expires_at": key.expires_at}},
            session=session,
        )

    async def signing_keys(self, *, session: Session | None = None) -> list[StoredSigningKey]:
        """The newest first."""
        with store_errors():
            cursor = self._signing_keys.find({}, session=session).sort("sequence", -1)
            rows = await cursor.limit(_SIGNING_KEYS_MAX).to_list(_SIGNING_KEYS_MAX)
        return [
            StoredSigningKey(
                key_id=row["_id"],
                sequence=row["sequence"],
                private_key=bytes(row["private_key"]),
                public_key=bytes(row["public_key"]),
                created_at=row["created_at"],
            )
            for row in rows
        ]

    async def add_signing_key(self, key: StoredSigningKey, *, session: Session) -> None:
        await self._signing_keys.insert_one(
            {
                "_id": key.key_id,
                "sequence": key.sequence,
                "private_key": key.private_key,
                "public_key": key.public_key,
                "created_at": key.created_at,
            },
            session=session,
        )


def _of(organisation_id: str, after: str) -> dict[str, Any]:
    return {"organisation_id": organisation_id, "_id": {"$gt": after}}


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
    }
    if person.email_key:
        row["email_key"] = person.email_key
    return row


def _api_key(row: Document) -> ApiKey:
    return ApiKey(
        api_key_id=row["_id"],
        organisation_id=row["organisation_id"],
        organisation_kind=OrganisationKind(row["organisation_kind"]),
        person_id=row["person_id"],
        label=row["label"],
        roles=tuple(Role(role) for role in row["roles"]),
        digest=bytes(row["digest"]),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        expires_at=row["expires_at"],
    )


def _api_key_row(key: ApiKey) -> Document:
    return {
        "_id": key.api_key_id,
        "organisation_id": key.organisation_id,
        "organisation_kind": key.organisation_kind.value,
        "person_id": key.person_id,
        "label": key.label,
        "roles": [role.value for role in key.roles],
        "digest": key.digest,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
        "expires_at": key.expires_at,
    }
