"""Secrets that are shown once: one shape, three kinds that are never taken for each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.domain.api_keys import API_KEY
from services.accounts.domain.errors import InvitationInvalid, SessionEnded
from services.accounts.domain.invitations import INVITATION, read_invitation
from services.accounts.domain.secret_texts import digest, is_secret_of
from services.accounts.domain.sessions import SESSION, read_session

KINDS = (API_KEY, SESSION, INVITATION)
SECRET = "s" * 52
ALPHANUMERIC = st.from_regex(r"[A-Za-z0-9]{1,40}", fullmatch=True)


@given(kind=st.sampled_from(KINDS), name=ALPHANUMERIC, fill=st.integers(32, 120))
def test_a_text_is_read_by_its_own_kind_alone(kind: object, name: str, fill: int) -> None:
    for one in KINDS:
        text = one.text(entity_id=one.id_prefix + name, secret="x" * fill)
        for other in KINDS:
            found = other.read(text)
            assert (found is not None) is (other is one)
            if found is not None:
                assert (found.entity_id, found.secret) == (one.id_prefix + name, "x" * fill)
                assert found.secret not in repr(found)


@pytest.mark.parametrize(
    "rest", ["", "_" + SECRET, "a_short", "a.b_" + SECRET, "a_" + SECRET + "\n"]
)
def test_anything_else_is_refused_by_the_name_of_its_kind(rest: str) -> None:
    with pytest.raises(SessionEnded):
        read_session("cs_" + rest)
    with pytest.raises(InvitationInvalid) as caught:
        read_invitation("ci_" + rest)
    assert caught.value.metadata == {"field": "secret"}


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_digest_is_of_one_secret(one: str, other: str) -> None:
    assert is_secret_of(digest(one), other) is (one == other)
    assert len(digest(one)) == 32
