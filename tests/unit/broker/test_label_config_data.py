"""Task data against label configs."""

from __future__ import annotations

from typing import Any

import pytest

from services.broker.domain.label_config import reader
from services.broker.domain.label_config.data import check_data
from tests.unit.broker.label_configs import CHOICE, RANKING, WRITING

SHOWN = (
    '<View><Header value="For $who"/><Text name="t" value="$a.b"/><HyperText name="h" '
    'value="$html"/><Paragraphs name="p" value="$talk"/><Table name="table" value="$facts"/>'
    '<Text name="u" value="$page" valueType="url"/><TextArea name="w" toName="t"/></View>'
)
FITS: dict[str, Any] = {
    "who": 5, "a": {"b": "x"}, "html": "<b>x</b>", "talk": [{"author": "A", "text": "x"}],
    "facts": {"k": 1}, "page": "/media/x",
}  # fmt: skip


@pytest.mark.parametrize(
    ("config", "data", "path", "rule"),
    [
        (CHOICE, {}, "data.image", "missing"),
        (CHOICE, {"image": None}, "data.image", "missing"),
        (CHOICE, {"image": 5}, "data.image", "address"),
        (CHOICE, {"image": ""}, "data.image", "address"),
        (CHOICE, {"image": "photo.jpg"}, "data.image", "address"),
        (CHOICE, {"image": "javascript:alert(1)"}, "data.image", "address"),
        (CHOICE, {"image": "https://a b"}, "data.image", "address"),
        (CHOICE, {"image": "crewline-media:../x"}, "data.image", "address"),
        (CHOICE, {"image": "data:text/html;base64,x"}, "data.image", "address"),
        (RANKING, {"q": [], "answers": [{"id": "a"}]}, "data.q", "type"),
        # A number would stop the editor.
        (RANKING, {"q": 5, "answers": [{"id": "a"}]}, "data.q", "type"),
        (RANKING, {"q": "?", "answers": "a"}, "data.answers", "type"),
        (RANKING, {"q": "?", "answers": []}, "data.answers", "type"),
        (RANKING, {"q": "?", "answers": [{"id": "a"}, {}]}, "data.answers[1].id", "missing"),
        (RANKING, {"q": "?", "answers": [{"id": "a"}, 3]}, "data.answers[1].id", "missing"),
        (RANKING, {"q": "?", "answers": [{"id": 1}]}, "data.answers[0].id", "missing"),
        (RANKING, {"q": "?", "answers": [{"id": "a"}] * 2}, "data.answers[1].id", "taken"),
        (SHOWN, FITS | {"a": {}}, "data.a.b", "missing"),
        (SHOWN, FITS | {"a": ["x"]}, "data.a.b", "missing"),
        (SHOWN, FITS | {"who": []}, "data.who", "type"),
        (SHOWN, FITS | {"html": "<img src=x onerror=a()>"}, "data.html", "script"),
        (SHOWN, FITS | {"talk": []}, "data.talk", "type"),
        (SHOWN, FITS | {"talk": ["x"]}, "data.talk", "type"),
        (SHOWN, FITS | {"facts": "x"}, "data.facts", "type"),
        (SHOWN, FITS | {"page": "some text"}, "data.page", "address"),
    ],
)  # fmt: skip
def test_data_that_cannot_be_shown_is_told_where(
    config: str, data: dict[str, Any], path: str, rule: str
) -> None:
    problems = check_data(reader.read(config), data)
    assert [(problem.path, problem.rule) for problem in problems] == [(path, rule)]


def test_data_that_can_be_shown_is_taken() -> None:
    images = ("https://example.com/a.jpg", "/media/x", "crewline-media:med_1")
    for image in (*images, "data:image/png;base64,AAAA"):
        assert check_data(reader.read(CHOICE), {"image": image, "more": [1]}) == []
    assert check_data(reader.read(SHOWN), FITS) == []
    # The editor looks for a field of the whole name first, and finds places in lists.
    assert check_data(reader.read(SHOWN), FITS | {"a": 1, "a.b": "x"}) == []
    listed = WRITING.replace("$q", "$turns.1.text")
    assert check_data(reader.read(listed), {"turns": [{}, {"text": "x"}]}) == []
