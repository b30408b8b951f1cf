"""A project from draft to its end: its states, its price, who may work on it."""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.broker.domain.errors import (
    EligibilityInvalid,
    LabelsInvalid,
    LeaseInvalid,
    OverlapInvalid,
    PayInvalid,
    PolicyInvalid,
    ProjectStateWrong,
    ValueInvalid,
)
from services.broker.domain.prices import UNITS_PER_MINOR, Price, Terms, price_of
from services.chassis.regions import RegionCodes

LEASE_SECONDS_DEFAULT = 900
LEASE_SECONDS_MIN = 5
# 10,000 units of the currency's hundredth part: more for one answer is a slip of the finger.
PAY_UNITS_MAX = 1_000_000 * UNITS_PER_MINOR
# They travel with every event of answers.
LABELS_BYTES_MAX = 100_000
_REASON = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_TEXT_REVIEW_SHARE_DEFAULT = 0.05
_REJECT_BELOW_DEFAULT = 0.05


class WorkKind(enum.IntEnum):
    """Kinds of work; the numbers are those of crewline.common.v1.WorkKind."""

    CHOICE = 1
    PAIRWISE = 2
    TEXT = 3
    STRUCTURED = 4
    ORDINAL = 5
    NUMERIC = 6
    RANKED = 7
    REGIONS = 8
    SPANS = 9
    CODE = 10


LABELLED = frozenset({WorkKind.CHOICE, WorkKind.PAIRWISE, WorkKind.ORDINAL})
"""Kinds whose answer is one of the project's labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerField:
    """One field of an answer of several: a key of its value's JSON object."""

    name: str
    kind: WorkKind
    labels: tuple[str, ...] = ()
    """Empty where any is taken."""
    multiple: bool = False
    """Any number of the labels may be chosen: the field's value is a list."""


class ProjectState(enum.StrEnum):
    """Where a project is; see the service's proto for what each means."""

    DRAFT = "DRAFT"
    FUNDED = "FUNDED"
    LIVE = "LIVE"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


ENDED = frozenset({ProjectState.COMPLETED, ProjectState.CANCELLED})
_TRANSITIONS: dict[ProjectState, frozenset[ProjectState]] = {
    ProjectState.DRAFT: frozenset({ProjectState.FUNDED, ProjectState.CANCELLED}),
    ProjectState.FUNDED: frozenset({ProjectState.LIVE, ProjectState.CANCELLED}),
    ProjectState.LIVE: frozenset(
        {ProjectState.PAUSED, ProjectState.COMPLETED, ProjectState.CANCELLED}
    ),
    ProjectState.PAUSED: frozenset(
        {ProjectState.LIVE, ProjectState.COMPLETED, ProjectState.CANCELLED}
    ),
    ProjectState.COMPLETED: frozenset(),
    ProjectState.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """One line of a history."""

    from_state: str
    to_state: str
    changed_at: datetime
    actor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Who may do the work; empty asks for nothing."""

    countries: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    vendor_ids: frozenset[str] = frozenset()
    exclude_direct: bool = False
    regions: frozenset[str] = frozenset()
    """ISO 3166-2; of the country of each of them only its regions that are named here take part."""

    def check(self, region_codes: RegionCodes) -> None:
        """Of a new project; one that is stored keeps the codes of its day.

        Errors:
            EligibilityInvalid for a region of a country that is not named, RegionInvalid for a
            code that is no region's.
        """
        for region in sorted(self.regions):
            if _country_of(region) not in self.countries:
                raise EligibilityInvalid(
                    f"{region} is in {_country_of(region)}, which is none of the countries",
                    region=region,
                    field="eligibility.regions",
                )
            region_codes.check(region, field="eligibility.regions")

    def admits_from(self, *, country: str, region: str) -> bool:
        """Whether somebody of a country whose regions are named lives in one of these."""
        return region in self.regions or all(_country_of(one) != country for one in self.regions)


def _country_of(region: str) -> str:
    return region.partition("-")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPolicy:
    """How answers are judged; quality reads it, the broker carries it and hands control tasks out.

    Zeros take quality's defaults; see the proto.
    """

    reject_below: float = _REJECT_BELOW_DEFAULT
    review_share: float = 0.0
    review_disputed: bool = False
    adjudicate: bool = False
    error_cost_answers: float = 0.0
    decision_hours: int = 0
    clauses: Mapping[str, str] = field(default_factory=dict)
    """The clause of the instructions that a reason rests on, by the reason."""
    gold_share_max: float = 0.0
    gold_answers_max: int = 0
    tolerance: float = 0.0

    @classmethod
    def default_for(cls, kind: WorkKind) -> QualityPolicy:
        """What a project gets whose client asked for nothing."""
        share = 0.0 if kind in LABELLED else _TEXT_REVIEW_SHARE_DEFAULT
        return cls(review_share=share)

    @property
    def hands_out_gold(self) -> bool:
        """Control tasks are handed out at a rate of their own, not as they stand in the queue."""
        return self.gold_share_max > 0 or self.gold_answers_max > 0

    def check(self) -> None:
        """What the proto's rules cannot say. Errors: PolicyInvalid."""
        for reason in self.clauses:
            if not _REASON.fullmatch(reason):
                raise PolicyInvalid(
                    "clauses are named by reasons, such as CONTROL_TASKS_FAILED",
                    field="quality_policy.clauses",
                    value=reason[:100],
                )
        if not math.isfinite(self.tolerance):
            raise PolicyInvalid(
                "tolerance must be a finite number", field="quality_policy.tolerance"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One kind of work of one client."""

    project_id: str
    client_id: str
    name: str
    kind: WorkKind
    instructions: str
    label_config: str
    labels: tuple[str, ...]
    pay_units: int
    currency: str
    commission_bps_max: int
    platform_fee_bps: int
    overlap: int
    lease_seconds: int
    eligibility: Eligibility
    quality_policy: QualityPolicy
    state: ProjectState
    created_at: datetime
    pseudonym_salt: str
    benefits_bps: int = 0
    floor_reserve_bps: int = 0
    expected_seconds: float = 0.0
    """What an answer takes, as the client expects it; 0 where nobody said."""
    overlap_max: int = 0
    """Above `overlap`, a task gets more answers up to this while its label is in doubt."""
    history: tuple[StateChange, ...] = ()
    held_units: int = 0
    held_version: int = 0
    has_named_tasks: bool = False
    has_limits: bool = False
    """Something is limited for some contractor."""
    has_opinions: bool = False
    """Second opinions have been asked for."""
    settled: bool = False
    """Ended, and no lease runs any more."""
    version: int = 1
    label_set: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def answer_price_units_max(self) -> int:
        """The most that has to be held for one answer: its price, and the reserve for floors."""
        price = self.price(self.commission_bps_max)
        return price.total_units + price.reserve_units

    def price(self, commission_bps: int) -> Price:
        """What an answer through a vendor of that commission costs."""
        terms = Terms(
            platform_fee_bps=self.platform_fee_bps,
            benefits_bps=self.benefits_bps,
            floor_reserve_bps=self.floor_reserve_bps,
        )
        return price_of(pay_units=self.pay_units, commission_bps=commission_bps, terms=terms)

    @property
    def is_adaptive(self) -> bool:
        """Tasks may get more answers than their overlap."""
        return self.overlap_max > self.overlap

    @property
    def control_answers_max(self) -> int:
        """Answers that one control task may get."""
        return self.quality_policy.gold_answers_max or self.overlap

    @property
    def takes_tasks(self) -> bool:
        """Tasks may be posted."""
        return self.state in (ProjectState.FUNDED, ProjectState.LIVE, ProjectState.PAUSED)

    def moved(self, to: ProjectState, *, actor: str, reason: str, now: datetime) -> Project:
        """The project in its next state, with one more line of history.

        Errors:
            ProjectStateWrong: the state machine has no such step.
        """
        if to not in _TRANSITIONS[self.state]:
            raise ProjectStateWrong(
                f"a project that is {self.state} does not become {to}",
                project_id=self.project_id,
                state=self.state,
                wanted=to,
            )
        change = StateChange(
            from_state=self.state, to_state=to, changed_at=now, actor=actor, reason=reason
        )
        return replace(self, state=to, history=(*self.history, change), version=self.version + 1)

    def funded(self, *, held_units: int, version: int, actor: str, now: datetime) -> Project:
        """What is held has changed; a draft with money is FUNDED. Older news changes nothing."""
        if version <= self.held_version:
            return self
        project = replace(
            self, held_units=held_units, held_version=version, version=self.version + 1
        )
        if project.state is ProjectState.DRAFT and held_units > 0:
            project = project.moved(
                ProjectState.FUNDED, actor=actor, reason="money is held", now=now
            )
        return project

    def check_value(self, value: str) -> None:
        """Errors: ValueInvalid, for an answer that is none of the labels."""
        if self.labels and value not in self.label_set:
            raise ValueInvalid(
                "value is none of the project's labels",
                field="value",
                value=value[:100],
                project_id=self.project_id,
            )


def check_new_project(
    *,
    kind: WorkKind,
    labels: tuple[str, ...],
    pay_units: int,
    lease_seconds: int,
    overlap: int = 1,
    overlap_max: int = 0,
) -> None:
    """What the proto's rules cannot say.

    Errors:
        LabelsInvalid, PayInvalid, LeaseInvalid, OverlapInvalid.
    """
    if kind not in LABELLED and labels:
        raise LabelsInvalid(
            f"answers of kind {kind.name} are none of a list of labels",
            field="labels",
            kind=kind.name,
        )
    if kind in LABELLED and len(labels) < 2:
        raise LabelsInvalid(
            "at least two labels are needed", field="labels", kind=kind.name, labels=len(labels)
        )
    label_bytes = sum(len(label.encode()) for label in labels)
    if label_bytes > LABELS_BYTES_MAX:
        raise LabelsInvalid(
            f"the labels have together more than {LABELS_BYTES_MAX} bytes",
            field="labels",
            kind=kind.name,
            bytes=label_bytes,
        )
    if not 1 <= pay_units <= PAY_UNITS_MAX:
        raise PayInvalid(
            f"pay must be more than 0 and at most {PAY_UNITS_MAX // UNITS_PER_MINOR} minor units",
            field="pay.amount_minor",
            pay_units=pay_units,
        )
    if lease_seconds and lease_seconds < LEASE_SECONDS_MIN:
        raise LeaseInvalid(
            f"lease_seconds must be 0 or at least {LEASE_SECONDS_MIN}",
            field="lease_seconds",
            lease_seconds=lease_seconds,
        )
    if overlap_max and overlap_max < overlap:
        raise OverlapInvalid(
            f"overlap_max must be 0 or at least overlap, which is {overlap}",
            field="overlap_max",
            overlap=overlap,
            overlap_max=overlap_max,
        )
