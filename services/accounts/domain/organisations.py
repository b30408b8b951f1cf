"""Organisations and the people who act for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeGuard


class OrganisationKind(StrEnum):
    """What an organisation does in the chain; the value is a token's `org_kind`."""

    PLATFORM = "platform"
    CLIENT = "client"
    VENDOR = "vendor"


class Role(StrEnum):
    """What a person may do; the value is an entry of a token's `roles`."""

    OPERATOR = "OPERATOR"
    CLIENT = "CLIENT"
    VENDOR = "VENDOR"
    CONTRACTOR = "CONTRACTOR"


STAFF_ROLES = {
    OrganisationKind.PLATFORM: Role.OPERATOR,
    OrganisationKind.CLIENT: Role.CLIENT,
    OrganisationKind.VENDOR: Role.VENDOR,
}
"""The role of an organisation's own people; its contractors have CONTRACTOR."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A client, a vendor, or the platform itself."""

    organisation_id: str
    name: str
    kind: OrganisationKind
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who acts for an organisation.

    A contractor's name is not known here, and their e-mail only once they sign in with one.
    """

    person_id: str
    organisation_id: str
    email: str
    name: str
    roles: tuple[Role, ...]
    created_at: datetime
    contractor_version: int = 0
    """Of the contractor's record that this mirrors; 0 for everybody else."""
    signs_in: bool = False
    """They have a password."""
    erased_at: datetime | None = None
    """A contractor who was erased: an id that nobody signs in as, ever again."""

    @property
    def email_key(self) -> str:
        """What two spellings of one address have in common; empty where there is none."""
        return email_key(self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractorFact:
    """What the vendors service says of a contractor, as far as it matters here.

    Their state does not: suspended or gone, they may still sign in and see what they earned.
    """

    contractor_id: str
    organisation_id: str
    version: int


def staff(
    *,
    person_id: str,
    organisation_id: str,
    kind: OrganisationKind,
    email: str,
    name: str,
    now: datetime,
) -> Person:
    """One of the organisation's own people."""
    return Person(
        person_id=person_id,
        organisation_id=organisation_id,
        email=email,
        name=name,
        roles=(STAFF_ROLES[kind],),
        created_at=now,
    )


def contractor(fact: ContractorFact, *, now: datetime) -> Person:
    """The person that a contractor is here: their contractor_id is their person_id."""
    return Person(
        person_id=fact.contractor_id,
        organisation_id=fact.organisation_id,
        email="",
        name="",
        roles=(Role.CONTRACTOR,),
        created_at=now,
        contractor_version=fact.version,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedFact:
    """What the vendors service says of a contractor whom it has erased."""

    contractor_id: str
    organisation_id: str
    version: int
    erased_at: datetime


def erased(fact: ErasedFact, *, now: datetime) -> Person:
    """What is left of a person; the organisation is theirs, so that its lists have no gap."""
    return Person(
        person_id=fact.contractor_id,
        organisation_id=fact.organisation_id,
        email="",
        name="",
        roles=(Role.CONTRACTOR,),
        created_at=now,
        contractor_version=fact.version,
        erased_at=fact.erased_at,
    )


def signing_in(person: Person, *, email: str) -> Person:
    """The person with a password, and the address that they sign in with."""
    return replace(person, email=email.strip(), signs_in=True)


def newest(facts: list[ContractorFact]) -> dict[str, ContractorFact]:
    """By contractor, the fact of the highest version, whatever order they came in."""
    found: dict[str, ContractorFact] = {}
    for fact in facts:
        known = found.get(fact.contractor_id)
        if known is None or known.version < fact.version:
            found[fact.contractor_id] = fact
    return found


def email_key(email: str) -> str:
    """Addresses that differ only in case are one."""
    return email.strip().casefold()


def email_domain(email: str) -> str:
    """The part after the last @."""
    return email_key(email).rpartition("@")[2]


def may_be_given(person: Person | None, *, organisation_id: str) -> TypeGuard[Person]:
    """Whether an organisation may give somebody a key or an invitation: its own, not erased."""
    return (
        person is not None
        and person.organisation_id == organisation_id
        and person.erased_at is None
    )
