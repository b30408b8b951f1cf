"""API keys: shape, comparison, rotation with overlap, revocation that is final."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.domain.api_keys import API_KEY, ApiKey, key_for, read_key
from services.accounts.domain.errors import ApiKeyInvalid, ApiKeyRevoked
from services.accounts.domain.organisations import OrganisationKind, Role, staff

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SECRET = "s" * 52


def _key(**changes: object) -> ApiKey:
    person = staff(
        person_id="per_1",
        organisation_id="org_1",
        kind=OrganisationKind.VENDOR,
        email="a@example.com",
        name="Ada",
        now=NOW,
    )
    values: dict[str, object] = {
        "kind": OrganisationKind.VENDOR,
        "api_key_id": "key_abc",
        "secret": SECRET,
        "label": "ci",
        "now": NOW,
        **changes,
    }
    return key_for(person, **values)  # type: ignore[arg-type]


def test_a_key_may_do_what_its_person_may_and_keeps_no_secret() -> None:
    key = _key()
    assert (key.person_id, key.organisation_id, key.roles) == ("per_1", "org_1", (Role.VENDOR,))
    assert key.digest == hashlib.sha256(SECRET.encode()).digest()
    assert SECRET not in repr(key)


ALPHANUMERIC = st.text(
    alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", min_size=1
)


@given(name=ALPHANUMERIC.filter(lambda t: len(t) <= 40), fill=st.integers(32, 120))
def test_what_is_handed_out_reads_back(name: str, fill: int) -> None:
    text = API_KEY.text(entity_id=f"key_{name}", secret="x" * fill)
    assert read_key(text) == (f"key_{name}", "x" * fill)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ck_",
        "ck__" + SECRET,
        "ck_abc_short",
        "ck_abc_" + "s" * 31,
        "ck_abc_" + "s" * 121,
        "xx_abc_" + SECRET,
        "ck_a.c_" + SECRET,
        "ck_abc_" + SECRET + "_more",
        "ck_abc_" + SECRET + "\n",
        " ck_abc_" + SECRET,
        "ck_äbc_" + SECRET,
    ],
)
def test_anything_else_is_no_key(text: str) -> None:
    with pytest.raises(ApiKeyInvalid):
        read_key(text)


@given(st.text(max_size=80))
def test_only_the_secret_matches(other: str) -> None:
    assert _key().matches(other) is (other == SECRET)


def test_a_rotated_key_works_for_the_overlap_and_not_a_moment_longer() -> None:
    old = _key().superseded(now=NOW, overlap_seconds=60)
    assert old.works(NOW + timedelta(seconds=59))
    assert not old.works(NOW + timedelta(seconds=60))
    assert not _key().superseded(now=NOW, overlap_seconds=0).works(NOW)


def test_a_second_rotation_never_delays_the_end() -> None:
    once = _key().superseded(now=NOW, overlap_seconds=60)
    later = once.superseded(now=NOW + timedelta(seconds=30), overlap_seconds=3600)
    assert later.expires_at == NOW + timedelta(seconds=60)
    sooner = once.superseded(now=NOW + timedelta(seconds=30), overlap_seconds=5)
    assert sooner.expires_at == NOW + timedelta(seconds=35)


def test_a_successor_is_the_same_but_for_its_secret_and_its_end() -> None:
    old = _key().superseded(now=NOW, overlap_seconds=60)
    later = NOW + timedelta(seconds=1)
    new = old.successor(api_key_id="key_new", secret="n" * 52, now=later)
    assert new == _key(api_key_id="key_new", secret="n" * 52, now=later)


def test_a_key_that_does_not_work_is_not_rotated() -> None:
    expired = _key().superseded(now=NOW, overlap_seconds=1)
    for key, now in ((_key().revoked(now=NOW), NOW), (expired, NOW + timedelta(seconds=1))):
        with pytest.raises(ApiKeyRevoked) as caught:
            key.superseded(now=now, overlap_seconds=10)
        assert caught.value.reason == "API_KEY_REVOKED"


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["revoke", "rotate"]), st.integers(0, 100)), max_size=12
    )
)
def test_a_key_that_stopped_working_never_works_again(steps: list[tuple[str, int]]) -> None:
    key, now, stopped, revoked_at = _key(), NOW, False, None
    for step, seconds in steps:
        now += timedelta(seconds=seconds)
        stopped = stopped or not key.works(now)
        if step == "revoke":
            key = key.revoked(now=now)
            revoked_at = revoked_at or now
        elif key.works(now):
            key = key.superseded(now=now, overlap_seconds=seconds)
        assert not (stopped and key.works(now))
        assert key.revoked_at == revoked_at
