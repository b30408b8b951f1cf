"""Crews at work over REST: a yes-no project, claims and answers, and what was paid for them."""

from __future__ import annotations

from typing import Any

from tests.system.tenants import Tenant, World

PAY_MINOR = 50


def project_of(
    world: World, client: Tenant, rows: list[dict[str, Any]], *, overlap: int = 4, **policy: Any
) -> str:
    body = {
        "name": f"{client.mark} cats",
        "kind": "CHOICE",
        "instructions": "Is there a cat?",
        "labels": ["yes", "no"],
        "pay": {"amount_minor": PAY_MINOR, "currency": "USD"},
        "commission_bps_max": 2000,
        "overlap": overlap,
        "lease_seconds": 3600,
        "quality_policy": {"reject_below": 0.05, **policy},
    }
    return world.live_project(client.tokens["CLIENT"], body, rows, held_minor=20_000)


def a_row(client: Tenant, name: str, **fields: Any) -> dict[str, Any]:
    return {"external_id": f"{client.mark}-{name}", "data": {"image": f"{name}.jpg"}, **fields}


def claim(world: World, token: str, project_id: str) -> list[dict[str, Any]]:
    body = {"project_id": project_id, "max_assignments": 50}
    found: list[dict[str, Any]] = world.call(token, "POST", "/v1/assignments:claim", body)[
        "assignments"
    ]
    return found


def submit(world: World, token: str, leases: list[dict[str, Any]], value: str) -> None:
    answers = [
        {
            "assignment_id": lease["assignment_id"],
            "lease_token": lease["lease_token"],
            "value": value,
            "active_seconds": 20,
        }
        for lease in leases
    ]
    done = world.call(token, "POST", "/v1/assignments:submit", {"answers": answers})
    assert not any("error" in result for result in done["results"]), done


def answers_paid(world: World, token: str) -> int:
    """Answers that the contractor has earned with."""
    found = world.call(token, "GET", "/v1/earnings")["earnings"]
    return int(found[0]["answers"]) if found else 0


def is_balanced(world: World) -> bool:
    found = world.call(world.operator, "GET", "/v1/trial-balance")
    return bool(found["totals"]) and not any(int(one["amount_minor"]) for one in found["totals"])


def people_of(*crews: Tenant) -> dict[str, str]:
    """Tokens by contractor."""
    found = {}
    for crew in crews:
        found[crew.ids["contractor_id"]] = crew.tokens["CONTRACTOR"]
        found[crew.colleague["contractor_id"]] = crew.tokens["COLLEAGUE"]
    return found
