"""Who plays cases: this process, or several beside each other, each on a database of its own."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass

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


def play_all(cases: list[Case], *, stage: Stage, uri: str, jobs: int) -> Iterator[Ended]:
    """As they end; in this process where that is the only one."""
    if jobs <= 1:
        yield from (_play_on(stage, case) for case in cases)
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


def open_stage(uri: str) -> Stage:
    """This process's own."""
    be_silent()
    return Stage.open(uri=uri, name=f"simulation_{os.getpid()}")


# Of a process of the pool.
_opened: list[Stage] = []


def _begin(uri: str) -> None:
    _opened.append(open_stage(uri))


def _play(case: Case) -> Ended:
    return _play_on(_opened[0], case)


def _play_on(stage: Stage, case: Case) -> Ended:
    try:
        return Ended(case=case, restarts=case.play(stage))
    except Exception as err:
        return Ended(case=case, failure=f"{type(err).__name__}: {err}")
