"""Who plays cases: this process, or several beside each other, each on a database of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, NoReturn

from tests.simulation.cases import Case
from tests.simulation.stage import Stage, be_silent

# Cases that wait for each process: few, so that enough failures end all soon.
_WAITING_EACH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What came of a case; `failure` is empty where all was right."""

    case: Case
    restarts: int = 0
    failure: str = ""


class Player:
    """Plays case after case on a stage of its own."""

    def __init__(self, *, uri: str, name: str) -> None:
        be_silent()
        self._is_to_end = False
        self.stage = Stage.open(uri=uri, name=name)

    def play(self, case: Case) -> Ended:
        """Errors: KeyboardInterrupt, after a signal."""
        try:
            return Ended(case=case, restarts=case.play(self.stage))
        except Exception as err:
            if self._is_to_end:
                # Hypothesis takes an interrupted example for one that goes another way each time.
                raise KeyboardInterrupt from err
            self.stage.renew()
            return Ended(case=case, failure=f"{type(err).__name__}: {err}")

    def end_on_signals(self) -> None:
        """SIGTERM ends as SIGINT does, wherever it meets us."""
        signal.signal(signal.SIGTERM, self._end)

    def close(self) -> None:
        self.stage.close()

    def _end(self, *_: Any) -> NoReturn:
        self._is_to_end = True
        raise KeyboardInterrupt


def play_all(cases: list[Case], *, player: Player, uri: str, jobs: int) -> Iterator[Ended]:
    """As they end; in this process where that is the only one."""
    if jobs <= 1:
        yield from map(player.play, cases)
        return
    with ProcessPoolExecutor(
        max_workers=jobs,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(uri,),
    ) as pool:
        waiting, under_way = iter(cases), set[Future[Ended]]()
        while True:
            while len(under_way) < jobs * _WAITING_EACH and (case := next(waiting, None)):
                under_way.add(pool.submit(_play, case))
            if not under_way:
                return
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in done)


def player_of_this_process(uri: str) -> Player:
    """Its database is this process's own."""
    return Player(uri=uri, name=f"simulation_{os.getpid()}")


# Of a process of the pool.
_players: list[Player] = []


def _begin(uri: str) -> None:
    _players.append(player_of_this_process(uri))


def _play(case: Case) -> Ended:
    return _players[0].play(case)
