"""One day of everybody, through the pages alone: from registering to the statement."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened
from tests.browser.pictures import photo
from tests.browser.seeding import PASSWORD, Rest, wait_for
from tests.browser.test_workbench import begin, draw_a_box, send

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PHOTOS = 3
PAIRS = (
    ("Why is the sky blue?", "Air scatters blue light most.", "Because of the sea."),
    ("What is 17 × 3?", "It is 51.", "It is 41."),
    ("Name a mammal that lays eggs.", "The platypus.", "The pigeon."),
)
PEOPLE = 40
WRONG = {7: "Nowhere", 18: "", 33: "K1"}
"""Rows whose country is none."""


@pytest.fixture
def operator_email(stack: dict[str, Any]) -> str:
    """An operator who signs in: invited by the first one, who has only a key."""
    email = "operator@day.example.com"
    operator = Rest(stack["gateway"], Path(stack["operator_key_file"]).read_text().strip())
    made = operator.send("POST", "/people", name="Grace Hopper", email=email)
    invited = operator.send(
        "POST",
        "/invitations:batchCreate",
        invitations=[{"person_id": made["person"]["person_id"]}],
    )
    operator.send(
        "POST",
        "/invitations:accept",
        secret=invited["results"][0]["secret"],
        email=email,
        password=PASSWORD,
    )
    operator.close()
    return email


def sign_in(page: Page, email: str) -> Page:
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def register(page: Page, kind: str, organisation: str, person: str, email: str) -> Page:
    page.goto(f"/register?kind={kind}")
    page.get_by_label("Organisation").fill(organisation)
    page.get_by_label("Your name").fill(person)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Register").click()
    page.wait_for_url(lambda url: "/register" not in url)
    return page


def new_project(client: Page, template: str, name: str) -> str:
    client.goto("/client/projects/new")
    client.get_by_role("link", name=template).first.click()
    client.get_by_label("Name", exact=True).fill(name)
    client.get_by_label("Pay for an answer").fill("0.15")
    client.get_by_label("Seconds that an answer takes").fill("30")
    client.get_by_label("Answers a task gets").fill("1")
    client.get_by_role("button", name="Create the project").click()
    expect(client.get_by_role("heading", name=name)).to_be_visible()
    address = client.url
    client.locator("summary", has_text="Add money").click()
    client.get_by_label("Amount in USD").fill("20")
    client.get_by_role("button", name="Hold it for the project").click()
    expect(client.get_by_text("US$20.00 are held for the project.")).to_be_visible()
    expect(client.locator("#project-head").get_by_text("Funded")).to_be_visible()
    return address


def start(client: Page, project: str) -> None:
    client.goto(project)
    client.get_by_role("button", name="Start the work").click()
    expect(client.locator("#project-head").get_by_text("Live")).to_be_visible()


def people_csv() -> str:
    rows = ["external_id,name,country,languages"]
    for number in range(1, PEOPLE + 1):
        name = "Amina Otieno" if number == 1 else f"Worker {number}"
        rows.append(f"E-{number:03},{name},{WRONG.get(number, 'US')},en;sw")
    return "\n".join(rows) + "\n"


def export(client: Page, project: str, name: str) -> bytes:
    client.goto(f"{project}/results")
    client.get_by_text("Export", exact=True).click()
    with client.expect_download() as downloading:
        client.get_by_role("link", name=name, exact=True).click()
    return downloading.value.path().read_bytes()


def fill_projects(client: Page, tmp_path: Path) -> tuple[str, str]:
    """Both projects, live, with their tasks: their addresses."""
    boxes = new_project(client, "Boxes on photos", "Boxes of the harbour")
    client.get_by_role("link", name="Tasks", exact=True).click()
    photos = []
    for number in range(PHOTOS):
        photos.append(tmp_path / f"harbour-{number}.png")
        photos[-1].write_bytes(photo(640, 400 + 20 * number))
    client.get_by_label("Files", exact=True).set_input_files(photos)
    client.get_by_role("button", name="Send the files").click()
    expect(client.locator("#media-report")).to_contain_text(f"New: {PHOTOS}")
    start(client, boxes)

    pairs = new_project(client, "Pairwise preference", "Better answers of the harbour")
    client.get_by_role("link", name="Tasks", exact=True).click()
    table = tmp_path / "pairs.jsonl"
    table.write_text(
        "\n".join(
            json.dumps({"external_id": f"q{n}", "prompt": q, "answer_a": a, "answer_b": b})
            for n, (q, a, b) in enumerate(PAIRS)
        )
    )
    client.get_by_label("File", exact=True).set_input_files(table)
    client.get_by_role("button", name="Send the file", exact=True).click()
    expect(client.locator("#tasks-report")).to_contain_text(f"New: {len(PAIRS)}")
    start(client, pairs)
    return boxes, pairs


def apply(vendor: Page, operator: Page) -> None:
    """Applied, approved, with a rate card."""
    vendor.get_by_label("Country").fill("US")
    vendor.get_by_role("button", name="Apply").click()
    expect(vendor.get_by_text("Your application is in.")).to_be_visible()
    operator.goto("/operator/vendors")
    row = operator.get_by_role("row", name="Day Crew")
    row.locator("summary", has_text="Approve").click()
    row.get_by_label("Reason").first.fill("papers seen")
    row.get_by_role("button", name="Approve").click()
    expect(operator.get_by_text("The vendor is approved")).to_be_visible()
    vendor.goto("/vendor/rates")
    for kind in ("Comparison", "Regions of images"):
        vendor.get_by_label(f"{kind} (%)").fill("10")
    vendor.get_by_role("button", name="Save").click()
    expect(vendor.get_by_text("The rate card holds")).to_be_visible()


def import_people(vendor: Page, tmp_path: Path) -> str:
    """The pool from a file; the link that invites Amina."""
    vendor.goto("/vendor/pool/import")
    people = tmp_path / "people.csv"
    people.write_text(people_csv())
    vendor.get_by_label("File").set_input_files(people)
    vendor.get_by_role("button", name="Send the file", exact=True).click()
    report = vendor.locator("#contractors-report")
    expect(report).to_contain_text(f"New: {PEOPLE - len(WRONG)}")
    expect(report).to_contain_text(f"Refused: {len(WRONG)}")
    for number in WRONG:
        # The first line of the file is its header.
        expect(report.get_by_role("cell", name=str(number + 1), exact=True)).to_be_visible()

    def invited() -> str:
        vendor.goto("/vendor/pool")
        amina_row = vendor.get_by_label("Choose Amina Otieno")
        if not amina_row.count():
            vendor.get_by_role("link", name="Next page").click()
        amina_row.check()
        vendor.get_by_role("button", name="Invite the chosen").click()
        link = vendor.locator("#link-1")
        return link.input_value() if link.count() else ""

    return str(wait_for(invited, what="accounts knows the contractor"))


def work_through(amina: Page, pairs: str) -> str:
    """Every task of both projects; what that earned."""
    offer = amina.locator(".offer", has_text="Boxes of the harbour")
    expect(offer).to_contain_text("US$0.15")
    offer.get_by_role("link", name="Start").click()
    begin(amina, amina.url)
    for _ in range(PHOTOS):
        expect(amina.get_by_role("button", name="Send")).to_be_enabled()
        draw_a_box(amina)
        expect(amina.locator("#sheet")).to_be_visible()
        amina.wait_for_timeout(300)  # the editor takes the box a moment after the mouse is up
        send(amina)
    expect(amina.get_by_role("heading", name="Nothing to do here just now")).to_be_visible()
    begin(amina, f"/work/{pairs.rpartition('/')[2]}")
    for question, _, _ in PAIRS:
        expect(amina.locator("#sheet")).to_contain_text(question)
        amina.keyboard.press("ArrowLeft")
        amina.keyboard.press("1")
        send(amina)
    amina.goto("/earnings")
    earned = f"US$0.{15 * (PHOTOS + len(PAIRS))}"
    expect(amina.locator("#sums")).to_contain_text(earned)
    return earned


def watch_and_export(client: Page, boxes: str, pairs: str) -> None:
    """The answers arrive by themselves, and the files of results load."""
    for project, tasks in ((boxes, PHOTOS), (pairs, len(PAIRS))):
        client.goto(project)
        everything = f"{tasks} of {tasks} tasks have their result"
        expect(client.locator("#project-figures")).to_contain_text(everything, timeout=20_000)
    rows = [json.loads(line) for line in export(client, boxes, "JSONL").splitlines()]
    assert len(rows) == PHOTOS
    label_studio = json.loads(export(client, boxes, "Label Studio JSON"))
    [region] = label_studio[0]["annotations"][0]["result"]
    assert region["value"]["rectanglelabels"] == ["Car"]
    table_rows = list(csv.DictReader(io.StringIO(export(client, pairs, "CSV").decode())))
    assert {row["task"]: row["label"] for row in table_rows} == dict.fromkeys(
        ("q0", "q1", "q2"), "left"
    )
    parquet = pq.read_table(io.BytesIO(export(client, pairs, "Parquet")))
    assert parquet.num_rows == len(table_rows)


def test_a_persons_day(open_browser: Opened, operator_email: str, tmp_path: Path) -> None:
    client = register(
        open_browser(accept_downloads=True).new_page(),
        "client",
        "Day Labs",
        "Ada Byron",
        "ada@day.example.com",
    )
    operator = sign_in(open_browser().new_page(), operator_email)
    operator.goto("/operator/organisations")
    operator.get_by_role("link", name="Day Labs").click()
    operator.get_by_label("Amount").fill("500")
    operator.get_by_role("button", name="Record it").click()
    expect(operator.get_by_text("The deposit")).to_be_visible()

    def has_money() -> bool:
        client.goto("/client/funds")
        return client.get_by_text("US$500.00").count() > 0

    wait_for(has_money, what="the client's money is there")

    boxes, pairs = fill_projects(client, tmp_path)
    vendor = register(
        open_browser().new_page(), "vendor", "Day Crew", "Wanjiru Kamau", "wanjiru@day.example.com"
    )
    apply(vendor, operator)
    link = import_people(vendor, tmp_path)
    amina = open_browser().new_page()
    amina.goto(link)
    amina.get_by_label("E-mail address").fill("amina@day.example.com")
    amina.get_by_label("Password").fill(PASSWORD)
    amina.get_by_role("button", name="Accept and sign in").click()
    amina.wait_for_url("**/work")
    earned = work_through(amina, pairs)
    watch_and_export(client, boxes, pairs)
    operator.goto("/operator/periods")
    operator.get_by_role("button", name="Close until now").click()
    expect(operator.get_by_text("The pay period is closed")).to_be_visible()

    def stated() -> bool:
        amina.goto("/earnings/statements")
        return amina.locator("tbody a").count() > 0

    wait_for(stated, what="the statement is there")
    amina.locator("tbody a").first.click()
    expect(amina.locator("tfoot")).to_contain_text(earned)
    expect(amina.locator("main")).to_contain_text("Day Crew, who gets the money")
