"""Second opinions: who is asked, how long and how often, and what an opinion settles.

    ASKED → GIVEN      the answer came, in time or late
          → EXPIRED    it did not come in time: another is asked, a few times
          → GIVEN      ... and then it came after all: it is paid, and counts if it is still open

Who is asked does the task as if it were any other, without knowing of those who did it before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.quality.domain.accuracy import wilson
from services.quality.domain.appeals import AppealState
from services.quality.domain.similarity import agrees
from services.quality.domain.types import Kind

DIRECT = 2
"""crewline.vendors.v1.Engagement.ENGAGEMENT_DIRECT."""
ANSWER_DAYS = 2
"""So long a contractor has for it: three of them fit into the days of an appeal."""
ASKED_MAX = 3
"""Contractors who are asked about the same, one after the other."""
OPEN_EACH_MAX = 5
"""Second opinions that one contractor owes at a time."""
ANSWERS_MIN = 10
"""Right or wrong answers that must be known of somebody before they are asked."""
ACCURACY_LOW_MIN = 0.5
"""What the lower bound of their accuracy must be above."""
ADJUDICATE_BELOW = 0.9
"""Calibrated confidence of a disputed label below which somebody is asked about it."""

_RECORD_MIN = 5
_RECORD_FLOOR = 0.5

SETTLED_BY_OPINION = frozenset({Kind.CHOICE, Kind.ORDINAL, Kind.NUMERIC})
"""Kinds of which two people who are right say the same."""


class Purpose(StrEnum):
    ADJUDICATION = "adjudication"
    APPEAL = "appeal"


class OpinionState(StrEnum):
    ASKED = "asked"
    GIVEN = "given"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One contractor who was asked. `about` is the appeal, or the task that is in doubt."""

    opinion_id: str
    purpose: Purpose
    about: str
    task_id: str
    project_id: str
    contractor_id: str
    attempt: int
    asked_at: datetime
    state: OpinionState = OpinionState.ASKED
    assignment_id: str = ""
    value: str = ""

    @property
    def expires_at(self) -> datetime:
        return self.asked_at + timedelta(days=ANSWER_DAYS)

    def given(self, *, assignment_id: str, value: str) -> Opinion:
        """It came; the first answer is the opinion."""
        if self.state is OpinionState.GIVEN:
            return self
        return replace(self, state=OpinionState.GIVEN, assignment_id=assignment_id, value=value)

    def expired(self) -> Opinion:
        return replace(self, state=OpinionState.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerRecord:
    """How one who judges others' answers has done.

    `overturned` and `upheld` are their rejections that were appealed against; `agreed` those of the
    second opinions they gave that said what was decided in the end or what the others had said.
    """

    reviewer_id: str
    decisions: int = 0
    rejections: int = 0
    upheld: int = 0
    overturned: int = 0
    opinions: int = 0
    agreed: int = 0

    @property
    def is_bad(self) -> bool:
        """So often against everybody that chance does not explain it."""
        return self.opinions >= _RECORD_MIN and (
            wilson(self.agreed, self.opinions)[1] < _RECORD_FLOOR
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Who might be asked: what is known of their answers in the project."""

    contractor_id: str
    organisation_id: str
    gold_right: int
    gold_total: int
    right: float
    total: float
    open_opinions: int = 0

    @property
    def accuracy_low(self) -> float:
        """The lower bound: by known answers where there are enough, else by what others say."""
        if self.gold_total >= ANSWERS_MIN:
            return wilson(self.gold_right, self.gold_total)[0]
        return wilson(self.right, self.total)[0]

    @property
    def is_proven(self) -> bool:
        return self.total >= ANSWERS_MIN and self.accuracy_low > ACCURACY_LOW_MIN


class Roster:
    """Those of a project who may be asked, the best first; nobody owes too many opinions."""

    def __init__(self, candidates: Iterable[Candidate], *, barred: Collection[str] = ()) -> None:
        proven = [one for one in candidates if one.is_proven and one.contractor_id not in barred]
        self._able = sorted(
            proven, key=lambda one: (one.accuracy_low, one.contractor_id), reverse=True
        )
        self._owed = {one.contractor_id: one.open_opinions for one in proven}

    def choose(
        self, *, barred_contractors: Collection[str], barred_organisations: Collection[str] = ()
    ) -> Candidate | None:
        """The best of those who are left, who owes one more then; None where there is nobody."""
        for one in self._able:
            if (
                self._owed[one.contractor_id] < OPEN_EACH_MAX
                and one.contractor_id not in barred_contractors
                and one.organisation_id not in barred_organisations
            ):
                self._owed[one.contractor_id] += 1
                return one
        return None


def settle(
    kind: Kind,
    *,
    value: str,
    opinion: str,
    consensus: str,
    labels: tuple[str, ...] = (),
    tolerance: float = 0.0,
) -> AppealState | None:
    """What a second opinion decides about the answer that was rejected; None: an operator does.

    Says it the same, the rejection was wrong. Says it what the others said, it was right. A third
    thing says only that the task is hard.
    """
    if kind not in SETTLED_BY_OPINION:
        return None
    if agrees(kind, value, opinion, labels=labels, tolerance=tolerance):
        return AppealState.UPHELD
    if consensus and agrees(kind, opinion, consensus, labels=labels, tolerance=tolerance):
        return AppealState.DISMISSED
    return None
