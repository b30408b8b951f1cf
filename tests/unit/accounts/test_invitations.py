"""Invitations: accepted once, in time, by whom they are for; a closed one stays closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.domain.errors import AlreadySignsIn, InvitationInvalid
from services.accounts.domain.invitations import Invitation, admit, invite
from services.accounts.domain.organisations import ContractorFact, Person, contractor, signing_in

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LIFETIME = timedelta(days=14)
PERSON = contractor(
    ContractorFact(contractor_id="ctr_1", organisation_id="org_v", version=1), now=NOW
)


def _invite(*, person: Person = PERSON, email: str = "") -> Invitation:
    return invite(
        person,
        invitation_id="inv_1",
        secret="s" * 52,
        email=email,
        lifetime=LIFETIME,
        now=NOW,
    )


def test_an_invitation_is_of_a_person_of_an_organisation() -> None:
    invitation = _invite()
    assert (invitation.person_id, invitation.organisation_id) == ("ctr_1", "org_v")
    assert invitation.matches("s" * 52)
    assert "s" * 52 not in repr(invitation)
    assert admit(invitation, PERSON, now=NOW) is PERSON


def test_whoever_signs_in_is_not_invited() -> None:
    with pytest.raises(AlreadySignsIn):
        _invite(person=signing_in(PERSON, email="a@example.com"))


@pytest.mark.parametrize("given_email", ["", "Ada@Example.com"])
def test_it_is_accepted_by_whom_it_is_for(given_email: str) -> None:
    accepted = _invite(email=given_email).accepted(PERSON, email="ada@example.COM ", now=NOW)
    assert accepted.accepted_at == NOW
    assert not accepted.is_open(NOW)


def test_for_another_address_it_is_refused_without_showing_its_own() -> None:
    with pytest.raises(InvitationInvalid) as caught:
        _invite(email="ada@example.com").accepted(PERSON, email="eve@example.com", now=NOW)
    assert caught.value.metadata == {"field": "email"}
    assert "ada@" not in caught.value.message


@pytest.mark.parametrize(
    ("person", "later"),
    [
        (None, timedelta(0)),
        (replace(PERSON, organisation_id="org_other"), timedelta(0)),
        (signing_in(PERSON, email="a@example.com"), timedelta(0)),
        (PERSON, LIFETIME),
    ],
    ids=["nobody", "has moved", "signs in", "too late"],
)
def test_whom_it_asks_in_no_more_it_lets_not_in(person: Person | None, later: timedelta) -> None:
    with pytest.raises(InvitationInvalid) as caught:
        admit(_invite(), person, now=NOW + later)
    assert caught.value.metadata == {"field": "secret"}


def test_it_lives_to_its_last_moment() -> None:
    last = NOW + LIFETIME - timedelta(milliseconds=1)
    assert admit(_invite(), PERSON, now=last) is PERSON


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["accept", "revoke", "wait"]), st.integers(0, 6 * 24)),
        max_size=12,
    )
)
def test_it_is_closed_once_and_in_one_way(steps: list[tuple[str, int]]) -> None:
    invitation, now, closed = _invite(), NOW, False
    accepted = 0
    for step, hours in steps:
        now += timedelta(hours=hours)
        was_open = invitation.is_open(now)
        if step == "accept":
            try:
                invitation = invitation.accepted(PERSON, email="a@example.com", now=now)
                accepted += 1
                assert was_open
            except InvitationInvalid:
                assert not was_open
        elif step == "revoke":
            before = invitation
            invitation = invitation.revoked(now=now)
            assert (invitation is before) is not was_open
        closed = closed or not invitation.is_open(now)
        assert invitation.is_open(now) is not closed
        assert None in (invitation.accepted_at, invitation.revoked_at)
    assert accepted <= 1
