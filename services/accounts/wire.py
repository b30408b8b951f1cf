"""The entities of accounts as protobuf messages."""

from __future__ import annotations

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from crewline.accounts.v1 import types_pb2
from crewline.common.v1 import authorisation_pb2
from services.accounts.domain.api_keys import ApiKey
from services.accounts.domain.organisations import Organisation, OrganisationKind, Person, Role
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
        roles=[_role(role) for role in person.roles],
        create_time=timestamp(person.created_at),
    )


def api_key_message(key: ApiKey) -> types_pb2.ApiKey:
    """The public part."""
    return types_pb2.ApiKey(
        api_key_id=key.api_key_id,
        organisation_id=key.organisation_id,
        person_id=key.person_id,
        label=key.label,
        roles=[_role(role) for role in key.roles],
        create_time=timestamp(key.created_at),
        revoke_time=_maybe(key.revoked_at),
        expire_time=_maybe(key.expires_at),
    )


def _maybe(moment: datetime | None) -> Timestamp | None:
    """None stays unset."""
    return timestamp(moment) if moment is not None else None


def _role(role: Role) -> authorisation_pb2.Role.ValueType:
    return authorisation_pb2.Role.Value(f"ROLE_{role.value}")
