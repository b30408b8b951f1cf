"""Passwords: chosen, proved, changed. Their text goes no further than this and the hashing."""

from __future__ import annotations

from datetime import datetime

from services.accounts.domain.errors import SignInRefused
from services.accounts.domain.passwords import StoredPassword, check_password, normalised
from services.accounts.store.sign_ins import SignInStore
from services.accounts.usecases.password_port import PasswordHashes
from services.chassis.unit_of_work import UnitOfWork


class Passwords:
    """Hashing happens before a transaction, never in it."""

    def __init__(self, *, store: SignInStore, hashes: PasswordHashes) -> None:
        self._store = store
        self._hashes = hashes

    async def choose(self, password: str, *, email: str, name: str = "password") -> str:
        """The hash of a new password; `name` is the field that it came in.

        Errors:
            PasswordWeak: it breaks a rule.
            Overloaded: too many are being hashed.
        """
        check_password(password, emails=(email,), name=name)
        return await self._hashes.hash(normalised(password))

    async def prove(self, person_id: str, password: str) -> StoredPassword:
        """What is kept of a person's password, for somebody who knows it.

        Takes the same time where there is no such person, or they have none.

        Errors:
            SignInRefused: it is not theirs.
            Overloaded: too many are being hashed.
        """
        known = await self._store.password(person_id)
        encoded = known.encoded if known is not None else None
        if not await self._hashes.verify(encoded, normalised(password)) or known is None:
            raise SignInRefused("the e-mail address or the password is wrong")
        return known

    async def renewed(self, known: StoredPassword, password: str) -> str:
        """The hash to keep of a password that was proved: of today's parameters."""
        if self._hashes.is_stale(known.encoded):
            return await self._hashes.hash(normalised(password))
        return known.encoded

    async def keep(self, work: UnitOfWork, *, person_id: str, encoded: str) -> None:
        """A person's first one."""
        await self._store.add_password(_stored(person_id, encoded, work.now), session=work.session)

    async def use(self, work: UnitOfWork, known: StoredPassword, *, encoded: str) -> None:
        """Errors: SignInRefused, where it was changed since it was proved."""
        if not await self._store.use_password(
            known, encoded=encoded, now=work.now, session=work.session
        ):
            raise SignInRefused("the e-mail address or the password is wrong")

    async def change(self, work: UnitOfWork, known: StoredPassword, *, encoded: str) -> None:
        """Errors: SignInRefused, where it was changed since it was proved."""
        new = _stored(known.person_id, encoded, work.now)
        if not await self._store.change_password(known, new, session=work.session):
            raise SignInRefused("the password is wrong", field="old_password")

    async def fingerprint(self, texts: tuple[str, ...], *, salt: str) -> str:
        """Tells a repeat of a request from another one; nobody guesses its passwords from it."""
        return await self._hashes.fingerprint(texts, salt=salt)


def _stored(person_id: str, encoded: str, now: datetime) -> StoredPassword:
    return StoredPassword(person_id=person_id, encoded=encoded, changed_at=now)
