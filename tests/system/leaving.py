"""People who leave: engaged, at work and paid, for the tests of what becomes of them."""

from __future__ import annotations

from typing import Any

from tests.system.conftest import Running
from tests.system.tenants import Tenant, World, bearer
from tests.waiting import until

PAY_MINOR = 50


def directly_engaged(world: World, **row: str) -> tuple[str, str]:
    """Somebody whom the platform engages: their id and a token of theirs."""
    made = world.call(world.operator, "POST", "/v1/contractors", {"country": "US", **row})
    contractor = made["contractor"]
    assert contractor["engagement"] == "ENGAGEMENT_DIRECT"
    contractor_id = str(contractor["contractor_id"])
    (secret,) = until(lambda: world._keys(world.operator, [contractor_id]), "a key")
    return contractor_id, world._exchange(secret)


def may_be_paid(world: World, running: Running, token: str, *, email: str = "") -> None:
    """The payee of a token has an account at the provider, and has filled in its form."""
    body = {"email": email} if email else {}

    def opened() -> Any:
        answer = world.http.post("/v1/payout-account", json=body, headers=bearer(token))
        return answer.json()["payout_account"] if answer.status_code == 200 else None

    running.complete_onboarding(until(opened, "an account")["account_id"])
    until(
        lambda: world.call(token, "GET", "/v1/payout-account")["payout_account"]["payouts_enabled"],
        "the provider may pay",
    )


def accepted_work(world: World, tenant: Tenant, tokens: tuple[str, ...]) -> None:
    """One accepted answer each."""
    client = tenant.tokens["CLIENT"]
    body = {
        "name": f"{tenant.mark} birds",
        "kind": "CHOICE",
        "instructions": "Is there a bird?",
        "labels": ["yes", "no"],
        "pay": {"amount_minor": PAY_MINOR, "currency": "USD"},
        "commission_bps_max": 2000,
        "overlap": 1,
        "lease_seconds": 3600,
        "quality_policy": {"review_share": 1.0},
    }
    rows = [{"external_id": f"{tenant.mark}-{n}", "data": {"image": f"{n}.jpg"}} for n in range(4)]
    project_id = world.live_project(client, body, rows, held_minor=20_000)
    for token in tokens:
        asked = {"max_assignments": 1, "project_id": project_id}

        def claim(token: str = token, asked: dict[str, Any] = asked) -> Any:
            return world.call(token, "POST", "/v1/assignments:claim", asked)["assignments"]

        (lease,) = until(claim, "work")
        answer = {
            "assignment_id": lease["assignment_id"],
            "lease_token": lease["lease_token"],
            "value": "yes",
            "active_seconds": 5,
        }
        done = world.call(token, "POST", "/v1/assignments:submit", {"answers": [answer]})
        assert "error" not in done["results"][0], done
    path = f"/v1/projects/{project_id}/reviews"
    reviews = until(
        lambda: len(found := world.call(client, "GET", path)["answers"]) == len(tokens) and found,
        "reviews",
    )
    decisions = [
        {"assignment_id": one["assignment_id"], "decision": "ACCEPTED", "reason": "right"}
        for one in reviews
    ]
    world.call(client, "POST", "/v1/reviews:decide", {"decisions": decisions})
    for token in tokens:
        until(
            lambda token=token: world.call(token, "GET", "/v1/earnings")["earnings"],  # type: ignore[misc]
            "earnings",
        )


def ordered_pay(world: World) -> str:
    """The period ends, and all of its statements are ordered to be paid; returns its id."""
    period = world.call(world.operator, "POST", "/v1/pay-periods", {})["pay_period"]
    path = f"/v1/pay-periods/{period['pay_period_id']}"
    until(
        lambda: (
            world.call(world.operator, "GET", path)["pay_period"]["state"]
            == "PAY_PERIOD_STATE_CLOSED"
        ),
        "the statements",
    )
    world.call(world.operator, "POST", f"{path}:pay", {})
    return str(period["pay_period_id"])
