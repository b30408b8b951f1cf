"""What the broker makes of answers is what quality's scorers read; their consensus comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.broker.domain.label_config import reader
from services.broker.domain.label_config.meaning import meaning_of
from services.broker.domain.label_config.results import check_result
from services.broker.domain.label_config.values import result_of, value_of
from services.quality.domain.kinds import scorer_of
from services.quality.domain.skills import Skills
from services.quality.domain.types import Answer, FieldSpec, Kind, PoolSkill, Task
from tests.unit.broker.label_configs import (
    BOXES,
    COUNTED,
    MANY,
    MEASURED,
    NAMED,
    RANKING,
    RATED,
    TWO_SHAPES,
    box,
    chosen,
    ranked,
    region,
)

Result = list[dict[str, Any]]
TRIANGLE = [[0, 0], [100, 0], [50, 100]]


def _measure(name: str, kind: str, **value: Any) -> dict[str, Any]:
    return region(name, kind, value, "q", f"id-{name}")


def _part(start: int, end: int, label: str = "Name") -> dict[str, Any]:
    value = {"start": start, "end": end, "labels": [label]}
    return region("part", "labels", value, "q", f"{label}{start}")


def _road(points: list[list[int]]) -> Result:
    return [
        region("area", "polygon", {"points": points}, region_id="a"),
        region("what", "labels", {"points": points, "labels": ["Road"]}, region_id="a"),
    ]


def _several(count: float, stars: int, *kinds: str) -> Result:
    return [
        _measure("count", "number", number=count),
        _measure("stars", "rating", rating=stars),
        _measure("kind", "taxonomy", taxonomy=[["animal", kind] for kind in kinds]),
    ]


@pytest.mark.parametrize(
    ("config", "results", "consensus"),
    [
        (RATED, [[_measure("stars", "rating", rating=n)] for n in (3, 3, 1)], "3"),
        (COUNTED, [[_measure("count", "number", number=n)] for n in (4, 4.0, 4)], "4"),
        (RANKING, [[ranked("b", "a")], [ranked("b", "a")], [ranked("a", "b")]], '["b","a"]'),
        (
            BOXES,
            [[box("1", x=10), box("2", x=60)], [box("1", x=60), box("2", x=11)], [box("1", x=12)]],
            '[{"box":[11,20,30,40],"label":"Car"},{"box":[60,20,30,40],"label":"Car"}]',
        ),
        (BOXES, [[], [], [box()]], "[]"),
        (
            TWO_SHAPES,
            [_road(TRIANGLE)] * 3,
            '[{"label":"Road","polygon":[[0,0],[100,0],[50,100]]}]',
        ),
        (
            NAMED,
            [[_part(2, 9), _part(20, 25, "Place")], [_part(2, 9)], [_part(3, 9)]],
            '[{"end":9,"label":"Name","start":2}]',
        ),
        (
            MANY,
            [
                [chosen("bird", *said, to_name="image")]
                for said in (["Yes"], ["no", "Yes"], ["Yes"])
            ],
            '{"bird":["Yes"]}',
        ),
        (
            MEASURED,
            [_several(5, 2, "fish"), _several(5, 2, "fish"), _several(5, 3, "bird", "fish")],
            '{"count":"5","kind":["animal / fish"],"stars":"2"}',
        ),
    ],
)
def test_answers_of_every_kind_have_a_consensus_that_the_editor_can_show(
    config: str, results: list[Result], consensus: str
) -> None:
    read = reader.read(config)
    data = {"answers": [{"id": "a"}, {"id": "b"}]}
    for result in results:
        assert check_result(read, result, data=data) == []
    meaning = meaning_of(read)
    task = Task(
        task_id="t",
        project_id="p",
        kind=Kind(meaning.kind.name.lower()),
        overlap=len(results),
        labels=meaning.labels,
        fields=tuple(
            FieldSpec(
                name=field.name,
                kind=Kind(field.kind.name.lower()),
                labels=field.labels,
                multiple=field.multiple,
            )
            for field in meaning.fields
        ),
        items=("a", "b") if config == RANKING else (),
    )
    answers = [
        Answer(
            assignment_id=f"t.{place}.0",
            task_id="t",
            contractor_id=f"c{place}",
            label=value_of(read, result),
        )
        for place, result in enumerate(results)
    ]
    skills = Skills(pool=PoolSkill(project_id="p"), skills=())
    label = scorer_of(task.kind).score(task, answers, skills).label
    assert label is not None
    shown = result_of(read, label)
    assert check_result(read, shown, data=data) == []
    assert value_of(read, shown) == consensus
    assert json.loads(label) == json.loads(consensus)
