"""Label configs before the editor itself: what is read is shown, what is refused stops it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from services.broker.domain.errors import LabelConfigInvalid
from services.broker.domain.label_config import reader
from services.broker.domain.label_config.data import check_data
from services.broker.domain.label_config.results import check_result
from services.broker.domain.label_config.sameness import canonical
from services.broker.domain.templates import TEMPLATES
from tests.browser.looking import ROOT
from tests.browser.pictures import photo
from tests.unit.broker.label_configs import ALL, BOXES_ASKED, CHOICE, EVERYTHING, MEASURED, SPANS

pytestmark = pytest.mark.browser

EDITOR = ROOT / "services/gateway/web/node_modules/@heartexlabs/label-studio/build/static"
START = """([config, data]) => {
  document.body.innerHTML = '<div id="editor"></div>';
  window.editor = undefined;
  new LabelStudio('editor', {
    config, task: {id: 1, data, annotations: [], predictions: []}, user: {pk: 1},
    interfaces: ['panel', 'controls', 'side-column'],
    onLabelStudioLoad(editor) {
      window.editor = editor;
      const made = editor.annotationStore.addAnnotation({userGenerate: true});
      editor.annotationStore.selectAnnotation(made.id);
    },
    onSubmitAnnotation(_, annotation) { window.submitted = annotation.serializeAnnotation(); },
  });
}"""
FAULTS = """() => {
  const found = window.editor?.annotationStore.validation ?? [];
  return JSON.parse(JSON.stringify(found)).map(each => each.error + ' ' + each.value);
}"""
DRAWN = """() => new Promise(
  done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""
IMAGE = f"data:image/png;base64,{base64.b64encode(photo()).decode()}"
DATA: dict[str, Any] = {
    "image": IMAGE, "q": "some text to read", "a": "A", "b": "B", "h": "<p>hello <b>you</b></p>",
    "talk": [{"author": "x", "text": "first words"}], "sound": "/none.wav", "title": "T",
    "body": {"text": "more"}, "facts": {"k": 1}, "answers": [{"id": "a"}],
}  # fmt: skip


def _bare_page(chromium: Browser, folder: Path) -> Page:
    """With the editor's script, and nothing around it."""
    bare = folder / "page.html"
    bare.write_text(
        f'<link rel="stylesheet" href="{(EDITOR / "css" / "main.css").as_uri()}"><body>'
        f'<script src="{(EDITOR / "js" / "main.js").as_uri()}"></script></body>'
    )
    page = chromium.new_page(viewport={"width": 1200, "height": 1000})
    page.set_default_timeout(15_000)
    page.goto(bare.as_uri())
    return page


@pytest.fixture(scope="module")
def well(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One for all that is shown well."""
    page = _bare_page(chromium, tmp_path_factory.mktemp("editor"))
    yield page
    page.close()


@pytest.fixture
def page(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """One for one test: the editor does not come back from where it stopped."""
    page = _bare_page(chromium, tmp_path)
    yield page
    page.close()


def _start(page: Page, config: str, data: dict[str, Any]) -> list[str]:
    """Shows a task; what the editor then has to complain of, but files that are not there."""
    broken: list[str] = []

    def on_error(error: object) -> None:
        broken.append(str(error))

    page.on("pageerror", on_error)
    # The workbench draws rankings itself.
    page.evaluate(START, [re.sub(r"<(List|Ranker)\b[^>]*/>", "", config), data])
    page.wait_for_function("() => window.editor !== undefined")
    page.evaluate(DRAWN)
    told: list[str] = page.evaluate(FAULTS)
    page.remove_listener("pageerror", on_error)
    return [fault for fault in (*broken, *told) if "loading URL" not in fault]


def _submitted(page: Page) -> list[dict[str, Any]]:
    page.evaluate("window.editor.submitAnnotation()")
    page.wait_for_function("() => window.submitted !== undefined")
    found: list[dict[str, Any]] = page.evaluate("window.submitted")
    return found


SHOWN = [(f"config {n}", config, DATA) for n, config in enumerate((*ALL, EVERYTHING))] + [
    (t.name, t.label_config, {**t.example, **({"image": IMAGE} if "image" in t.example else {})})
    for t in TEMPLATES
]


@pytest.mark.parametrize(("config", "data"), [s[1:] for s in SHOWN], ids=[s[0] for s in SHOWN])
def test_the_editor_shows_what_is_read(well: Page, config: str, data: dict[str, Any]) -> None:
    assert check_data(reader.read(config), data) == []
    assert _start(well, config, data) == []


@pytest.mark.parametrize(
    "config",
    [
        CHOICE.replace('name="bird"', 'name="bird" choice="sngle"'),
        CHOICE.replace('name="bird"', 'name="bird" required="yes"'),
        CHOICE.replace('<Choice value="Yes"/>', '<Choice value="Yes" selected="1"/>'),
        CHOICE.replace('toName="image"', 'toName="picture"'),
        MEASURED.replace('name="note"', 'name="note" displayMode="list"'),
        BOXES_ASKED.replace('value="Car"/>', 'value="Car" background="no colour"/>'),
        BOXES_ASKED.replace('<Image name="image" value="$image"/>', '<Text name="image"/>'),
    ],
)
def test_the_editor_stops_at_what_is_refused(page: Page, config: str) -> None:
    with pytest.raises(LabelConfigInvalid):
        reader.read(config)
    assert _start(page, config, DATA) != []


def test_the_editor_stops_at_a_number_for_a_text(page: Page) -> None:
    data = DATA | {"q": 5}
    assert check_data(reader.read(MEASURED), data) != []
    assert _start(page, MEASURED, data) != []


def test_boxes_with_a_question_each_come_out_as_they_are_taken(page: Page) -> None:
    assert _start(page, BOXES_ASKED, DATA) == []
    page.wait_for_function(
        "() => window.editor.annotationStore.selected.names.get('image').stageWidth > 100"
    )

    def drag(x: int, y: int, to_x: int, to_y: int) -> None:
        place = page.locator(".konvajs-content canvas").first.bounding_box()
        assert place is not None
        page.mouse.move(place["x"] + x, place["y"] + y)
        page.mouse.down()
        page.mouse.move(place["x"] + to_x, place["y"] + to_y, steps=4)
        page.mouse.up()

    def drawn(count: int) -> None:
        page.wait_for_function(
            f"() => window.editor.annotationStore.selected.regionStore.regions.length === {count}"
        )

    page.keyboard.press("1")
    drag(20, 20, 120, 120)
    drawn(1)
    page.evaluate(
        "() => { const a = window.editor.annotationStore.selected;"
        " a.selectArea(a.regionStore.regions[0]); }"
    )
    page.click("label:has-text('part')")
    page.evaluate("() => window.editor.annotationStore.selected.unselectAll()")
    page.keyboard.press("2")
    # Beyond the edge: the editor keeps the box inside.
    drag(200, 50, 5000, 300)
    drawn(2)
    result = _submitted(page)
    config = reader.read(BOXES_ASKED)
    assert check_result(config, result) == []
    items = json.loads(canonical(config, result))
    assert [item["from_name"] for item in items] == ["box", "seen", "box"]
    assert [item.get("id") for item in items] == ["1", "1", None]
    assert items[1]["value"] == {"choices": ["part"]}


def test_numbers_stars_and_texts_come_out_as_they_are_taken(page: Page) -> None:
    assert _start(page, MEASURED, DATA) == []
    page.fill("input[name=count]", "7")
    page.click(".ant-rate-star >> nth=1")
    page.fill("input[name=note]", "well")
    page.press("input[name=note]", "Enter")
    config = reader.read(MEASURED)
    result = _submitted(page)
    assert check_result(config, result) == []
    found = {item["from_name"]: item["value"] for item in json.loads(canonical(config, result))}
    assert found == {"count": {"number": 7}, "stars": {"rating": 2}, "note": {"text": ["well"]}}


def test_marked_words_come_out_as_they_are_taken(page: Page) -> None:
    assert _start(page, SPANS, DATA) == []
    page.keyboard.press("1")
    page.evaluate(
        """() => {
          const text = [...document.querySelectorAll('*')].find(
            each => each.childNodes.length === 1 && each.textContent === 'some text to read');
          const range = document.createRange();
          range.setStart(text.firstChild, 5);
          range.setEnd(text.firstChild, 9);
          getSelection().removeAllRanges();
          getSelection().addRange(range);
          text.dispatchEvent(new MouseEvent('mouseup', {bubbles: true}));
        }"""
    )
    config = reader.read(SPANS)
    result = _submitted(page)
    assert check_result(config, result) == []
    [item] = json.loads(canonical(config, result))
    assert item["value"] == {"start": 5, "end": 9, "labels": ["Name"]}
