"""People and their roles; contractors as the vendors service tells of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.domain.organisations import (
    ContractorFact,
    OrganisationKind,
    Role,
    contractor,
    email_domain,
    email_key,
    newest,
    staff,
)

NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (OrganisationKind.PLATFORM, Role.OPERATOR),
        (OrganisationKind.CLIENT, Role.CLIENT),
        (OrganisationKind.VENDOR, Role.VENDOR),
    ],
)
def test_an_organisations_own_people_have_its_role(kind: OrganisationKind, role: Role) -> None:
    person = staff(
        person_id="p", organisation_id="o", kind=kind, email="A@b.example", name="A", now=NOW
    )
    assert person.roles == (role,)
    assert person.email_key == "a@b.example"


def test_a_contractor_is_a_person_without_name_or_address() -> None:
    fact = ContractorFact(contractor_id="ctr_1", organisation_id="org_v", version=4)
    person = contractor(fact, now=NOW)
    assert (person.person_id, person.organisation_id) == ("ctr_1", "org_v")
    assert person.roles == (Role.CONTRACTOR,)
    assert (person.name, person.email, person.email_key) == ("", "", "")
    assert person.contractor_version == 4


@given(
    st.lists(
        st.builds(
            ContractorFact,
            contractor_id=st.sampled_from(["a", "b", "c"]),
            organisation_id=st.just("o"),
            version=st.integers(1, 9),
        )
    )
)
def test_the_highest_version_stays_whatever_the_order(facts: list[ContractorFact]) -> None:
    found = newest(facts)
    assert set(found) == {fact.contractor_id for fact in facts}
    for name, fact in found.items():
        assert fact.version == max(f.version for f in facts if f.contractor_id == name)


@given(st.emails())
def test_case_does_not_tell_addresses_apart(email: str) -> None:
    assert email_key(email.upper()) == email_key(email.lower()) == email_key(f" {email} ")
    assert "@" not in email_domain(email)
