"""Passwords, as hashes, and sessions, without their secrets."""

from __future__ import annotations

from datetime import datetime

from services.accounts.domain.passwords import StoredPassword
from services.accounts.domain.sessions import SignedIn
from services.accounts.store.collections import PASSWORDS, SESSIONS
from services.chassis.mongo import DESCENDING, Document, MongoDatabase, Session, fetch, store_errors


class SignInStore:
    """Reads outside a transaction take no session; everything else takes its transaction's."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._passwords = database.collection(PASSWORDS)
        self._sessions = database.collection(SESSIONS)

    async def password(self, person_id: str) -> StoredPassword | None:
        with store_errors():
            row = await self._passwords.find_one({"_id": person_id})
        if row is None:
            return None
        return StoredPassword(
            person_id=row["_id"], encoded=row["encoded"], changed_at=row["changed_at"]
        )

    async def add_password(self, password: StoredPassword, *, session: Session) -> None:
        """The first one of a person."""
        await self._passwords.insert_one(
            {
                "_id": password.person_id,
                "encoded": password.encoded,
                "changed_at": password.changed_at,
            },
            session=session,
        )

    async def change_password(
        self, known: StoredPassword, new: StoredPassword, *, session: Session
    ) -> bool:
        """False, and nothing is written, where it is not the known one any more."""
        return await self._write_password(
            known, {"encoded": new.encoded, "changed_at": new.changed_at}, session=session
        )

    async def use_password(
        self, known: StoredPassword, *, encoded: str, now: datetime, session: Session
    ) -> bool:
        """Notes the use, and keeps `encoded`, which may be a newer hash of the same password.

        False, and nothing is written, where it is not the known one any more. It is a write on
        purpose: a change of the password at the same moment ends this session too, or comes first.
        """
        return await self._write_password(
            known, {"encoded": encoded, "used_at": now}, session=session
        )

    async def _write_password(
        self, known: StoredPassword, values: Document, *, session: Session
    ) -> bool:
        # The count makes each a write, even where the values are those that are there.
        done = await self._passwords.update_one(
            {"_id": known.person_id, "encoded": known.encoded},
            {"$set": values, "$inc": {"writes": 1}},
            session=session,
        )
        return done.matched_count == 1

    async def session(self, session_id: str, *, session: Session | None = None) -> SignedIn | None:
        with store_errors():
            row = await self._sessions.find_one({"_id": session_id}, session=session)
        return _signed_in(row) if row is not None else None

    async def live_sessions(
        self, person_id: str, *, now: datetime, session: Session | None = None
    ) -> list[SignedIn]:
        """The newest first; there are never many."""
        live = {"person_id": person_id, "ends_at": {"$gt": now}}
        with store_errors():
            rows = await fetch(self._sessions.find(live, session=session).sort("_id", DESCENDING))
        return [_signed_in(row) for row in rows]

    async def add_session(self, signed_in: SignedIn, *, session: Session) -> None:
        await self._sessions.insert_one(_session_row(signed_in), session=session)

    async def note_use(self, used: SignedIn, *, session: Session) -> bool:
        """False, and nothing is written, where it was revoked in the meantime."""
        done = await self._sessions.update_one(
            {"_id": used.session_id, "revoked_at": None},
            {"$max": {"last_used_at": used.last_used_at, "ends_at": used.ends_at}},
            session=session,
        )
        return done.matched_count == 1

    async def end_session(self, ended: SignedIn, *, session: Session) -> None:
        """Writes when it was revoked."""
        await self._sessions.update_one(
            {"_id": ended.session_id},
            {"$set": {"revoked_at": ended.revoked_at, "ends_at": ended.ends_at}},
            session=session,
        )

    async def forget(self, person_id: str, *, session: Session) -> None:
        """Their password, and every session with the device that it was on."""
        await self._passwords.delete_one({"_id": person_id}, session=session)
        await self._sessions.delete_many({"person_id": person_id}, session=session)


def _signed_in(row: Document) -> SignedIn:
    return SignedIn(
        session_id=row["_id"],
        person_id=row["person_id"],
        device=row["device"],
        digest=bytes(row["digest"]),
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        expires_at=row["expires_at"],
        ends_at=row["ends_at"],
        revoked_at=row["revoked_at"],
    )


def _session_row(signed_in: SignedIn) -> Document:
    return {
        "_id": signed_in.session_id,
        "person_id": signed_in.person_id,
        "device": signed_in.device,
        "digest": signed_in.digest,
        "created_at": signed_in.created_at,
        "last_used_at": signed_in.last_used_at,
        "expires_at": signed_in.expires_at,
        "ends_at": signed_in.ends_at,
        "revoked_at": signed_in.revoked_at,
    }
