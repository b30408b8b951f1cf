"""Projects and contractors for the broker's tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.broker.domain.contractors import Contractor
from services.broker.domain.projects import (
    Eligibility,
    Project,
    ProjectState,
    QualityPolicy,
    WorkKind,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def a_project(**changes: Any) -> Project:
    """A live project of two labels."""
    fields: dict[str, Any] = {
        "project_id": "prj_1",
        "client_id": "org_client",
        "name": "birds",
        "kind": WorkKind.CHOICE,
        "instructions": "look",
        "label_config": "",
        "labels": ("yes", "no"),
        "label_set": frozenset(("yes", "no")),
        "pay_units": 50_000,
        "currency": "USD",
        "commission_bps_max": 1500,
        "platform_fee_bps": 2000,
        "overlap": 3,
        "lease_seconds": 900,
        "eligibility": Eligibility(),
        "quality_policy": QualityPolicy(),
        "state": ProjectState.LIVE,
        "created_at": NOW,
        "pseudonym_salt": "salt",
    }
    return Project(**(fields | changes))


def a_contractor(**changes: Any) -> Contractor:
    """An active contractor of an approved vendor."""
    fields: dict[str, Any] = {
        "contractor_id": "ctr_1",
        "organisation_id": "org_vendor",
        "engagement": 1,
        "country": "KE",
        "languages": frozenset({"en", "sw"}),
        "skills": frozenset({"photos"}),
        "is_active": True,
        "vendor_is_approved": True,
        "commission_bps": {1: 1000},
    }
    return Contractor(**(fields | changes))
