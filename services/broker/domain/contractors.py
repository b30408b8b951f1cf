"""Contractors as the broker knows them, and whether one may do a project's work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.broker.domain.errors import ContractorNotActive
from services.broker.domain.projects import Project, WorkKind

DIRECT = 2
"""crewline.vendors.v1.Engagement.ENGAGEMENT_DIRECT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contractor:
    """One person, with what is known of their vendor."""

    contractor_id: str
    organisation_id: str
    engagement: int
    country: str
    languages: frozenset[str]
    skills: frozenset[str]
    is_active: bool
    vendor_is_approved: bool
    """True for direct contractors, who have none."""
    commission_bps: Mapping[int, int]
    """By kind of work; empty for direct contractors."""
    region: str = ""
    """ISO 3166-2; empty where it is not known."""

    def check_active(self) -> None:
        """Errors: ContractorNotActive, naming who is not."""
        if not self.is_active or not self.vendor_is_approved:
            raise ContractorNotActive(
                "the contractor or the vendor takes no new work",
                contractor_id=self.contractor_id,
                contractor_active=self.is_active,
                vendor_approved=self.vendor_is_approved,
            )

    def commission_for(self, kind: WorkKind) -> int:
        """Hundredths of a percent that the vendor takes on top."""
        return self.commission_bps.get(kind.value, 0)


def obstacles(contractor: Contractor, project: Project) -> list[str]:
    """Each clause of the project's eligibility that keeps the contractor out; empty: may work."""
    wanted = project.eligibility
    found = []
    if wanted.countries and contractor.country not in wanted.countries:
        found.append("country")
    elif not wanted.admits_from(country=contractor.country, region=contractor.region):
        found.append("region")
    if wanted.languages and not (wanted.languages & contractor.languages):
        found.append("languages")
    if wanted.skills and not wanted.skills <= contractor.skills:
        found.append("skills")
    if contractor.engagement == DIRECT:
        if wanted.exclude_direct:
            found.append("exclude_direct")
    elif wanted.vendor_ids and contractor.organisation_id not in wanted.vendor_ids:
        found.append("vendor_ids")
    if contractor.commission_for(project.kind) > project.commission_bps_max:
        found.append("commission_bps_max")
    return found
