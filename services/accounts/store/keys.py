"""API keys, without their secrets, and the keys that tokens are signed with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.accounts.domain.api_keys import ApiKey
from services.accounts.domain.organisations import OrganisationKind, Role
from services.accounts.domain.signing_keys import StoredSigningKey
from services.accounts.store.collections import API_KEYS, SIGNING_KEYS
from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session, store_errors

_SIGNING_KEYS_MAX = 100


class KeyStore:
    """Reads outside a transaction take no session; everything else takes its transaction's."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._api_keys = database.collection(API_KEYS)
        self._signing_keys = database.collection(SIGNING_KEYS)

    async def api_key(self, api_key_id: str, *, session: Session) -> ApiKey | None:
        row = await self._api_keys.find_one({"_id": api_key_id}, session=session)
        return _api_key(row) if row is not None else None

    async def api_keys_by_id(self, ids: Sequence[str]) -> dict[str, ApiKey]:
        with store_errors():
            rows = await self._api_keys.find({"_id": {"$in": list(ids)}}).to_list(len(ids))
        return {row["_id"]: _api_key(row) for row in rows}

    async def api_keys(self, *, organisation_id: str, after: str, limit: int) -> list[ApiKey]:
        of = {"organisation_id": organisation_id, "_id": {"$gt": after}}
        with store_errors():
            cursor = self._api_keys.find(of).sort("_id", ASCENDING)
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

    async def end_keys_of(
        self, person_id: str, *, organisation_id: str, now: datetime, session: Session
    ) -> None:
        """Revokes them all, and takes away what they were called."""
        whose = {"organisation_id": organisation_id, "person_id": person_id}
        await self._api_keys.update_many(
            {**whose, "revoked_at": None}, {"$set": {"revoked_at": now}}, session=session
        )
        await self._api_keys.update_many(whose, {"$set": {"label": ""}}, session=session)

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
