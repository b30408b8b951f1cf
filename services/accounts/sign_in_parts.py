"""Passwords, sessions, invitations and their limits, put together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from prometheus_client import Counter

from services.accounts import metrics
from services.accounts.argon2_passwords import Argon2Passwords
from services.accounts.domain.errors import ApiKeyInvalid, InvitationInvalid, SessionEnded
from services.accounts.domain.rate_limits import RateLimit
from services.accounts.domain.sessions import SessionRules
from services.accounts.domain.sign_in_limits import SignInLimits
from services.accounts.settings import AccountsSettings
from services.accounts.store.invitations import InvitationStore
from services.accounts.store.people import PeopleStore
from services.accounts.store.sign_ins import SignInStore
from services.accounts.usecases.acceptance import Acceptance
from services.accounts.usecases.failures import Failures
from services.accounts.usecases.invitations import Invitations
from services.accounts.usecases.new_secrets import SecretSource
from services.accounts.usecases.passwords import Passwords
from services.accounts.usecases.sessions import SessionExchange, Sessions
from services.accounts.usecases.sign_in import SignIns
from services.accounts.usecases.tokens import TokenSigner
from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions


class SignInParts:
    """By name: what the servicer calls."""

    def __init__(
        self,
        *,
        settings: AccountsSettings,
        database: MongoDatabase,
        people: PeopleStore,
        transactions: Transactions,
        signer: TokenSigner,
        source: SecretSource,
        clock: Clock,
        monotonic: Callable[[], float],
    ) -> None:
        store = SignInStore(database=database)
        invitation_store = InvitationStore(database=database)
        rules = _session_rules(settings)

        def failures(of: type[DomainError], outcomes: Counter) -> Failures:
            limit = RateLimit(
                burst=settings.failed_exchange_burst,
                per_second=settings.failed_exchanges_per_minute / 60,
            )
            return Failures(limit=limit, monotonic=monotonic, of=of, outcomes=outcomes)

        self.key_failures = failures(ApiKeyInvalid, metrics.KEY_EXCHANGES_TOTAL)
        self.hashes = Argon2Passwords(
            memory_kib=settings.password_memory_kib,
            iterations=settings.password_iterations,
            lanes=settings.password_lanes,
            at_once=settings.password_hashes_at_once,
            waiting_max=settings.password_hashes_waiting_max,
        )
        self.passwords = Passwords(store=store, hashes=self.hashes)
        self.sessions = Sessions(store=store, source=source, rules=rules, clock=clock)
        self.exchange = SessionExchange(
            store=store,
            people=people,
            signer=signer,
            transactions=transactions,
            rules=rules,
            clock=clock,
            failures=failures(SessionEnded, metrics.SESSION_REFRESHES_TOTAL),
        )
        self.sign_ins = SignIns(
            people=people,
            passwords=self.passwords,
            sessions=self.sessions,
            transactions=transactions,
            limits=_sign_in_limits(settings),
            monotonic=monotonic,
        )
        self.invitations = Invitations(
            store=invitation_store,
            people=people,
            source=source,
            lifetime=timedelta(days=settings.invitation_lifetime_days),
            clock=clock,
        )
        self.acceptance = Acceptance(
            store=invitation_store,
            people=people,
            passwords=self.passwords,
            sessions=self.sessions,
            failures=failures(InvitationInvalid, metrics.INVITATIONS_TOTAL),
            clock=clock,
        )


def _session_rules(settings: AccountsSettings) -> SessionRules:
    return SessionRules(
        lifetime=timedelta(days=settings.session_lifetime_days),
        idle=timedelta(days=settings.session_idle_days),
        note_use=timedelta(seconds=settings.session_note_use_seconds),
        live_max=settings.sessions_max,
    )


def _sign_in_limits(settings: AccountsSettings) -> SignInLimits:
    return SignInLimits(
        by_address=RateLimit(
            burst=settings.failed_sign_in_burst_per_address,
            per_second=settings.failed_sign_ins_per_address_per_minute / 60,
        ),
        by_account=RateLimit(
            burst=settings.failed_sign_in_burst_per_account,
            per_second=settings.failed_sign_ins_per_account_per_minute / 60,
        ),
    )
