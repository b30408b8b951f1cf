"""A contractor's work in a real browser, before the whole stack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Opened
from tests.browser.looking import faults, is_too_wide, picture
from tests.browser.pictures import photo
from tests.browser.seeding import (
    PASSWORD,
    Seeded,
    enrol,
    live_project,
    request_id,
    seed,
    wait_for,
)

pytestmark = pytest.mark.browser

DRAFTS = "Object.keys(localStorage).filter(key => key.startsWith('crewline.draft'))"
HIDE = """hidden => {
  const state = hidden ? 'hidden' : 'visible';
  Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A client, a vendor, and the client's templates and photo."""

    seeded: Seeded
    templates: dict[str, Any]
    photo_uri: str

    def project(self, template: str, *, rows: list[dict[str, Any]], **given: Any) -> str:
        """A live project of one of the ready kinds of work."""
        found = self.templates[template]
        tasks = [{"external_id": f"t{n}", "data": row} for n, row in enumerate(rows)]
        return live_project(
            self.seeded,
            rows=tasks,
            **{
                "name": found["title"],
                "instructions": found["instructions"],
                "label_config": found["label_config"],
                **given,
            },
        )

    def boxes(self, tasks: int, **given: Any) -> str:
        return self.project("photo-boxes", rows=[{"image": self.photo_uri}] * tasks, **given)

    def pairs(self, tasks: int, **given: Any) -> str:
        rows = [
            {"prompt": f"What is {n} + {n}?", "answer_a": f"It is {2 * n}.", "answer_b": "Many."}
            for n in range(tasks)
        ]
        return self.project("pairwise-preference", rows=rows, **given)


@pytest.fixture(scope="module")
def world(stack: dict[str, Any]) -> Iterator[World]:
    seeded = seed(stack, name="Workbench")
    listed = seeded.client.send("GET", "/templates")
    yield World(
        seeded=seeded,
        templates={each["name"]: each for each in listed["templates"]},
        photo_uri=seeded.client.upload(photo(), "image/png")["uri"],
    )
    seeded.close()


def sign_up(context: BrowserContext, world: World, *, name: str = "Amina Otieno") -> Page:
    """A new contractor accepts their invitation and is at the offers."""
    _, invitation = enrol(world.seeded, name=name)
    page = context.new_page()
    page.goto(invitation)
    page.get_by_label("E-mail address").fill(f"{request_id()}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accept and sign in").click()
    expect(page.get_by_role("heading", name="Work", exact=True)).to_be_visible()
    return page


def begin(page: Page, project_id: str) -> None:
    page.goto(f"/work/{project_id.rpartition('/')[2]}")
    page.get_by_role("button", name="I have read this: begin").click()
    expect(page.locator("#bench-bar")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_enabled()


def draw_a_box(page: Page) -> None:
    """With the first label, from one corner to the other."""
    canvas = page.locator(".konvajs-content canvas").first
    expect(canvas).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("1")
    place = canvas.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 50, place["y"] + 60)
    page.mouse.down()
    page.mouse.move(place["x"] + 110, place["y"] + 110, steps=4)
    page.mouse.move(place["x"] + 180, place["y"] + 170, steps=4)
    page.mouse.up()


def drafts(page: Page) -> list[str]:
    found: list[str] = page.evaluate(DRAFTS)
    return found


def send(page: Page) -> None:
    """Until it has arrived: of the answer before it is still said that it was sent."""
    with page.expect_response("**/work/api/answers") as answered:
        page.keyboard.press("Control+Enter")
    assert answered.value.ok
    expect(page.locator("#heard")).to_have_text("Sent.")


def test_offers_boxes_pairs_and_what_they_earn(world: World, open_browser: Opened) -> None:
    boxes, pairs = world.boxes(3), world.pairs(2)
    page = sign_up(open_browser(), world)
    offer = page.locator(".offer", has_text="Boxes on photos").first
    expect(offer).to_contain_text("US$0.08")
    offer.get_by_text("Instructions").click()
    expect(offer).to_contain_text("one tight box around every car")

    begin(page, boxes)
    draw_a_box(page)
    wait_for(lambda: drafts(page), what="the draft is kept")
    page.reload()
    expect(page.locator("#heard")).to_have_text("Your draft is here again.")
    send(page)
    assert drafts(page) == []
    expect(page.locator("#today")).to_contain_text("Today 1 answer")

    page.keyboard.press("Control+Space")
    page.get_by_label("I cannot judge this").check()
    page.get_by_label("In your words").fill("too blurry")
    page.locator("#skip-dialog").get_by_role("button", name="Skip it").click()
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    draw_a_box(page)
    wait_for(lambda: drafts(page), what="the draft of the third photo is kept")
    send(page)
    expect(page.get_by_role("heading", name="Nothing to do here just now")).to_be_visible()

    begin(page, pairs)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#banners")).to_contain_text("Not answered yet")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("1")
    send(page)
    expect(page.locator("#editor")).to_contain_text("It is 2.")
    page.keyboard.press("ArrowRight")
    send(page)

    page.goto("/earnings")
    expect(page.locator("#sums")).to_contain_text("US$0.32")
    page.goto("/earnings/answers")
    expect(page.get_by_role("row", name="It fits what the answers together say.")).to_have_count(2)
    expect(page.get_by_role("row", name="I cannot judge this: too blurry")).to_contain_text("—")
    progress = world.seeded.client.send("GET", f"/projects/{boxes}/progress")
    assert progress["release_reasons"] == [
        {"reason": "I cannot judge this: too blurry", "count": 1}
    ]
    results = world.seeded.client.send("GET", f"/projects/{boxes}/results")["results"]
    for answer in (result["answers"][0] for result in results):
        [region] = answer["result"]
        assert region["value"]["rectanglelabels"] == ["Car"]
        assert region["original_width"] == 640
        assert 0 < answer["active_seconds"] < 60

    world.seeded.operator.send("POST", "/pay-periods")

    def closed() -> bool:
        page.goto("/earnings/statements")
        return page.locator("tbody tr").count() > 0

    wait_for(closed, what="the statement is there")
    page.locator("tbody a").first.click()
    expect(page.locator("tfoot")).to_contain_text("US$0.32")
    expect(page.locator("main")).to_contain_text("Workbench Crowd, who gets the money")
    expect(page.locator("main")).to_contain_text("Amina Otieno")


def test_a_hold_is_renewed_while_somebody_works_and_lost_when_nobody_does(
    world: World, open_browser: Opened
) -> None:
    project = world.project(
        "free-writing", rows=[world.templates["free-writing"]["example_data"]], lease_seconds=9
    )
    page = sign_up(open_browser(), world)
    begin(page, project)
    with page.expect_response("**/work/api/renewals") as renewed:
        page.locator("textarea:visible").first.fill("A sentence that took a while")
    assert renewed.value.json()["results"][0]["seconds_left"] > 8

    page.evaluate(HIDE, True)
    lost = page.get_by_role("heading", name="This task went back to the others")
    expect(lost).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Copy what I wrote")).to_be_visible()
    assert len(drafts(page)) == 1
    page.evaluate(HIDE, False)
    # Nobody else took it: it comes back, and the draft with it.
    go_on = page.get_by_role("button", name="Next task").or_(
        page.get_by_role("button", name="Look again now")
    )

    def is_back() -> bool:
        if page.locator("#sheet").is_visible():
            return True
        if go_on.is_visible():
            go_on.click()
        page.wait_for_timeout(200)
        return False

    wait_for(is_back, what="the task is back")
    expect(page.locator("textarea:visible").first).to_have_value("A sentence that took a while")
    send(page)


def test_an_answer_waits_for_the_network_and_is_sent_once(
    world: World, open_browser: Opened
) -> None:
    project = world.pairs(2)
    context = open_browser()
    page = sign_up(context, world)
    begin(page, project)
    page.keyboard.press("ArrowLeft")
    context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#banners")).to_contain_text("1 answer waits on this device")
    # The next task was there already.
    expect(page.locator("#sheet")).to_contain_text("What is 1 + 1?")
    context.set_offline(False)
    expect(page.locator("#heard")).to_have_text("The answer that had waited was sent.")
    expect(page.locator("#banners")).not_to_contain_text("waits on this device")
    page.keyboard.press("ArrowRight")
    send(page)
    progress = world.seeded.client.send("GET", f"/projects/{project}/progress")
    assert progress["answers_submitted"] == 2


def test_what_was_claimed_ahead_is_given_back_and_may_return(
    world: World, open_browser: Opened
) -> None:
    project = world.boxes(2)
    page = sign_up(open_browser(), world)
    begin(page, project)

    def claimed() -> int:
        progress = world.seeded.client.send("GET", f"/projects/{project}/progress")
        return int(progress["assignments_claimed"])

    wait_for(lambda: claimed() == 2, what="the next one is claimed ahead")
    page.goto("/work")
    wait_for(lambda: claimed() == 1, what="it is given back")
    page.goto(f"/work/{project}")
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    wait_for(lambda: claimed() == 2, what="it is claimed again")


def test_two_tabs_do_not_work_on_the_same_tasks(world: World, open_browser: Opened) -> None:
    project = world.boxes(1)
    context = open_browser()
    page = sign_up(context, world)
    begin(page, project)
    second = context.new_page()
    second.goto(f"/work/{project}")
    here = second.get_by_role("button", name="Work here")
    expect(here).to_be_visible()
    here.click()
    expect(second.get_by_role("button", name="Send")).to_be_enabled()
    expect(page.get_by_role("heading", name="The workbench is open in another tab")).to_be_visible()


def test_a_ranking_by_keyboard(world: World, open_browser: Opened) -> None:
    example = world.templates["ranking"]["example_data"]
    project = world.project("ranking", rows=[example])
    page = sign_up(open_browser(), world)
    begin(page, project)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#banners")).to_contain_text("Not answered yet")
    rows = page.locator(".ranking li")
    last = rows.last.locator("strong").inner_text()
    rows.last.focus()
    page.keyboard.press("1")
    expect(rows.first).to_contain_text(last)
    expect(rows.first).to_be_focused()
    send(page)
    [result] = wait_for(
        lambda: world.seeded.client.send("GET", f"/projects/{project}/results").get("results"),
        what="the result",
    )
    [field] = [value for value in example.values() if isinstance(value, list)]
    ids = [item["id"] for item in field]
    [region] = [r for r in result["answers"][0]["result"] if r["type"] == "ranker"]
    assert region["value"]["ranker"][region["from_name"]] == [ids[-1], *ids[:-1]]


def test_labels_without_a_config_are_chosen_by_number(world: World, open_browser: Opened) -> None:
    project = live_project(
        world.seeded,
        rows=[{"external_id": "r1", "data": {"text": "I liked it.", "image": world.photo_uri}}],
        name="Sentiment of reviews",
        instructions="Say how the writer feels.",
        kind="WORK_KIND_CHOICE",
        labels=["positive", "negative", "neutral"],
    )
    page = sign_up(open_browser(), world)
    begin(page, project)
    photo_shown = page.get_by_role("img", name="Image")
    expect(photo_shown).to_be_visible()
    assert photo_shown.evaluate("image => image.naturalWidth") == 640
    page.keyboard.press("2")
    expect(page.get_by_label("negative")).to_be_checked()
    send(page)
    [result] = wait_for(
        lambda: world.seeded.client.send("GET", f"/projects/{project}/results").get("results"),
        what="the result",
    )
    assert result["label"] == "negative"


def test_rankings_and_numbers_without_a_config(world: World, open_browser: Opened) -> None:
    ranking = live_project(
        world.seeded,
        rows=[{"external_id": "r1", "data": {"q": "Which is best?", "items": ["m1", "m2", "m3"]}}],
        name="Ranking of models",
        instructions="The best first.",
        kind="WORK_KIND_RANKED",
    )
    numbers = live_project(
        world.seeded,
        rows=[{"external_id": "r1", "data": {"q": "How many legs has a spider?"}}],
        name="Numbers",
        instructions="Write a number.",
        kind="WORK_KIND_NUMERIC",
    )
    names = {"model_a": "harbour-7", "model_b": "harbour-9"}
    pairs = live_project(
        world.seeded,
        rows=[{"external_id": "r1", "data": {"answer_a": "Two.", "answer_b": "Three.", **names}}],
        name="Pairs",
        instructions="Which is better?",
        kind="WORK_KIND_PAIRWISE",
        labels=["first", "second"],
    )
    page = sign_up(open_browser(), world)
    begin(page, ranking)
    page.locator(".ranking li").last.focus()
    page.keyboard.press("1")
    expect(page.locator(".ranking li").first).to_contain_text("m3")
    send(page)
    begin(page, numbers)
    field = page.get_by_label("Your answer")
    expect(field).to_have_attribute("inputmode", "decimal")
    field.fill("eight")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#banners")).to_contain_text("not a number")
    field.fill("8.0")
    send(page)
    begin(page, pairs)
    expect(page.locator(".shown-pair")).to_contain_text("Three.")
    expect(page.locator(".shown")).not_to_contain_text("harbour")
    page.keyboard.press("2")
    send(page)
    wanted = ((ranking, '["m3","m1","m2"]'), (numbers, "8"), (pairs, "second"))
    for project, label in wanted:
        path = f"/projects/{project}/results"
        [result] = wait_for(
            lambda path=path: world.seeded.client.send("GET", path).get("results"),  # type: ignore[misc]
            what="the result",
        )
        assert (result["label"], result["answers"][0]["value"]) == (label, label)


def test_stars_numbers_and_names_in_the_editor(world: World, open_browser: Opened) -> None:
    shown = {
        "rating": {"prompt": "How are you?", "answer": "Fine."},
        "counting": {"image": world.photo_uri},
        "named-entities": {"text": "Kisumu greets Amina."},
    }
    projects = {name: world.project(name, rows=[data]) for name, data in shown.items()}
    page = sign_up(open_browser(), world)
    begin(page, projects["rating"])
    page.locator(".ant-rate-star").nth(3).click()
    send(page)
    begin(page, projects["counting"])
    # Nobody is there: the number that the field shows before there is an answer.
    page.keyboard.press("Control+Enter")
    expect(page.locator("#banners")).to_contain_text("Not answered yet")
    page.locator("input[name=people]").fill("0")
    send(page)
    begin(page, projects["named-entities"])
    page.keyboard.press("2")
    page.get_by_text("Kisumu greets").first.dblclick(position={"x": 15, "y": 10})
    send(page)
    span = '[{"end":6,"label":"Place","start":0}]'
    for name, label in (("rating", "4"), ("counting", "0"), ("named-entities", span)):
        path = f"/projects/{projects[name]}/results"
        [result] = wait_for(
            lambda path=path: world.seeded.client.send("GET", path).get("results"),  # type: ignore[misc]
            what="the result",
        )
        assert (result["label"], result["answers"][0]["value"]) == (label, label)


def test_boxes_by_finger_on_a_phone(world: World, open_browser: Opened) -> None:
    project = world.boxes(1)
    phone = open_browser(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = sign_up(phone, world)
    begin(page, project)
    page.locator(".lsf-label", has_text="Car").or_(page.get_by_text("Car", exact=True)).first.tap()
    place = page.locator(".konvajs-content canvas").first.bounding_box()
    assert place is not None
    fingers = phone.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        shown = [{"x": x, "y": y} for x, y in points]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": shown})

    x, y = place["x"], place["y"]
    touch("touchStart", (x + 30, y + 30))
    for step in range(1, 8):
        touch("touchMove", (x + 30 + 12 * step, y + 30 + 10 * step))
        page.wait_for_timeout(60)  # the editor draws every third frame
    touch("touchEnd")
    wait_for(lambda: drafts(page), what="a box is drawn")
    page.get_by_role("button", name="Send").tap()
    expect(page.locator("#heard")).to_have_text("Sent.")


PAGES = ("/work", "/earnings", "/earnings/answers", "/earnings/statements", "/earnings/payout")
LOOKS = [
    (f"{width}-{scheme}", {"viewport": {"width": width, "height": height}, "color_scheme": scheme})
    for width, height in ((1280, 900), (390, 844))
    for scheme in ("light", "dark")
]


@pytest.mark.parametrize(("look", "given"), LOOKS, ids=[look for look, _ in LOOKS])
def test_every_page_at_every_width(
    world: World, open_browser: Opened, look: str, given: dict[str, Any]
) -> None:
    projects = {
        "boxes": world.boxes(1),
        "pairs": world.pairs(1),
        "writing": world.project(
            "free-writing", rows=[world.templates["free-writing"]["example_data"]]
        ),
        "ranking": world.project("ranking", rows=[world.templates["ranking"]["example_data"]]),
        "code": world.project("code-review", rows=[world.templates["code-review"]["example_data"]]),
    }
    page = sign_up(open_browser(**given), world)
    for path in PAGES:
        page.goto(path)
        page.wait_for_load_state()
        picture(page, f"contractor{path.replace('/', '-')}-{look}")
        assert faults(page) == [], path
        assert not is_too_wide(page), path
    for name, project in projects.items():
        page.goto(f"/work/{project}")
        expect(page.get_by_role("dialog")).to_be_visible()
        if name == "boxes":
            picture(page, f"contractor-instructions-{look}")
            assert faults(page) == []
        page.get_by_role("button", name="I have read this: begin").click()
        expect(page.get_by_role("button", name="Send")).to_be_enabled()
        page.wait_for_load_state("networkidle")
        picture(page, f"contractor-work-{name}-{look}")
        # What is inside of the packaged editor is not ours to mend.
        assert faults(page, leave_out=("#editor",)) == [], name
        assert not is_too_wide(page), name
