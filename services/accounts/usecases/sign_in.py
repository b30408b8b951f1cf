"""E-mail address and password in, session out; and the change of a password."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from services.accounts import metrics
from services.accounts.domain.errors import RateLimited, SignInRefused
from services.accounts.domain.organisations import Person, email_key
from services.accounts.domain.passwords import StoredPassword, check_password
from services.accounts.domain.sign_in_limits import SignInLimits
from services.accounts.store.people import PeopleStore
from services.accounts.usecases.passwords import Passwords
from services.accounts.usecases.sessions import Begun, Sessions
from services.chassis.authentication import Principal
from services.chassis.errors import DomainError
from services.chassis.unit_of_work import Transactions, UnitOfWork

# Whose password is asked for where there is no such person: the same steps, in the same time.
_NOBODY = "per_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedChange:
    """A change of a password that may be committed."""

    known: StoredPassword
    encoded: str = field(repr=False)


class SignIns:
    """Attempts are limited by address and by account; see SignInLimits."""

    def __init__(
        self,
        *,
        people: PeopleStore,
        passwords: Passwords,
        sessions: Sessions,
        transactions: Transactions,
        limits: SignInLimits,
        monotonic: Callable[[], float],
    ) -> None:
        self._people = people
        self._passwords = passwords
        self._sessions = sessions
        self._transactions = transactions
        self._limits = limits
        self._monotonic = monotonic

    async def sign_in(self, *, email: str, password: str, device: str, address: str) -> Begun:
        """A session.

        Errors:
            SignInRefused: no such address, or not its password; which is not told.
            RateLimited: too many failed from this address, or at this account.
            Overloaded: too many passwords are being hashed.
        """
        account = email_key(email)
        with self._limited(address=address, account=account):
            person = await self._people.person_by_email(account)
            with _told_apart(person):
                known = await self._passwords.prove(
                    person.person_id if person is not None else _NOBODY, password
                )
                encoded = await self._passwords.renewed(known, password)

                async def body(work: UnitOfWork) -> Begun:
                    await self._passwords.use(work, known, encoded=encoded)
                    return await self._sessions.begin(
                        work, person_id=known.person_id, device=device
                    )

                begun = await self._transactions.run(body)
        metrics.SIGN_INS_TOTAL.labels("signed_in").inc()
        return begun

    @contextlib.contextmanager
    def changing(self, person: Person, *, address: str) -> Iterator[None]:
        """Around one change of a password: a guess of the old one is an attempt to sign in.

        Errors:
            RateLimited: too many failed.
        """
        with self._limited(address=address, account=person.email_key), _told_apart(person):
            yield

    async def prove_change(
        self, person: Person, *, old_password: str, new_password: str
    ) -> ProvedChange | SignInRefused:
        """The refusal is for `change` to raise, where the request is not a repeat.

        Errors:
            PasswordWeak: the new one breaks a rule.
            Overloaded: too many are being hashed.
        """
        check_password(new_password, emails=(person.email,), name="new_password")
        try:
            known = await self._passwords.prove(person.person_id, old_password)
        except SignInRefused:
            return SignInRefused("the password is wrong", field="old_password")
        encoded = await self._passwords.choose(
            new_password, email=person.email, name="new_password"
        )
        return ProvedChange(known=known, encoded=encoded)

    async def change(
        self,
        work: UnitOfWork,
        proved: ProvedChange | SignInRefused,
        *,
        session_id: str,
    ) -> int:
        """How many sessions it ended: all of the person's but the one that is named.

        Errors:
            SignInRefused: the old password was not theirs, or is not any more.
        """
        if isinstance(proved, SignInRefused):
            raise proved
        await self._passwords.change(work, proved.known, encoded=proved.encoded)
        return await self._sessions.end_others(
            work, person_id=proved.known.person_id, session_id=session_id
        )

    async def caller(self, principal: Principal) -> Person:
        """Errors: SignInRefused, where the caller is nobody who could have a password."""
        person = await self._people.person(principal.subject_id)
        if person is None:
            raise SignInRefused("the caller has no password", field="old_password")
        return person

    @contextlib.contextmanager
    def _limited(self, *, address: str, account: str) -> Iterator[None]:
        try:
            self._limits.take(address=address, account=account, now_seconds=self._monotonic())
        except RateLimited:
            metrics.SIGN_INS_TOTAL.labels("limited").inc()
            raise
        try:
            yield
        except SignInRefused:
            raise
        except DomainError:
            # It was not judged.
            self._limits.give_back(address=address, account=account, now_seconds=self._monotonic())
            raise
        self._limits.succeeded(address=address, account=account, now_seconds=self._monotonic())


@contextlib.contextmanager
def _told_apart(person: Person | None) -> Iterator[None]:
    """In the metrics, which the caller does not see."""
    try:
        yield
    except SignInRefused:
        is_known = person is not None and person.signs_in
        metrics.SIGN_INS_TOTAL.labels("wrong" if is_known else "unknown").inc()
        raise
