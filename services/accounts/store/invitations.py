"""Invitations, without their secrets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.accounts.domain.invitations import Invitation
from services.accounts.store.collections import INVITATIONS
from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session, store_errors


class InvitationStore:
    """Reads outside a transaction take no session; everything else takes its transaction's."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._invitations = database.collection(INVITATIONS)

    async def invitation(
        self, invitation_id: str, *, session: Session | None = None
    ) -> Invitation | None:
        with store_errors():
            row = await self._invitations.find_one({"_id": invitation_id}, session=session)
        return _invitation(row) if row is not None else None

    async def open_ones(
        self, *, organisation_id: str, now: datetime, after: str, limit: int
    ) -> list[Invitation]:
        """Those that can be accepted, in the order of their ids."""
        wanted = {
            "organisation_id": organisation_id,
            "_id": {"$gt": after},
            "is_open": True,
            "expires_at": {"$gt": now},
        }
        with store_errors():
            cursor = self._invitations.find(wanted).sort("_id", ASCENDING)
            rows = await cursor.limit(limit).to_list(limit)
        return [_invitation(row) for row in rows]

    async def add(self, invitations: Sequence[Invitation], *, session: Session) -> None:
        await self._invitations.insert_many(
            [_invitation_row(invitation) for invitation in invitations], session=session
        )

    async def replace_open_ones(
        self, person_ids: Sequence[str], *, now: datetime, session: Session
    ) -> None:
        """Closes what these people were given before."""
        await self._invitations.update_many(
            {"person_id": {"$in": list(person_ids)}, "is_open": True},
            {"$set": {"revoked_at": now}, "$unset": {"is_open": ""}},
            session=session,
        )

    async def close(self, invitation: Invitation, *, session: Session) -> None:
        """Writes that it was accepted, or revoked."""
        await self._invitations.update_one(
            {"_id": invitation.invitation_id},
            {
                "$set": {
                    "accepted_at": invitation.accepted_at,
                    "revoked_at": invitation.revoked_at,
                },
                "$unset": {"is_open": ""},
            },
            session=session,
        )

    async def forget(self, person_id: str, *, session: Session) -> None:
        """All that they were ever given: addresses are in them."""
        await self._invitations.delete_many({"person_id": person_id}, session=session)


def _invitation(row: Document) -> Invitation:
    return Invitation(
        invitation_id=row["_id"],
        organisation_id=row["organisation_id"],
        person_id=row["person_id"],
        email=row["email"],
        digest=bytes(row["digest"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        accepted_at=row["accepted_at"],
        revoked_at=row["revoked_at"],
    )


def _invitation_row(invitation: Invitation) -> Document:
    row: Document = {
        "_id": invitation.invitation_id,
        "organisation_id": invitation.organisation_id,
        "person_id": invitation.person_id,
        "email": invitation.email,
        "digest": invitation.digest,
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
        "accepted_at": invitation.accepted_at,
        "revoked_at": invitation.revoked_at,
    }
    if invitation.accepted_at is None and invitation.revoked_at is None:
        # For the indexes; it may be too old all the same.
        row["is_open"] = True
    return row
