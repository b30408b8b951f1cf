"""argon2id: what it keeps, how many at once, and what becomes of those who do not wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from argon2.exceptions import VerificationError

from services.accounts.argon2_passwords import Argon2Passwords
from services.chassis.errors import Overloaded
from tests.waiting import eventually

PASSWORD = "a horse that reads"


def _hashes(**changes: int) -> Argon2Passwords:
    values = {
        "memory_kib": 8192, "iterations": 1, "lanes": 1, "at_once": 2, "waiting_max": 3, **changes,
    }  # fmt: skip
    return Argon2Passwords(**values)


@pytest.fixture
async def hashes() -> AsyncIterator[Argon2Passwords]:
    made = _hashes()
    yield made
    await made.close()


async def test_a_hash_is_of_its_password_alone_and_salted(hashes: Argon2Passwords) -> None:
    one, two = await hashes.hash(PASSWORD), await hashes.hash(PASSWORD)
    assert one != two
    assert one.startswith("$argon2id$v=19$m=8192,t=1,p=1$")
    assert PASSWORD not in one
    assert await hashes.verify(one, PASSWORD)
    assert not await hashes.verify(one, PASSWORD + "!")


async def test_nobodys_password_is_never_right(hashes: Argon2Passwords) -> None:
    assert not await hashes.verify(None, PASSWORD)
    assert not await hashes.verify(None, "")


async def test_a_hash_that_is_broken_is_a_bug_and_not_a_wrong_password(
    hashes: Argon2Passwords,
) -> None:
    with pytest.raises(VerificationError, match="Decoding"):
        await hashes.verify("$argon2id$nonsense", PASSWORD)


async def test_other_parameters_make_a_hash_stale(hashes: Argon2Passwords) -> None:
    encoded = await hashes.hash(PASSWORD)
    assert not hashes.is_stale(encoded)
    other = _hashes(iterations=2)
    assert other.is_stale(encoded)
    assert await other.verify(encoded, PASSWORD), "an old one is still right"
    await other.close()


async def test_a_fingerprint_is_of_its_texts_and_salt(hashes: Argon2Passwords) -> None:
    first = await hashes.fingerprint(("old", "new"), salt="a")
    assert first == await hashes.fingerprint(("old", "new"), salt="a")
    others = {
        await hashes.fingerprint(("old", "new"), salt="b"),
        await hashes.fingerprint(("ol", "dnew"), salt="a"),
        await hashes.fingerprint(("old", "new", ""), salt="a"),
    }
    assert len(others | {first}) == 4


class _Gate:
    """A hasher that does not end before it is let."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.running = 0
        self.most = 0
        self._lock = threading.Lock()

    def hash(self, password: str) -> str:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        assert self.open.wait(30)
        with self._lock:
            self.running -= 1
        return password


async def test_so_many_at_once_some_wait_and_more_are_refused(
    hashes: Argon2Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate: Any = _Gate()
    monkeypatch.setattr(hashes, "_hasher", gate)
    tasks = [asyncio.create_task(hashes.hash(str(n))) for n in range(5)]
    await eventually(lambda: gate.running == 2, what="two run")
    with pytest.raises(Overloaded):
        await hashes.hash("one too many")
    # Whoever runs and is not waited for any more still needs its memory.
    tasks[0].cancel()
    tasks[4].cancel()
    await asyncio.wait(tasks[::4])
    await eventually(lambda: hashes._taken == 4, what="the one that had not begun is dropped")
    assert gate.running == 2
    gate.open.set()
    assert await asyncio.gather(*tasks[1:4]) == ["1", "2", "3"]
    assert gate.most == 2
    await eventually(lambda: hashes._taken == 0, what="all places are free")
    assert await hashes.hash("again") == "again"
