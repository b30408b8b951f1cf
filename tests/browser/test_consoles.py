"""A client's, a vendor's and an operator's day in a real browser, before the whole stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened
from tests.browser.pictures import photo
from tests.browser.seeding import PASSWORD, Rest, Seeded, enrol, seed, wait_for
from tests.browser.seeing import look, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

TASKS = 6
OPERATOR = "operator@consoles.example.com"


@pytest.fixture(scope="module")
def seeded(stack: dict[str, Any]) -> Iterator[Seeded]:
    found = seed(stack, name="Consoles")
    yield found
    found.close()


@pytest.fixture(scope="module")
def operator_email(seeded: Seeded) -> str:
    """The first operator has a key and no password: they invite themselves."""
    me = seeded.operator.send("GET", "/me")["person"]["person_id"]
    invited = seeded.operator.send(
        "POST", "/invitations:batchCreate", invitations=[{"person_id": me}]
    )
    anybody = Rest(seeded.base)
    anybody.send(
        "POST",
        "/invitations:accept",
        secret=invited["results"][0]["secret"],
        email=OPERATOR,
        password=PASSWORD,
    )
    anybody.close()
    return OPERATOR


@pytest.fixture
def page(open_browser: Opened) -> Iterator[Page]:
    """Whatever the page's policy or scripts refuse, or a script dies of, fails the test."""
    context = open_browser(accept_downloads=True)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda err: complaints.append(str(err)))
    opened.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
    )
    yield opened
    assert complaints == []


def test_a_clients_day(page: Page, seeded: Seeded, tmp_path: Path) -> None:
    sign_in(page, "client@consoles.example.com", PASSWORD)
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    look(page, "client-projects-empty")

    page.get_by_role("link", name="New project").first.click()
    look(page, "client-templates")
    page.get_by_role("link", name="Photo classification").click()
    expect(page.get_by_text("The label config is good.")).to_be_visible()
    config = page.get_by_label("Label config")
    good = config.input_value()
    config.fill(good.replace("</View>", ""))
    expect(page.locator("#config-check .alert.bad")).to_be_visible()
    config.fill(good)
    expect(page.get_by_text("The label config is good.")).to_be_visible()
    look(page, "client-new-project")
    page.get_by_label("Name", exact=True).fill("Photos of the harbour")
    page.get_by_label("Pay for an answer").fill("0.10")
    page.get_by_label("Seconds that an answer takes").fill("30")
    page.get_by_label("Answers a task gets").fill("3")
    page.get_by_role("button", name="Create the project").click()
    expect(page.get_by_role("heading", name="Photos of the harbour")).to_be_visible()
    project_id = page.url.rpartition("/")[2]

    page.locator("summary", has_text="Add money").click()
    page.get_by_label("Amount in USD").fill("50")
    page.get_by_role("button", name="Hold it for the project").click()
    expect(page.get_by_text("US$50.00 are held for the project.")).to_be_visible()
    # The broker hears of the money a moment later: the live page shows it by itself.
    expect(page.locator("#project-head").get_by_text("Funded")).to_be_visible()

    page.get_by_role("link", name="Tasks", exact=True).click()
    rows = [{"external_id": f"t{n}", "image": f"https://photos.test/{n}.jpg"} for n in range(TASKS)]
    table = tmp_path / "tasks.jsonl"
    table.write_text("\n".join([*map(json.dumps, rows), '{"external_id": "bad", "film": "x"}']))
    page.get_by_label("File", exact=True).set_input_files(table)
    page.get_by_role("button", name="Send the file", exact=True).click()
    report = page.locator("#tasks-report")
    expect(report).to_contain_text(f"New: {TASKS}")
    expect(report).to_contain_text("Refused: 1")
    expect(report.get_by_role("cell", name=str(TASKS + 1), exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="t0", exact=True)).to_be_visible()  # without a reload
    look(page, "client-upload-report")
    picture_file = tmp_path / "harbour.png"
    picture_file.write_bytes(photo(64, 48))
    page.get_by_label("Files", exact=True).set_input_files(picture_file)
    page.get_by_role("button", name="Send the files").click()
    expect(page.locator("#media-report")).to_contain_text("New: 1")
    page.get_by_role("link", name="harbour.png").click()
    shown = page.locator("img.task-picture")
    wait_for(lambda: shown.evaluate("image => image.naturalWidth") == 64, what="the photo shows")
    look(page, "client-task")

    page.get_by_role("link", name="Progress and cost").click()
    page.get_by_role("button", name="Start the work").click()
    expect(page.locator("#project-head").get_by_text("Live")).to_be_visible()
    expect(page.locator('[data-live-state="live"]')).to_be_visible()
    labels = seeded.client.send("GET", f"/projects/{project_id}")["project"]["labels"]
    for number, label in enumerate((labels[0], labels[0], labels[1])):
        _work(seeded, f"worker {number}", project_id, label)
    # Nobody reloads: the figures move by themselves.
    everything = f"{TASKS + 1} of {TASKS + 1} tasks have their result"
    expect(page.locator("#project-figures")).to_contain_text(everything, timeout=30_000)
    look(page, "client-project-live")

    page.get_by_role("link", name="Results", exact=True).click()
    expect(page.get_by_role("cell", name="t0", exact=True)).to_be_visible()
    page.get_by_role("link", name="Disagreements").click()
    expect(page.locator(".differs").first).to_have_text(labels[1])
    look(page, "client-disagreements")
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV").click()
    exported = downloading.value.path().read_text()
    assert "t0" in exported
    assert downloading.value.suggested_filename == "Photos-of-the-harbour.csv"

    for name, address in (
        ("client-reviews", f"/client/projects/{project_id}/reviews"),
        ("client-about", f"/client/projects/{project_id}/about"),
        ("client-funds", "/client/funds"),
        ("client-billing", "/client/billing"),
        ("client-projects", "/client/projects"),
        ("client-people", "/people"),
        ("client-account", "/account"),
    ):
        page.goto(address)
        look(page, name)
    page.goto("/keys")
    page.get_by_label("Label").fill("nightly export")
    page.get_by_role("button", name="Make a key").click()
    secret = page.locator("#new-key").input_value()
    look(page, "client-key")
    mine = Rest(seeded.base, secret)
    assert mine.send("GET", f"/projects/{project_id}")["project"]["project_id"] == project_id
    mine.close()
    page.goto("/keys")
    assert secret not in page.content()

    page.goto(f"/client/projects/{project_id}")
    page.locator("summary", has_text="Complete").click()
    page.get_by_role("button", name="Complete the project").click()
    expect(page.locator("#project-head").get_by_text("Completed")).to_be_visible()


def test_a_vendors_day(
    page: Page, open_browser: Opened, seeded: Seeded, operator_email: str, tmp_path: Path
) -> None:
    page.goto("/register?kind=vendor")
    look(page, "register-vendor")
    page.get_by_label("Organisation").fill("Harbour Crew")
    page.get_by_label("Your name").fill("Wanjiru Kamau")
    page.get_by_label("E-mail address").fill("wanjiru@harbour.example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Register").click()
    look(page, "vendor-apply")
    page.get_by_label("Country").fill("us")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Your application is in.")).to_be_visible()

    operator = open_browser().new_page()
    sign_in(operator, operator_email, PASSWORD)
    look(operator, "operator-vendors")
    row = operator.get_by_role("row", name="Harbour Crew")
    approval = row.locator("details", has=operator.locator("summary", has_text="Approve"))
    approval.locator("summary").click()
    approval.get_by_label("Reason").fill("papers seen")
    approval.get_by_role("button", name="Approve").click()
    expect(operator.get_by_text("The vendor is approved")).to_be_visible()
    look(operator, "operator-vendor")

    page.reload()
    expect(page.get_by_text("papers seen")).to_be_visible()
    look(page, "vendor-overview")
    page.get_by_role("link", name="Fill in your rate card").click()
    page.get_by_label("Choice (%)").fill("12,5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The rate card holds")).to_be_visible()
    look(page, "vendor-rates")

    page.get_by_role("link", name="Pool").click()
    page.get_by_role("link", name="Import a file").first.click()
    people = tmp_path / "people.csv"
    people.write_text(
        "external_id,name,country,languages\nE-1,Otieno,US,en;sw\nE-2,Njeri,Nowhere,en\n"
    )
    page.get_by_label("File").set_input_files(people)
    page.get_by_role("button", name="Send the file", exact=True).click()
    report = page.locator("#contractors-report")
    expect(report).to_contain_text("New: 1")
    expect(report).to_contain_text("Refused: 1")
    expect(report.get_by_role("cell", name="3", exact=True)).to_be_visible()
    look(page, "vendor-import")
    page.goto("/vendor/pool/enrol")
    look(page, "vendor-enrol")
    page.get_by_label("Your own id for the person").fill("E-3")
    page.get_by_label("Name", exact=True).fill("Achieng")
    page.get_by_label("Country").fill("US")
    page.get_by_role("button", name="Enrol").click()
    expect(page.get_by_role("heading", name="Achieng")).to_be_visible()
    look(page, "vendor-contractor")
    page.goto("/vendor/pool")
    look(page, "vendor-pool")
    page.get_by_label("Choose Otieno").check()
    page.get_by_role("button", name="Invite the chosen").click()
    link = page.locator("#link-1").input_value()
    look(page, "vendor-invitations")

    otieno = open_browser().new_page()
    otieno.goto(link)
    # The page's script has sent the secret from behind the #, and no address shows it.
    expect(otieno.get_by_role("heading", name="Join Harbour Crew")).to_be_visible()
    assert "#" not in otieno.url
    look(otieno, "invitation")
    otieno.get_by_label("E-mail address").fill("otieno@harbour.example.com")
    otieno.get_by_label("Password").fill(PASSWORD)
    otieno.get_by_role("button", name="Accept and sign in").click()
    otieno.wait_for_url("**/work")

    page.goto("/vendor/payout")
    look(page, "vendor-payout-none")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_text("What Stripe still wants to know")).to_be_visible()
    page.get_by_role("button", name="Tell Stripe who you are").click()
    expect(page.get_by_role("link", name="Continue at Stripe")).to_be_visible()
    look(page, "vendor-payout")
    page.goto("/vendor/statements")
    look(page, "vendor-statements")


def test_an_operators_day(page: Page, seeded: Seeded, operator_email: str) -> None:
    sign_in(page, operator_email, PASSWORD)
    page.goto(f"/operator/organisations/{seeded.client_id}")
    page.get_by_label("Amount").fill("12.34")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_text("The deposit")).to_be_visible()
    look(page, "operator-organisation")

    page.goto("/operator/periods")
    page.get_by_role("button", name="Close until now").click()
    expect(page.get_by_text("The pay period is closed")).to_be_visible()
    expect(page.locator("#periods").get_by_text("Closed").first).to_be_visible()
    look(page, "operator-periods")
    page.goto("/operator/floors")
    rows = "XQ,7,USD,2.60,hour,one adult,nobody,https://example.com,{day},2026-01-01\n"
    table = (
        "country,region,currency,amount,per,basis,source,source_url,source_date,valid_from\n"
        + rows.format(day=datetime.now(UTC).date().isoformat())
        + rows.format(day="2001-01-31")
    )
    page.get_by_label("File").set_input_files(
        {"name": "floors.csv", "mimeType": "text/csv", "buffer": table.encode()}
    )
    page.get_by_role("button", name="Send the file").click()
    expect(page.get_by_role("cell", name="source_date", exact=True)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="XQ-7")).to_contain_text("Up to date")
    look(page, "operator-floors")
    page.goto("/operator/floors/rates")
    look(page, "operator-rates")
    page.goto("/operator/floors/tests")
    look(page, "operator-floor-tests")
    page.goto("/operator/calendars")
    look(page, "operator-calendars")
    page.goto("/operator/calendars/new")
    page.get_by_label("Name").fill("Not A Name")
    look(page, "operator-calendar")
    page.goto("/operator/books")
    expect(page.get_by_text("The books balance.")).to_be_visible()
    look(page, "operator-books")
    page.goto("/operator/system")
    for name in ("accounts", "broker", "gateway", "payouts", "quality", "vendors"):
        row = page.get_by_role("row").filter(has=page.get_by_role("cell", name=name, exact=True))
        expect(row.first.get_by_text("Well")).to_be_visible()
    look(page, "operator-system")
    for name in ("organisations", "projects", "contractors", "statements"):
        page.goto(f"/operator/{name}")
        look(page, f"operator-{name}")


def test_an_operator_confirms_a_correction(page: Page, seeded: Seeded, operator_email: str) -> None:
    postings = {f"client:{seeded.client_id}:available:USD": -1_500, "platform:absorbed:USD": 1_500}
    reason = f"A charge of ours for {seeded.client_id}"
    seeded.operator.send(
        "POST",
        "/adjustments",
        postings=[
            {"account": account, "amount_units": units} for account, units in postings.items()
        ],
        reason=reason,
        document="letter 7",
    )
    sign_in(page, operator_email, PASSWORD)
    page.goto("/operator/adjustments")
    card = page.locator("section").filter(has_text=reason)
    expect(card.get_by_role("cell", name="platform:absorbed:USD")).to_be_visible()
    look(page, "operator-adjustments")
    card.locator("summary", has_text="Confirm").click()
    card.get_by_role("button", name="Book it").click()
    expect(page.get_by_text("It is booked.")).to_be_visible()
    expect(page.locator("section").filter(has_text=reason)).to_be_hidden()
    page.goto("/operator/adjustments?state=confirmed")
    card = page.locator("section").filter(has_text=reason)
    expect(card.get_by_text("Confirmed by")).to_be_visible()
    look(page, "operator-adjustments-booked")


def test_the_menu_of_a_phone_and_the_keyboard(open_browser: Opened, seeded: Seeded) -> None:
    page = open_browser(viewport={"width": 390, "height": 800}, locale="fr-FR").new_page()
    page.goto("/sign-in")
    look(page, "sign-in")
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_label("Adresse e-mail").fill("client@consoles.example.com")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    menu = page.get_by_role("navigation", name="Principal")
    button = page.get_by_role("button", name="Menu")
    expect(button).to_be_visible()
    expect(menu).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Fonds")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Fonds", exact=True)).to_be_visible()
    button.click()
    page.get_by_role("button", name="Dark", exact=True).or_(
        page.get_by_role("button", name="Sombre", exact=True)
    ).click()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def _work(seeded: Seeded, name: str, project_id: str, label: str) -> None:
    """Somebody of the vendor's gives the same answer to every task."""
    contractor_id, _ = enrol(seeded, name=name)
    made = seeded.vendor.send(
        "POST", "/api-keys:batchCreate", keys=[{"person_id": contractor_id, "label": "test"}]
    )
    worker = Rest(seeded.base, made["results"][0]["secret"])
    done = 0

    def claim() -> Any:
        return worker.patiently(
            "POST",
            "/assignments:claim",
            project_id=project_id,
            max_assignments=10,
        ).get("assignments")

    while done < TASKS + 1:
        held = wait_for(claim, what="tasks for a contractor")
        answers = [
            {
                "assignment_id": one["assignment_id"],
                "lease_token": one["lease_token"],
                "value": label,
                "active_seconds": 12,
            }
            for one in held
        ]
        worker.send("POST", "/assignments:submit", answers=answers)
        done += len(answers)
    worker.close()
