"""API keys: `ck_<id>_<secret>`, of which only the secret's digest is kept; revoked is final."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.accounts.domain.errors import ApiKeyInvalid, ApiKeyRevoked
from services.accounts.domain.organisations import OrganisationKind, Person, Role
from services.accounts.domain.secret_texts import SecretKind, digest, is_secret_of

API_KEY = SecretKind(text_prefix="ck_", id_prefix="key_")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key without its secret, with all that a token says: an exchange is one look-up."""

    api_key_id: str
    organisation_id: str
    organisation_kind: OrganisationKind
    person_id: str
    label: str
    roles: tuple[Role, ...]
    digest: bytes
    created_at: datetime
    revoked_at: datetime | None = None
    expires_at: datetime | None = None

    def has_expired(self, now: datetime) -> bool:
        """A rotation's overlap is over."""
        return self.expires_at is not None and self.expires_at <= now

    def works(self, now: datetime) -> bool:
        """It may be exchanged for a token."""
        return self.revoked_at is None and not self.has_expired(now)

    def matches(self, secret: str) -> bool:
        """In the same time however much of the secret is right."""
        return is_secret_of(self.digest, secret)

    def superseded(self, *, now: datetime, overlap_seconds: int) -> ApiKey:
        """The old key of a rotation: it has a last moment, which a second rotation never delays.

        Errors:
            ApiKeyRevoked: it does not work any more.
        """
        if not self.works(now):
            raise ApiKeyRevoked("the key no longer works", api_key_id=self.api_key_id)
        last = now + timedelta(seconds=overlap_seconds)
        return replace(self, expires_at=min(last, self.expires_at or last))

    def successor(self, *, api_key_id: str, secret: str, now: datetime) -> ApiKey:
        """The new key of a rotation: the same person, the same rights."""
        return replace(
            self,
            api_key_id=api_key_id,
            digest=digest(secret),
            created_at=now,
            revoked_at=None,
            expires_at=None,
        )

    def revoked(self, *, now: datetime) -> ApiKey:
        """Revoked now, or since it was revoked first."""
        return self if self.revoked_at is not None else replace(self, revoked_at=now)


def key_for(
    person: Person,
    *,
    kind: OrganisationKind,
    api_key_id: str,
    secret: str,
    label: str,
    now: datetime,
) -> ApiKey:
    """A key that may do what the person may."""
    return ApiKey(
        api_key_id=api_key_id,
        organisation_id=person.organisation_id,
        organisation_kind=kind,
        person_id=person.person_id,
        label=label,
        roles=person.roles,
        digest=digest(secret),
        created_at=now,
    )


def read_key(text: str) -> tuple[str, str]:
    """The id and the secret of a key's text.

    Errors:
        ApiKeyInvalid: it has not the shape of a key.
    """
    found = API_KEY.read(text)
    if found is None:
        raise ApiKeyInvalid("the API key is not one that works")
    return found.entity_id, found.secret
