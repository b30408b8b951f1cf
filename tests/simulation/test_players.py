"""Who plays cases: one that fails leaves nothing to those after it, and a signal ends them all."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deploy.local.servers import Mongod
from tests.simulation.cases import Case
from tests.simulation.plans import Plan
from tests.simulation.players import Player
from tests.simulation.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(Case):
    """Fails in the midst, with a task under way."""

    def play(self, stage: Stage) -> int:
        async def begin() -> None:
            under_way = asyncio.ensure_future(asyncio.Event().wait())
            await asyncio.sleep(0)
            assert not under_way.done()

        stage.loop.run_until_complete(begin())
        raise AssertionError("money is missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Case):
    """Is told to end, in the midst of code that takes whatever it meets for a finding."""

    def play(self, stage: Stage) -> int:
        try:
            signal.raise_signal(signal.SIGTERM)
        except BaseException as err:
            raise AssertionError("the same again did not do the same") from err
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Good(Case):
    def play(self, stage: Stage) -> int:
        stage.loop.rewind(seed=0)
        stage.loop.run_until_complete(asyncio.sleep(1.0))
        return 3


@pytest.fixture
def player(mongod: Mongod) -> Iterator[Player]:
    before = signal.getsignal(signal.SIGTERM)
    player = Player(uri=mongod.uri, name="simulation_players")
    yield player
    player.close()
    signal.signal(signal.SIGTERM, before)


def test_a_case_that_fails_leaves_nothing_to_the_next(player: Player) -> None:
    plan = Plan(seed=0)
    broken = player.play(Broken(again="", plan=plan))
    assert broken.failure == "AssertionError: money is missing"
    good = player.play(Good(again="", plan=plan))
    assert (good.failure, good.restarts) == ("", 3)


def test_a_signal_is_no_finding(player: Player) -> None:
    player.end_on_signals()
    with pytest.raises(KeyboardInterrupt):
        player.play(Ended(again="", plan=Plan(seed=0)))
