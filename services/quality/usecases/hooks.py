"""Where other parts of quality take a hand in scoring, within its transaction.

The steps: answers recorded -> standings moved -> rulings -> rejections held back -> all of it
written -> announced. Each hook is one argument of `Scoring` or `MachineRulings`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.records import StoredRuling
from services.quality.domain.types import Kind
from services.quality.usecases.arrivals import ArrivedAnswers

TakeOpinions = Callable[[UnitOfWork, ArrivedAnswers], Awaitable[None]]
"""Second opinions among what arrived: they are no answers of their tasks and are not scored."""

HoldRejections = Callable[
    [UnitOfWork, str, Kind, list[StoredRuling]], Awaitable[list[StoredRuling]]
]
"""(work, project_id, kind, rulings of this batch) -> the rulings as they shall stand.

It may turn rejections into answers in review that wait for an operator (see `Ruling.held`), and
is called with every batch that ruled on anything, before anything of it is written.
"""


async def no_opinions(work: UnitOfWork, arrived: ArrivedAnswers) -> None:
    """Where second opinions are not asked for, none arrive."""


async def hold_nothing(
    _work: UnitOfWork, _project_id: str, _kind: Kind, rulings: list[StoredRuling]
) -> list[StoredRuling]:
    """Every ruling stands."""
    return rulings
