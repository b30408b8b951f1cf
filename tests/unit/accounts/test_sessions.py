"""Sessions: they end by age, unused, or revoked; and an end is final."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.accounts.domain.sessions import SessionRules, SignedIn, begin, superfluous

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RULES = SessionRules(
    lifetime=timedelta(days=30),
    idle=timedelta(days=7),
    note_use=timedelta(seconds=60),
    live_max=3,
)
SECRET = "s" * 52


def _begin(*, now: datetime = NOW, session_id: str = "ses_1") -> SignedIn:
    return begin(
        session_id=session_id,
        person_id="per_1",
        device="laptop",
        secret=SECRET,
        rules=RULES,
        now=now,
    )


def test_a_session_knows_its_secret_and_keeps_it_not() -> None:
    assert _begin().matches(SECRET)
    assert not _begin().matches("t" * 52)
    assert SECRET not in repr(_begin())


def test_unused_it_ends_after_a_week() -> None:
    assert _begin().works(NOW + timedelta(days=7, milliseconds=-1))
    assert not _begin().works(NOW + timedelta(days=7))


def test_used_every_day_it_ends_after_thirty() -> None:
    session = _begin()
    for day in range(1, 30):
        session = session.used(now=NOW + timedelta(days=day), rules=RULES)
        assert session.works(NOW + timedelta(days=day, hours=23))
    assert not session.works(NOW + timedelta(days=30))
    assert session.expires_at == session.ends_at == NOW + timedelta(days=30)


def test_uses_within_a_minute_are_one_write() -> None:
    session = _begin()
    assert session.used(now=NOW + timedelta(seconds=59), rules=RULES) is session
    used = session.used(now=NOW + timedelta(seconds=60), rules=RULES)
    assert used.last_used_at == NOW + timedelta(seconds=60)
    assert used.ends_at == used.last_used_at + RULES.idle


def test_where_sessions_live_shorter_than_a_week_age_ends_them() -> None:
    rules = SessionRules(
        lifetime=timedelta(days=1), idle=timedelta(days=7), note_use=timedelta(0), live_max=1
    )
    session = begin(
        session_id="ses_1", person_id="p", device="", secret=SECRET, rules=rules, now=NOW
    )
    assert session.ends_at == NOW + timedelta(days=1)
    assert session.used(now=NOW + timedelta(hours=20), rules=rules).ends_at == session.ends_at


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["use", "revoke", "look"]), st.integers(0, 8 * 24 * 60)),
        max_size=25,
    )
)
def test_a_session_that_ended_never_works_again(steps: list[tuple[str, int]]) -> None:
    session, now, ended, revoked_at = _begin(), NOW, False, None
    for step, minutes in steps:
        now += timedelta(minutes=minutes)
        ended = ended or not session.works(now)
        # As the use cases do: only a session that works is used.
        if step == "use" and session.works(now):
            session = session.used(now=now, rules=RULES)
        elif step == "revoke":
            revoked_at = revoked_at or (now if session.works(now) else None)
            session = session.revoked(now=now)
            ended = True
        assert not (ended and session.works(now))
        assert session.revoked_at == revoked_at
        assert session.ends_at <= session.expires_at == NOW + RULES.lifetime
        assert session.last_used_at <= now
        if session.works(now):
            assert now - session.last_used_at < RULES.idle


@given(ages=st.lists(st.integers(0, 100), max_size=8))
def test_the_oldest_make_room_for_one_more(ages: list[int]) -> None:
    live = [
        _begin(now=NOW - timedelta(hours=hours), session_id=f"ses_{place}")
        for place, hours in enumerate(ages)
    ]
    ending = superfluous(live, rules=RULES)
    assert len(live) - len(ending) == min(len(live), RULES.live_max - 1)
    staying = [session for session in live if session not in ending]
    for old in ending:
        assert all(old.created_at <= young.created_at for young in staying)
