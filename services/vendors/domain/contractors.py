"""Contractors, whom a vendor or the platform itself engages.

ACTIVE <-> SUSPENDED
   └----------┴-----> OFFBOARDED
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.chassis.natural_keys import derived_id
from services.vendors.domain.errors import ContractorStateWrong
from services.vendors.domain.histories import Cause, RegionChange, StateChange


class Engagement(StrEnum):
    """Who engages and pays a contractor."""

    VENDOR = "VENDOR"
    DIRECT = "DIRECT"


class ContractorState(StrEnum):
    """Suspended and offboarded mean no new work; what was earned stays payable."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    OFFBOARDED = "OFFBOARDED"


class ContractorStep(StrEnum):
    """What their organisation or an operator decides."""

    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    OFFBOARD = "offboard"


CONTRACTOR_STEPS: dict[ContractorStep, tuple[frozenset[ContractorState], ContractorState]] = {
    ContractorStep.SUSPEND: (frozenset({ContractorState.ACTIVE}), ContractorState.SUSPENDED),
    ContractorStep.REINSTATE: (frozenset({ContractorState.SUSPENDED}), ContractorState.ACTIVE),
    ContractorStep.OFFBOARD: (
        frozenset({ContractorState.ACTIVE, ContractorState.SUSPENDED}),
        ContractorState.OFFBOARDED,
    ),
}
"""Each step, from the states that admit it to where it leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContractor:
    """A row that an organisation brings."""

    external_id: str
    name: str
    email: str
    country: str
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    region: str = ""
    """ISO 3166-2, of the country; empty where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Who wanted a person erased, when and why; it stays when all else has gone."""

    asked_at: datetime
    actor: str
    reason: str
    erased_at: datetime | None = None
    """None while the person is owed money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contractor:
    """A person who does the work; the e-mail goes no further, the name to payouts' papers."""

    contractor_id: str
    organisation_id: str
    engagement: Engagement
    external_id: str
    name: str
    email: str
    country: str
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    state: ContractorState
    history: tuple[StateChange, ...]
    version: int
    created_at: datetime
    region: str = ""
    region_history: tuple[RegionChange, ...] = ()
    erasure: Erasure | None = None

    def step(self, step: ContractorStep, cause: Cause) -> Contractor:
        """Errors: ContractorStateWrong."""
        before, after = CONTRACTOR_STEPS[step]
        if self.state not in before:
            raise ContractorStateWrong(
                f"cannot {step.value} a contractor who is {self.state.value}",
                contractor_id=self.contractor_id,
                state=self.state.value,
            )
        return replace(
            self,
            state=after,
            history=(*self.history, cause.change(self.state.value, after.value)),
            version=self.version + 1,
        )

    def moved(self, region: str, cause: Cause) -> Contractor:
        """The contractor as living in another region, whatever state they are in.

        What somebody has earned before they left is tested against a floor, too.
        """
        return replace(
            self,
            region=region,
            region_history=(*self.region_history, cause.move(self.region, region)),
            version=self.version + 1,
        )


def contractor_id(*, organisation_id: str, external_id: str) -> str:
    """The organisation's own name for a person decides who they are: a repeat is the same one."""
    return derived_id("ctr", organisation_id, external_id)


def enrolled(
    row: NewContractor, *, organisation_id: str, engagement: Engagement, cause: Cause
) -> Contractor:
    """A contractor who has just been enrolled."""
    return Contractor(
        contractor_id=contractor_id(organisation_id=organisation_id, external_id=row.external_id),
        organisation_id=organisation_id,
        engagement=engagement,
        external_id=row.external_id,
        name=row.name,
        email=row.email,
        country=row.country,
        languages=row.languages,
        skills=row.skills,
        state=ContractorState.ACTIVE,
        history=(cause.change("", ContractorState.ACTIVE.value),),
        version=1,
        created_at=cause.now,
        region=row.region,
    )
