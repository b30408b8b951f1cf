"""Invitations: `ci_<id>_<secret>`; whoever shows one in time chooses a person's password, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.accounts.domain.errors import AlreadySignsIn, InvitationInvalid
from services.accounts.domain.organisations import Person, email_key
from services.accounts.domain.secret_texts import SecretKind, SecretText, digest, is_secret_of

INVITATION = SecretKind(text_prefix="ci_", id_prefix="inv_")
_REFUSED = "the invitation is not one that can be accepted: ask for a new one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Without its secret."""

    invitation_id: str
    organisation_id: str
    person_id: str
    email: str
    """The address that it is for; empty where it is for whoever has the secret."""
    digest: bytes
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """It can be accepted."""
        return self.accepted_at is None and self.revoked_at is None and now < self.expires_at

    def matches(self, secret: str) -> bool:
        """In the same time however much of the secret is right."""
        return is_secret_of(self.digest, secret)

    def revoked(self, *, now: datetime) -> Invitation:
        """Closed now; itself where it was closed before."""
        return replace(self, revoked_at=now) if self.is_open(now) else self

    def accepted(self, person: Person, *, email: str, now: datetime) -> Invitation:
        """Accepted now, by somebody who wants to sign in with that address.

        Errors:
            InvitationInvalid: it is closed, or over, or for another address; or the person has
                left the organisation that asked them in, or signs in already.
        """
        admit(self, person, now=now)
        if self.email and email_key(self.email) != email_key(email):
            raise InvitationInvalid("the invitation is for another e-mail address", field="email")
        return replace(self, accepted_at=now)


def admit(invitation: Invitation, person: Person | None, *, now: datetime) -> Person:
    """The person that an invitation asks in, where it still does.

    Errors:
        InvitationInvalid: which of the reasons is not told.
    """
    if (
        person is None
        or not invitation.is_open(now)
        or person.signs_in
        or person.erased_at is not None
        or person.organisation_id != invitation.organisation_id
    ):
        raise invitation_invalid()
    return person


def invite(
    person: Person,
    *,
    invitation_id: str,
    secret: str,
    email: str,
    lifetime: timedelta,
    now: datetime,
) -> Invitation:
    """An invitation of a person.

    Errors:
        AlreadySignsIn: they have a password.
    """
    if person.signs_in:
        raise AlreadySignsIn("the person signs in already", person_id=person.person_id)
    return Invitation(
        invitation_id=invitation_id,
        organisation_id=person.organisation_id,
        person_id=person.person_id,
        email=email.strip(),
        digest=digest(secret),
        created_at=now,
        expires_at=now + lifetime,
    )


def invitation_invalid() -> InvitationInvalid:
    """The refusal that tells nothing more."""
    return InvitationInvalid(_REFUSED, field="secret")


def read_invitation(text: str) -> SecretText:
    """The id and the secret of an invitation's text.

    Errors:
        InvitationInvalid: it has not the shape of one.
    """
    found = INVITATION.read(text)
    if found is None:
        raise invitation_invalid()
    return found
