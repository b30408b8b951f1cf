"""C20: suspension and offboarding block new work, never old pay."""

from __future__ import annotations

import io
from typing import Any

from pypdf import PdfReader

from tests.system.conftest import Running
from tests.system.leaving import (
    PAY_MINOR,
    accepted_work,
    directly_engaged,
    may_be_paid,
    ordered_pay,
)
from tests.system.tenants import Tenant, World, bearer
from tests.waiting import until


def test_whoever_was_let_go_is_stated_and_paid(running: Running) -> None:
    """C20: a suspended vendor, its offboarded contractor, and a direct one: all are paid."""
    world = World(base_url=running.base_url, operator_key=running.operator_key)
    try:
        tenant = world.staffed("leavers", country="US")
        vendor, person = tenant.tokens["VENDOR"], tenant.tokens["CONTRACTOR"]
        direct_id, direct = directly_engaged(world, external_id="leavers-direct", name="Dana Doe")
        for token in (vendor, direct):
            may_be_paid(world, running, token)
        accepted_work(world, tenant, (person, direct))

        leaving = {"reason": "the contract ended"}
        for contractor_id in (tenant.ids["contractor_id"], direct_id):
            world.call(world.operator, "POST", f"/v1/contractors/{contractor_id}:offboard", leaving)
        world.call(
            world.operator, "POST", f"/v1/vendors/{tenant.ids['vendor_id']}:suspend", leaving
        )
        period_id = ordered_pay(world)
        payees = {tenant.ids["vendor_id"], direct_id}

        def paid() -> bool:
            found = _stated(world, period_id, payees)
            return len(found) == len(payees) and {one["state"] for one in found.values()} == {
                "STATEMENT_STATE_PAID"
            }

        until(paid, "both are paid")
        found = _stated(world, period_id, payees)
        assert int(found[direct_id]["total_minor"]) == PAY_MINOR
        # Pay, and the vendor's tenth of it.
        assert int(found[tenant.ids["vendor_id"]]["total_minor"]) == PAY_MINOR + PAY_MINOR // 10
        _can_still_read(world, found, tenant.ids["vendor_id"], vendor)
        _are_named(world, found, tenant, direct_id, direct)
    finally:
        world.close()


def _stated(world: World, period_id: str, payees: set[str]) -> dict[str, dict[str, Any]]:
    found = world.call(
        world.operator, "GET", "/v1/statements", pay_period_id=period_id, page_size="1000"
    )
    return {one["payee_id"]: one for one in found["statements"] if one["payee_id"] in payees}


def _can_still_read(
    world: World, found: dict[str, dict[str, Any]], vendor_id: str, token: str
) -> None:
    """What they were paid, too, is theirs to see."""
    statement_id = found[vendor_id]["statement_id"]
    answer = world.http.get(f"/v1/statements/{statement_id}:pdf", headers=bearer(token))
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    assert answer.headers["content-disposition"].endswith('.pdf"')


def _are_named(
    world: World,
    found: dict[str, dict[str, Any]],
    tenant: Tenant,
    direct_id: str,
    direct: str,
) -> None:
    """On papers, by those who may know it: whoever was let go has not lost the name."""

    def text(token: str, path: str) -> str:
        answer = world.http.get(path, headers=bearer(token))
        assert answer.status_code == 200, answer.text
        pages = PdfReader(io.BytesIO(answer.content)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    of_vendor = found[tenant.ids["vendor_id"]]["statement_id"]
    vendor, person, client = (tenant.tokens[role] for role in ("VENDOR", "CONTRACTOR", "CLIENT"))
    own = text(direct, f"/v1/statements/{found[direct_id]['statement_id']}:pdf")
    assert f"Dana Doe contractor {direct_id}" in own
    whole = text(vendor, f"/v1/statements/{of_vendor}:pdf")
    part = text(person, f"/v1/statements/{of_vendor}:pdf")
    contractor_id = tenant.ids["contractor_id"]
    assert f"leavers worker {contractor_id}" in whole
    assert f"leavers worker contractor {contractor_id}" in part
    assert "leavers Ltd" in whole
    assert "leavers Ltd" not in part
    billed = world.call(client, "GET", "/v1/billing-particulars")["particulars"]
    assert billed["name"] == "leavers client"
