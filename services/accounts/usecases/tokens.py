"""API key in, access token out; and the key set that tokens are verified with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.accounts import metrics
from services.accounts.domain.api_keys import ApiKey, read_key
from services.accounts.domain.errors import ApiKeyInvalid
from services.accounts.domain.organisations import OrganisationKind, Role
from services.accounts.domain.signing_keys import StoredSigningKey
from services.accounts.store.keys import KeyStore
from services.accounts.usecases.failures import Failures
from services.chassis.authentication import TOKEN_ALGORITHM, TOKEN_ISSUER
from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.group_commit import GroupCommit
from services.chassis.mongo import DuplicateKeyError
from services.chassis.natural_keys import derived_id
from services.chassis.unit_of_work import Transactions, UnitOfWork

_LOOKUPS_MAX = 500
_MINTED = "minted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What a key or a session was exchanged for."""

    text: str = field(repr=False)
    expires_at: datetime
    subject_id: str
    organisation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """What a token says."""

    person_id: str
    organisation_id: str
    organisation_kind: OrganisationKind
    roles: tuple[Role, ...]


class KeySet:
    """The signing keys as they are stored now: another process may have added one."""

    def __init__(self, *, store: KeyStore, transactions: Transactions) -> None:
        self._store = store
        self._transactions = transactions

    async def ensure(self) -> StoredSigningKey:
        """The newest key; the first one is made where there is none."""

        async def body(work: UnitOfWork) -> StoredSigningKey:
            known = await self._store.signing_keys(session=work.session)
            if known:
                return known[0]
            made = _new_signing_key(sequence=1, now=work.now)
            await self._store.add_signing_key(made, session=work.session)
            return made

        try:
            return await self._transactions.run(body)
        except DuplicateKeyError:
            # Another replica was first; its key is there now.
            return (await self._store.signing_keys())[0]

    async def public_keys(self) -> dict[str, bytes]:
        """Raw public keys by key id."""
        return {key.key_id: key.public_key for key in await self._store.signing_keys()}

    async def fetch(self) -> Mapping[str, Ed25519PublicKey]:
        """For this service's own TokenVerifier."""
        return {
            key_id: Ed25519PublicKey.from_public_bytes(raw)
            for key_id, raw in (await self.public_keys()).items()
        }


class TokenSigner:
    """Mints tokens with one signing key."""

    def __init__(self, *, key: StoredSigningKey, token_seconds: int) -> None:
        self._key_id = key.key_id
        self._private = Ed25519PrivateKey.from_private_bytes(key.private_key)
        self._lifetime = timedelta(seconds=token_seconds)

    def mint(self, bearer: Bearer, *, now: datetime) -> AccessToken:
        """A token that says who its bearer is and what they may do."""
        expires_at = (now + self._lifetime).replace(microsecond=0)
        text = jwt.encode(
            {
                "iss": TOKEN_ISSUER,
                "sub": bearer.person_id,
                "org": bearer.organisation_id,
                "org_kind": bearer.organisation_kind.value,
                "roles": [role.value for role in bearer.roles],
                "iat": int(now.timestamp()),
                "exp": int(expires_at.timestamp()),
            },
            self._private,
            algorithm=TOKEN_ALGORITHM,
            headers={"kid": self._key_id},
        )
        return AccessToken(
            text=text,
            expires_at=expires_at,
            subject_id=bearer.person_id,
            organisation_id=bearer.organisation_id,
        )


class KeyExchange:
    """Callers side by side share one look-up; those who keep failing are refused unseen."""

    def __init__(
        self,
        *,
        store: KeyStore,
        signer: TokenSigner,
        clock: Clock,
        failures: Failures,
    ) -> None:
        self._store = store
        self._signer = signer
        self._clock = clock
        self._failures = failures
        self._lookups: GroupCommit[str, ApiKey | None] = GroupCommit(
            name="api_key_lookup", commit=self._find, weight_max=_LOOKUPS_MAX, commits_max=2
        )

    async def exchange(self, text: str, *, address: str) -> AccessToken:
        """A token for a key that works.

        Errors:
            ApiKeyInvalid: malformed, unknown, wrong, revoked or expired; which is not told.
            RateLimited: too many failures from this address.
        """
        now = self._clock()
        with self._failures.counted(address):
            key, outcome = await self._look_up(text, now=now)
            metrics.KEY_EXCHANGES_TOTAL.labels(outcome).inc()
            if key is None or outcome != _MINTED:
                raise ApiKeyInvalid("the API key is not one that works")
        bearer = Bearer(
            person_id=key.person_id,
            organisation_id=key.organisation_id,
            organisation_kind=key.organisation_kind,
            roles=key.roles,
        )
        return self._signer.mint(bearer, now=now)

    async def close(self) -> None:
        """Returns when every look-up that began has ended."""
        await self._lookups.close()

    async def _look_up(self, text: str, *, now: datetime) -> tuple[ApiKey | None, str]:
        try:
            api_key_id, secret = read_key(text)
        except ApiKeyInvalid:
            return None, "invalid"
        key = await self._lookups.submit(api_key_id)
        return key, _judge(key, secret, now=now)

    async def _find(self, ids: list[str]) -> Sequence[ApiKey | DomainError | None]:
        found = await self._store.api_keys_by_id(sorted(set(ids)))
        return [found.get(api_key_id) for api_key_id in ids]


def _judge(key: ApiKey | None, secret: str, *, now: datetime) -> str:
    # The secret first: without it, nobody learns that a key is revoked, not even by the metrics.
    if key is None or not key.matches(secret):
        return "invalid"
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.has_expired(now) else _MINTED


def _new_signing_key(*, sequence: int, now: datetime) -> StoredSigningKey:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    return StoredSigningKey(
        key_id=derived_id("sig", public.hex()),
        sequence=sequence,
        private_key=private.private_bytes_raw(),
        public_key=public,
        created_at=now,
    )
