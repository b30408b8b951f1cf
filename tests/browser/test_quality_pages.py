"""Quality in a browser: report and rules for clients, appeals and held rejections for operators."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opened
from tests.browser.seeding import PASSWORD, Rest, Seeded, enrol, live_project, seed, wait_for
from tests.browser.seeing import look, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

KNOWN_TASKS = 12
GOOD = ("Achieng", "Barasa", "Chebet")
CLIENT, VENDOR = "client@fairness.example.com", "vendor@fairness.example.com"
OPERATOR, CARELESS = "operator@fairness.example.com", "careless@fairness.example.com"


@dataclass(frozen=True, kw_only=True)
class Worked:
    """A project in which three were right and one was not."""

    seeded: Seeded
    project_id: str
    careless_id: str
    careless: Rest


@pytest.fixture(scope="module")
def worked(stack: dict[str, Any]) -> Iterator[Worked]:
    seeded = seed(stack, name="Fairness")
    # Another one than the first operator, whom other tests of this stack let in.
    made = seeded.operator.send("POST", "/people", email=OPERATOR, name="Njeri Operator")
    _let_in(seeded, seeded.operator, made["person"]["person_id"], OPERATOR)
    rows = [
        {"external_id": f"k{n}", "data": {"image": f"{n}.jpg"}, "gold_label": "cat"}
        for n in range(KNOWN_TASKS)
    ]
    project_id = live_project(
        seeded,
        rows=rows,
        held_minor=20_000,
        name="Cats in the harbour",
        kind="WORK_KIND_CHOICE",
        instructions="Is there a cat?",
        labels=["cat", "no cat"],
        overlap=4,
    )
    for name in GOOD:
        worker = _keyed(seeded, enrol(seeded, name=name)[0])
        _answer_all(worker, project_id, "cat")
        worker.close()
    careless_id, _ = enrol(seeded, name="Otieno")
    _let_in(seeded, seeded.vendor, careless_id, CARELESS)
    careless = _keyed(seeded, careless_id)
    _answer_all(careless, project_id, "no cat")
    wait_for(lambda: _all_decided(seeded, project_id), what="a decision on every answer")
    yield Worked(seeded=seeded, project_id=project_id, careless_id=careless_id, careless=careless)
    careless.close()
    seeded.close()


def test_a_client_reads_the_report_and_tries_a_rule_before_it_acts(
    open_browser: Opened, worked: Worked
) -> None:
    page = open_browser(accept_downloads=True).new_page()
    sign_in(page, CLIENT, PASSWORD)
    page.goto(f"/client/projects/{worked.project_id}")
    page.get_by_role("link", name="Quality", exact=True).click()
    expect(page.get_by_role("heading", name="Quality", exact=True)).to_be_visible()
    expect(
        page.locator(".confusion").get_by_role("rowheader", name="cat", exact=True)
    ).to_be_visible()
    drawn = "canvas => Chart.getChart(canvas) !== undefined"
    for chart in ("#chart-decisions", "#chart-confidence"):
        wait_for(lambda chart=chart: page.locator(chart).evaluate(drawn), what=chart)  # type: ignore[misc]
    look(page, "client-quality")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Report as JSON").click()
    report = json.loads(downloading.value.path().read_text())
    assert report["counts"]["contractors"] == len(GOOD) + 1

    page.get_by_role("link", name="Rules", exact=True).click()
    look(page, "client-rules-none")
    page.get_by_label("Name", exact=True).fill("Control tasks wrong")
    first = page.get_by_role("group", name="Condition 1")
    first.get_by_label("Threshold").fill("lots")
    page.get_by_label("What it does").select_option("NOTIFY")
    page.get_by_label("Explanation").fill("Too many control tasks were wrong.")
    page.get_by_role("button", name="Try it on what happened").click()
    expect(page.get_by_text("Write a number, such as 60 % or 2.5.")).to_be_visible()
    first.get_by_label("Threshold").fill("60 %")
    page.get_by_role("button", name="Try it on what happened").click()
    expect(page.locator("#dry-run-hit")).to_have_text("1")
    expect(page.locator("#dry-run").get_by_text("yes", exact=True)).to_be_visible()
    look(page, "client-rules-tried")
    assert worked.careless_id not in page.content(), "clients see pseudonyms"
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_text("The rule acts from now on.")).to_be_visible()
    wait_for(lambda: _hits(worked), what="the rule acts on who has answered before")
    page.reload()
    expect(page.get_by_role("cell", name="Control tasks wrong", exact=True)).to_be_visible()
    look(page, "client-rules")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("button", name="Switch on")).to_be_visible()

    told = open_browser().new_page()
    sign_in(told, CARELESS, PASSWORD)
    told.goto("/work")
    expect(told.get_by_text("Too many control tasks were wrong.")).to_be_visible()
    look(told, "contractor-notice")


def test_an_operator_judges_held_rejections_an_appeal_and_a_contractor(
    open_browser: Opened, worked: Worked
) -> None:
    page = open_browser().new_page()
    sign_in(page, OPERATOR, PASSWORD)
    page.goto("/operator/breakers")
    row = page.get_by_role("row", name=worked.project_id)
    expect(row.get_by_text("Held", exact=True)).to_be_visible()
    look(page, "operator-breakers")
    release = row.locator("details", has=page.locator("summary", has_text="Release"))
    release.locator("summary").click()
    release.get_by_label("Reason, which contractors read").fill("The control tasks are right.")
    release.get_by_role("button", name="Reject the answers").click()
    expect(page.get_by_text("The rejections go through.")).to_be_visible()

    def rejected() -> list[dict[str, Any]]:
        found = worked.careless.send("GET", "/assignments")["assignments"]
        return [one for one in found if one["state"] == "ASSIGNMENT_STATE_REJECTED"]

    first = wait_for(rejected, what="rejections")[0]
    worked.careless.send(
        "POST",
        "/appeals",
        assignment_id=first["assignment_id"],
        statement="It is a dog.",
    )
    page.goto("/operator/appeals")
    expect(page.get_by_text("It is a dog.")).to_be_visible()
    look(page, "operator-appeals")
    page.locator("summary", has_text="Uphold").first.click()
    page.get_by_label("Reason, which the contractor reads").first.fill("It is one indeed.")
    page.get_by_role("button", name="Uphold").first.click()
    expect(page.get_by_text("The appeal is upheld: the answer is paid.")).to_be_visible()
    page.goto("/operator/appeals?state=upheld")
    expect(page.get_by_text("It is one indeed.")).to_be_visible()

    page.goto(f"/operator/projects/{worked.project_id}/quality")
    page.get_by_label("Contractor's id").fill(worked.careless_id)
    page.get_by_label("Hours without new tasks").fill("5")
    page.locator("#f-reason").fill("Rest a while.")
    page.get_by_role("button", name="Limit", exact=True).click()
    expect(page.get_by_text("The contractor is limited, and reads why.")).to_be_visible()
    look(page, "operator-quality")
    page.goto(f"/operator/vendors/{worked.seeded.vendor_id}")
    expect(page.get_by_role("heading", name="Scorecard")).to_be_visible()
    look(page, "operator-scorecard")

    told = open_browser().new_page()
    sign_in(told, CARELESS, PASSWORD)
    told.goto("/work")
    expect(told.get_by_text("You get no new tasks here.")).to_be_visible()
    vendor = open_browser().new_page()
    sign_in(vendor, VENDOR, PASSWORD)
    vendor.goto("/vendor/overview")
    expect(vendor.get_by_role("heading", name="Scorecard")).to_be_visible()
    look(vendor, "vendor-scorecard")


def _let_in(seeded: Seeded, owner: Rest, person_id: str, email: str) -> None:
    def invited() -> str:
        answer = owner.send(
            "POST", "/invitations:batchCreate", invitations=[{"person_id": person_id}]
        )
        return str(answer["results"][0].get("secret", ""))

    anybody = Rest(seeded.base)
    secret = wait_for(invited, what="an invitation")
    anybody.send("POST", "/invitations:accept", secret=secret, email=email, password=PASSWORD)
    anybody.close()


def _keyed(seeded: Seeded, contractor_id: str) -> Rest:
    made = seeded.vendor.send(
        "POST", "/api-keys:batchCreate", keys=[{"person_id": contractor_id, "label": "test"}]
    )
    return Rest(seeded.base, made["results"][0]["secret"])


def _answer_all(worker: Rest, project_id: str, value: str) -> None:
    done = 0
    while done < KNOWN_TASKS:
        held = wait_for(
            lambda: worker.patiently(
                "POST", "/assignments:claim", project_id=project_id, max_assignments=20
            ).get("assignments"),
            what="tasks",
        )
        answers = [
            {
                "assignment_id": one["assignment_id"],
                "lease_token": one["lease_token"],
                "value": value,
                "active_seconds": 12,
            }
            for one in held
        ]
        worker.send("POST", "/assignments:submit", answers=answers)
        done += len(answers)


def _all_decided(seeded: Seeded, project_id: str) -> bool:
    """A page that is open shows what was decided before."""
    found = seeded.client.send("GET", f"/projects/{project_id}/quality")
    decided = sum(int(found[f"answers_{one}"]) for one in ("accepted", "rejected", "in_review"))
    return decided == KNOWN_TASKS * (len(GOOD) + 1) and int(found["answers_held"]) > 0


def _hits(worked: Worked) -> list[Any]:
    found: list[Any] = worked.careless.send("GET", "/rule-hits").get("hits", [])
    return found
