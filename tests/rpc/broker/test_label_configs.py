"""Projects with a label config: tasks and answers are checked against it, and come back whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crewline.broker.v1 import events_pb2, types_pb2
from crewline.broker.v1 import service_pb2 as pb
from crewline.common.v1 import types_pb2 as common_pb2
from services.broker.domain.templates import TEMPLATES
from services.chassis.grpc_errors import RemoteError
from tests.rpc.broker.served import ServedBroker, a_task

BOXES = next(template for template in TEMPLATES if template.name == "photo-boxes").label_config
PAIRS = next(t for t in TEMPLATES if t.name == "pairwise-preference").label_config
RANKING = next(t for t in TEMPLATES if t.name == "ranking").label_config
SEVERAL = (
    '<View><Text name="q" value="$q"/><Choices name="seen" toName="q" choice="multiple">'
    '<Choice value="cat"/><Choice value="dog"/><Choice value="bird"/></Choices>'
    '<Rating name="stars" toName="q" maxRating="3"/></View>'
)


def _box(**changes: Any) -> dict[str, Any]:
    value = {"x": 1, "y": 2, "width": 3, "height": 4, "rectanglelabels": ["Car"]} | changes
    return {"from_name": "box", "to_name": "image", "type": "rectanglelabels", "value": value}


async def _project(broker: ServedBroker, label_config: str, **changes: Any) -> types_pb2.Project:
    return await broker.project(kind=0, labels=[], label_config=label_config, **changes)


async def _submit(
    broker: ServedBroker, lease: types_pb2.Assignment, result: Any, **changes: Any
) -> pb.SubmitResult:
    answer = pb.NewAnswer(
        assignment_id=lease.assignment_id,
        lease_token=lease.lease_token,
        result_json=json.dumps(result) if result is not None else "",
        **changes,
    )
    response = await broker.send(
        broker.stub.SubmitAnswers,
        pb.SubmitAnswersRequest(answers=[answer]),
        token=broker.contractor("a"),
    )
    found: pb.SubmitResult = response.results[0]
    return found


async def test_a_config_says_the_kind_and_the_labels(broker: ServedBroker) -> None:
    project = await _project(broker, PAIRS)
    assert project.kind == common_pb2.WORK_KIND_PAIRWISE
    assert list(project.labels) == ["left", "right"]
    boxes = await _project(broker, BOXES)
    assert boxes.kind == common_pb2.WORK_KIND_REGIONS
    assert not boxes.fields
    assert boxes.quality_policy.review_share == 0.05
    for config, reason, field in (
        ("<View><Nothing/></View>", "LABEL_CONFIG_INVALID", "label_config"),
        ("", "KIND_INVALID", "kind"),
    ):
        with pytest.raises(RemoteError) as refused:
            await _project(broker, config)
        assert (refused.value.reason, refused.value.metadata["field"]) == (reason, field)


async def test_tasks_without_what_is_shown_are_refused_by_field(broker: ServedBroker) -> None:
    project = await _project(broker, BOXES)
    posted = await broker.post(
        project.project_id,
        [
            a_task("good", data_json='{"image": "crewline-media:med_1"}'),
            a_task("bad", data_json='{"photo": "x"}'),
            a_task("gold", data_json='{"image": "/a"}', gold_label='[{"label": "Car"}]'),
        ],
    )
    assert (posted.posted, posted.refused) == (1, 2)
    told = [(error.row, error.error.reason, error.error.field) for error in posted.errors]
    assert told == [(1, "DATA_INVALID", "data.image"), (2, "GOLD_INVALID", "gold_label")]


async def test_an_answer_is_kept_as_the_editor_made_it(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await _project(broker, BOXES, overlap=1)
    await broker.post(project.project_id, [a_task("t", data_json='{"image": "/a.png"}')])
    [lease] = await broker.claim("a")
    wrong = await _submit(broker, lease, [_box(), _box(x=200)])
    assert (wrong.error.reason, wrong.error.field) == ("RESULT_INVALID", "result[1].value.x")
    other = await _submit(broker, lease, None, value="boxes")
    assert (other.error.reason, other.error.field) == ("VALUE_INVALID", "value")
    assert other.error.metadata["rule"] == "json"
    nothing = await _submit(broker, lease, None)
    assert (nothing.error.reason, nothing.error.field) == ("VALUE_INVALID", "value")

    good = await _submit(broker, lease, [_box()], active_seconds=9.5)
    assert good.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED
    again = await _submit(broker, lease, [{"id": "other", **_box()}])
    assert again.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED
    changed = await _submit(broker, lease, [_box(x=9)])
    assert changed.error.reason == "ALREADY_SUBMITTED"
    [event] = await broker.rpc.events(events_pb2.AnswersSubmitted)
    assert event.kind == common_pb2.WORK_KIND_REGIONS
    assert event.answers[0].value == '[{"box":[1,2,3,4],"label":"Car"}]'

    await broker.resolve(project.project_id, {lease.task_id: event.answers[0].value})
    request = pb.StreamResultsRequest(project_id=project.project_id, include_data=True)
    metadata = (("authorization", f"Bearer {broker.client}"),)
    [page] = [p async for p in broker.stub.StreamResults(request, timeout=10, metadata=metadata)]
    [result] = page.results
    assert json.loads(result.data_json) == {"image": "/a.png"}
    assert json.loads(result.answers[0].result_json) == [_box()]
    assert result.answers[0].submit_time.seconds > 0
    history = await broker.send(
        broker.stub.ListAssignments, pb.ListAssignmentsRequest(), token=broker.contractor("a")
    )
    assert json.loads(history.assignments[0].result_json) == [_box()]
    assert history.assignments[0].submit_time == result.answers[0].submit_time


async def test_a_repeat_that_says_more_is_another_answer(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await _project(broker, PAIRS, overlap=1)
    data = json.dumps({"prompt": "?", "answer_a": "x", "answer_b": "y"})
    await broker.post(project.project_id, [a_task("t", data_json=data)])
    [lease] = await broker.claim("a")

    def better(*reasons: str) -> list[dict[str, Any]]:
        chosen = {"from_name": "better", "to_name": "better", "type": "pairwise"}
        reason = {"from_name": "reasons", "to_name": "prompt", "type": "choices"}
        given = [{**reason, "value": {"choices": list(reasons)}}] if reasons else []
        return [{**chosen, "value": {"selected": "left"}}, *given]

    first = await _submit(broker, lease, better("Clearer", "Safer"))
    assert first.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED
    # The same in another order, and its value alone, say nothing else.
    for again in (better("Safer", "Clearer")[::-1], None):
        told = await _submit(broker, lease, again, value="left")
        assert told.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED
    for other in (better("Clearer"), better()):
        told = await _submit(broker, lease, other)
        assert told.error.reason == "ALREADY_SUBMITTED"
    [event] = await broker.rpc.events(events_pb2.AnswersSubmitted)
    assert [answer.value for answer in event.answers] == ["left"]


async def test_a_bad_result_costs_the_others_of_its_request_nothing(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await _project(broker, BOXES, overlap=1)
    rows = [a_task(f"t{n}", data_json='{"image": "/a.png"}') for n in range(4)]
    await broker.post(project.project_id, rows)
    leases = await broker.claim("a", 4)
    texts = ["[]", "[" * 50_000, '[{"from_name": "\\ud800"}]', json.dumps([_box()])]
    answers = [
        pb.NewAnswer(
            assignment_id=lease.assignment_id, lease_token=lease.lease_token, result_json=text
        )
        for lease, text in zip(leases, texts, strict=True)
    ]
    response = await broker.send(
        broker.stub.SubmitAnswers,
        pb.SubmitAnswersRequest(answers=answers),
        token=broker.contractor("a"),
    )
    told = [(result.error.reason, result.error.metadata["rule"]) for result in response.results]
    assert told == [("", ""), ("RESULT_INVALID", "json"), ("RESULT_INVALID", "json"), ("", "")]


async def test_a_row_that_is_nested_too_deep_costs_the_others_nothing(broker: ServedBroker) -> None:
    project = await broker.project()
    deep = '{"a":' + "[" * 60_000
    posted = await broker.post(project.project_id, [a_task("a", data_json=deep), a_task("b")])
    assert (posted.posted, [(e.row, e.error.reason) for e in posted.errors]) == (
        1,
        [(0, "DATA_INVALID")],
    )


async def test_only_what_is_disputed_is_listed_where_that_is_asked(broker: ServedBroker) -> None:
    project = await broker.project(overlap=1)
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(6)])
    listed = await broker.send(
        broker.stub.ListTasks, pb.ListTasksRequest(project_id=project.project_id)
    )
    ids = sorted(task.task_id for task in listed.tasks)
    await broker.resolve(project.project_id, dict.fromkeys(ids[::2], "yes"))
    await broker.resolve(project.project_id, dict.fromkeys(ids[1::2], "no"), disputed=True)
    request = pb.ListResultsRequest(project_id=project.project_id, disputed_only=True, page_size=2)
    first = await broker.send(broker.stub.ListResults, request)
    request.page_token = first.next_page_token
    rest = await broker.send(broker.stub.ListResults, request)
    assert [r.task_id for r in (*first.results, *rest.results)] == ids[1::2]
    assert not rest.next_page_token
    request.disputed_only = False
    with pytest.raises(RemoteError, match="another list"):
        await broker.send(broker.stub.ListResults, request)
    request.page_token = ""
    request.page_size = 0
    assert len((await broker.send(broker.stub.ListResults, request)).results) == 6


async def test_rankings_are_of_what_was_shown(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await _project(broker, RANKING, overlap=1)
    data = {"prompt": "?", "answers": [{"id": "a"}, {"id": "b"}]}
    await broker.post(project.project_id, [a_task("t", data_json=json.dumps(data))])
    [lease] = await broker.claim("a")

    def ranked(*ids: str) -> list[dict[str, Any]]:
        value = {"ranker": {"rank": list(ids)}}
        return [{"from_name": "rank", "to_name": "answers", "type": "ranker", "value": value}]

    wrong = await _submit(broker, lease, ranked("a", "z"))
    assert wrong.error.field == "result[0].value.ranker.rank"
    good = await _submit(broker, lease, ranked("b", "a"))
    assert good.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED


async def test_an_answer_of_several_fields_names_them_where_it_is_scored(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a")
    project = await _project(broker, SEVERAL, overlap=1)
    assert project.kind == common_pb2.WORK_KIND_STRUCTURED
    fields = {field.name: field for field in project.fields}
    assert [(f.kind, list(f.labels), f.multiple) for f in fields.values()] == [
        (common_pb2.WORK_KIND_CHOICE, ["cat", "dog", "bird"], True),
        (common_pb2.WORK_KIND_ORDINAL, ["1", "2", "3"], False),
    ]
    [created] = await broker.rpc.events(events_pb2.ProjectCreated)
    assert created.project.fields == project.fields
    gold = '{"stars": "3", "seen": ["dog", "cat"]}'
    row = a_task("t", data_json='{"q": "?"}', gold_label=gold)
    assert (await broker.post(project.project_id, [row])).posted == 1
    [lease] = await broker.claim("a")
    result = [
        {"from_name": "stars", "to_name": "q", "type": "rating", "value": {"rating": 2}},
        {"from_name": "seen", "to_name": "q", "type": "choices", "value": {"choices": ["dog"]}},
    ]
    assert (await _submit(broker, lease, result)).state == types_pb2.ASSIGNMENT_STATE_SUBMITTED
    [event] = await broker.rpc.events(events_pb2.AnswersSubmitted)
    assert event.fields == project.fields
    assert event.answers[0].value == '{"seen":["dog"],"stars":"2"}'
    assert event.answers[0].gold_label == '{"seen":["cat","dog"],"stars":"3"}'


async def test_without_a_label_config_the_kind_checks_values_and_items_travel_with_them(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a")
    ranked = await broker.project(kind=common_pb2.WORK_KIND_RANKED, labels=[], overlap=1)
    data = '{"items": ["m1", "m2", "m3"]}'
    posted = await broker.post(
        ranked.project_id,
        [
            a_task("good", data_json=data, gold_label='["m3", "m2", "m1"]'),
            a_task("short", data_json=data, gold_label='["m3", "m2"]'),
            a_task("twice", data_json='{"items": ["m1", "m1"]}'),
        ],
    )
    told = [(e.error.reason, e.error.field, e.error.metadata["rule"]) for e in posted.errors]
    assert told == [
        ("GOLD_INVALID", "gold_label", "permutation"),
        ("DATA_INVALID", "data.items[1]", "twice"),
    ]
    [lease] = await broker.claim("a", project_id=ranked.project_id)
    wrong = await _submit(broker, lease, None, value='["m1", "m4", "m2"]')
    assert (wrong.error.reason, wrong.error.metadata["rule"]) == ("VALUE_INVALID", "permutation")
    good = await _submit(broker, lease, None, value='["m2", "m1", "m3"]')
    assert good.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED
    again = await _submit(broker, lease, None, value='["m2","m1","m3"]')
    assert again.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED

    numbers = await broker.project(kind=common_pb2.WORK_KIND_NUMERIC, labels=[], overlap=1)
    await broker.post(numbers.project_id, [a_task("t")])
    [lease] = await broker.claim("a", project_id=numbers.project_id)
    for value, rule in (("about 5", "number"), ("9" * 33, "too_long")):
        wrong = await _submit(broker, lease, None, value=value)
        assert (wrong.error.field, wrong.error.metadata["rule"]) == ("value", rule)
    await _submit(broker, lease, None, value="5.50")

    events = await broker.rpc.events(events_pb2.AnswersSubmitted)
    answers = {event.kind: event.answers[0] for event in events}
    ranking = answers[common_pb2.WORK_KIND_RANKED]
    assert ranking.value == '["m2","m1","m3"]'
    assert list(ranking.items) == ["m1", "m2", "m3"]
    assert answers[common_pb2.WORK_KIND_NUMERIC].value == "5.5"


async def test_what_a_comparison_is_about_travels_with_its_answers(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await _project(broker, PAIRS, overlap=1)
    data = {"prompt": "?", "answer_a": "x", "answer_b": "y", "model_a": "m1", "model_b": "m2"}
    await broker.post(project.project_id, [a_task("t", data_json=json.dumps(data))])
    [lease] = await broker.claim("a")
    await broker.submit("a", [lease], value="left")
    [event] = await broker.rpc.events(events_pb2.AnswersSubmitted)
    assert list(event.answers[0].items) == ["m1", "m2"]


async def test_plain_values_come_back_as_the_editor_would_make_them(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await _project(broker, PAIRS, overlap=1)
    data = json.dumps({"prompt": "?", "answer_a": "x", "answer_b": "y"})
    await broker.post(project.project_id, [a_task("t", data_json=data)])
    [lease] = await broker.claim("a")
    [taken] = await broker.submit("a", [lease], value="left")
    assert taken.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED
    await broker.resolve(project.project_id, {lease.task_id: "left"})
    request = pb.StreamResultsRequest(project_id=project.project_id, include_data=True)
    metadata = (("authorization", f"Bearer {broker.client}"),)
    [page] = [p async for p in broker.stub.StreamResults(request, timeout=10, metadata=metadata)]
    [region] = json.loads(page.results[0].answers[0].result_json)
    assert (region["type"], region["value"]) == ("pairwise", {"selected": "left"})


async def test_templates_and_looking_over_write_nothing(broker: ServedBroker) -> None:
    before = await broker.rpc.contents()
    first = await broker.send(broker.stub.ListTemplates, pb.ListTemplatesRequest(page_size=5))
    rest = await broker.send(
        broker.stub.ListTemplates, pb.ListTemplatesRequest(page_token=first.next_page_token)
    )
    names = [template.name for template in (*first.templates, *rest.templates)]
    assert names == sorted(template.name for template in TEMPLATES)
    looked = await broker.send(
        broker.stub.CheckLabelConfig,
        pb.CheckLabelConfigRequest(
            label_config=PAIRS, data_json=['{"prompt": "?"}', "[]", "[" * 9_000]
        ),
    )
    assert looked.kind == common_pb2.WORK_KIND_PAIRWISE
    assert [(field.name, field.shown_as) for field in looked.data_fields] == [
        ("prompt", "Text"),
        ("answer_a", "Text"),
        ("answer_b", "Text"),
    ]
    fields = [problem.field for problem in looked.problems]
    assert fields == ["data[0].answer_a", "data[0].answer_b", "data[1]", "data[2]"]
    broken = await broker.send(
        broker.stub.CheckLabelConfig, pb.CheckLabelConfigRequest(label_config="<View><A/></View>")
    )
    assert (broken.kind, broken.problems[0].reason) == (0, "LABEL_CONFIG_INVALID")
    assert await broker.rpc.contents() == before


async def test_reasons_for_giving_back_are_counted(broker: ServedBroker) -> None:
    await broker.enrol("a", "b")
    project = await broker.project()
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(4)])
    for contractor_id, count, reason in (("a", 3, "unclear"), ("b", 1, "no photo")):
        leases = await broker.claim(contractor_id, count)
        request = pb.ReleaseAssignmentsRequest(
            leases=[
                pb.Lease(assignment_id=one.assignment_id, lease_token=one.lease_token)
                for one in leases
            ],
            reason=reason,
        )
        token = broker.contractor(contractor_id)
        for _ in range(2):
            await broker.send(broker.stub.ReleaseAssignments, request, token=token)
    progress = await broker.progress(project.project_id)
    assert progress.assignments_released == 4
    told = [(one.reason, one.count) for one in progress.release_reasons]
    assert told == [("unclear", 3), ("no photo", 1)]
