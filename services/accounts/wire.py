"""The entities of accounts as protobuf messages."""

from __future__ import annotations

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from crewline.accounts.v1 import types_pb2
from crewline.common.v1 import authorisation_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from services.accounts.domain.api_keys import ApiKey
from services.accounts.domain.invitations import Invitation
from services.accounts.domain.organisations import Organisation, OrganisationKind, Person, Role
from services.accounts.domain.sessions import SignedIn
from services.chassis.errors import DomainError
from services.chassis.timestamps import timestamp


def organisation_kind(value: int) -> OrganisationKind:
    """Errors: KeyError for a value that the contract's rules do not let through."""
    name = types_pb2.OrganisationKind.Name(value)  # type: ignore[arg-type]
    return OrganisationKind[name.removeprefix("ORGANISATION_KIND_")]


def organisation_message(organisation: Organisation) -> types_pb2.Organisation:
    """As the contract shows it."""
    return types_pb2.Organisation(
        organisation_id=organisation.organisation_id,
        name=organisation.name,
        kind=types_pb2.OrganisationKind.Value(f"ORGANISATION_KIND_{organisation.kind.name}"),
        create_time=timestamp(organisation.created_at),
    )


def person_message(person: Person) -> types_pb2.Person:
    """As the contract shows it."""
    return types_pb2.Person(
        person_id=person.person_id,
        organisation_id=person.organisation_id,
        email=person.email,
        name=person.name,
        roles=[role_value(role) for role in person.roles],
        create_time=timestamp(person.created_at),
        signs_in=person.signs_in,
    )


def api_key_message(key: ApiKey) -> types_pb2.ApiKey:
    """The public part."""
    return types_pb2.ApiKey(
        api_key_id=key.api_key_id,
        organisation_id=key.organisation_id,
        person_id=key.person_id,
        label=key.label,
        roles=[role_value(role) for role in key.roles],
        create_time=timestamp(key.created_at),
        revoke_time=_maybe(key.revoked_at),
        expire_time=_maybe(key.expires_at),
    )


def invitation_message(invitation: Invitation) -> types_pb2.Invitation:
    """The public part."""
    return types_pb2.Invitation(
        invitation_id=invitation.invitation_id,
        organisation_id=invitation.organisation_id,
        person_id=invitation.person_id,
        email=invitation.email,
        create_time=timestamp(invitation.created_at),
        expire_time=timestamp(invitation.expires_at),
        accept_time=_maybe(invitation.accepted_at),
        revoke_time=_maybe(invitation.revoked_at),
    )


def session_message(signed_in: SignedIn) -> types_pb2.Session:
    """The public part."""
    return types_pb2.Session(
        session_id=signed_in.session_id,
        person_id=signed_in.person_id,
        device=signed_in.device,
        create_time=timestamp(signed_in.created_at),
        last_use_time=timestamp(signed_in.last_used_at),
        expire_time=timestamp(signed_in.expires_at),
        revoke_time=_maybe(signed_in.revoked_at),
    )


def item_error(err: DomainError, *, field: str) -> common_pb2.ItemError:
    """Of one item of a batch."""
    return common_pb2.ItemError(
        reason=err.reason, message=err.message, field=field, metadata=err.metadata
    )


def role_value(role: Role) -> authorisation_pb2.Role.ValueType:
    """As the contract names it."""
    return authorisation_pb2.Role.Value(f"ROLE_{role.value}")


def _maybe(moment: datetime | None) -> Timestamp | None:
    """None stays unset."""
    return timestamp(moment) if moment is not None else None
