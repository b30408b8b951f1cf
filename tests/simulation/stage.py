"""What every run happens on: one loop, one database, and the pictures that runs begin from."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from typing import Any, NoReturn, Self

import structlog

from tests.simulation.cast import Cast
from tests.simulation.database import Picture, SimulatedDatabase
from tests.simulation.loop import SimulatedLoop, StandStillError
from tests.simulation.opening import picture_of
from tests.simulation.plans import Plan
from tests.simulation.run import Played, closed_picture, play


def be_silent() -> None:
    """Stopped processes, and sandboxes that fail on order, have much to say."""

    def drop(*_said: Any) -> NoReturn:
        raise structlog.DropEvent

    structlog.configure(processors=[drop], cache_logger_on_first_use=False)
    logging.disable(logging.CRITICAL)


@dataclass(slots=True, kw_only=True)
class Stage:
    """Runs plans, one after another."""

    uri: str
    name: str
    loop: SimulatedLoop
    database: SimulatedDatabase
    _pictures: dict[Cast, Picture] = field(default_factory=dict)
    _closed: dict[Cast, Picture] = field(default_factory=dict)

    @classmethod
    def open(cls, *, uri: str, name: str) -> Self:
        """On a mongod that runs; the database is made anew."""
        loop, database = _opened(uri=uri, name=name)
        return cls(uri=uri, name=name, loop=loop, database=database)

    def play(self, plan: Plan, cast: Cast, *, closed: bool = False) -> Played:
        """`closed`: from after the period was closed. Errors: whatever is wrong with the money."""
        picture = self.closed_picture(cast) if closed else self.picture(cast)
        return play(self.loop, self.database, picture, plan, cast)

    def picture(self, cast: Cast) -> Picture:
        """What runs with these people begin from."""
        known = self._pictures.get(cast)
        if known is None:
            known = self._pictures[cast] = picture_of(self.loop, self.database, cast)
        return known

    def closed_picture(self, cast: Cast) -> Picture:
        """The same with statements that wait to be paid."""
        known = self._closed.get(cast)
        if known is None:
            opened = self.picture(cast)
            known = closed_picture(self.loop, self.database, opened, cast)
            self._closed[cast] = known
        return known

    def close(self) -> None:
        self.database.drop()
        self.database.close()
        self.loop.close()

    def renew(self) -> None:
        """After a run that failed in the midst: what it left under way ends with its loop."""
        self.database.end_sessions(self.loop.writing)
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            with contextlib.suppress(StandStillError):
                self.loop.run_until_complete(asyncio.wait(left, timeout=1.0))
        self.database.close()
        self.loop.close()
        self.loop, self.database = _opened(uri=self.uri, name=self.name)


def _opened(*, uri: str, name: str) -> tuple[SimulatedLoop, SimulatedDatabase]:
    loop = SimulatedLoop()
    database = SimulatedDatabase(loop=loop, uri=uri, name=name)
    database.drop()
    database.prepare()
    return loop, database
