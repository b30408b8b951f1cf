"""Files in and out before the real broker: rows of every format, results as others read them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crewline.broker.v1 import types_pb2
from services.broker.domain.templates import TEMPLATES
from tests.rpc.gateway.served_files import Files

PAIRS = next(t for t in TEMPLATES if t.name == "pairwise-preference").label_config
BOXES = next(t for t in TEMPLATES if t.name == "photo-boxes").label_config
WRITING = next(t for t in TEMPLATES if t.name == "free-writing").label_config
ROWS = [{"external_id": f"t{n}", "image": f'"{n}",\n.jpg'} for n in range(3)]


def _csv(rows: list[dict[str, Any]], *, delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def _lines(rows: list[Any]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (_lines(ROWS), "application/jsonl"),
        (
            _lines([{"id": row["external_id"], "data": {"image": row["image"]}} for row in ROWS]),
            "application/x-ndjson",
        ),
        (_csv(ROWS), "text/csv; charset=utf-8"),
        (_csv(ROWS, delimiter=";"), "text/csv"),
        (_parquet(ROWS), "application/vnd.apache.parquet"),
        (json.dumps(ROWS).encode(), "application/json"),
    ],
)
async def test_the_same_rows_in_any_format_are_the_same_tasks(
    files: Files, content: bytes, kind: str
) -> None:
    project = await files.broker.project()
    first = await files.upload(project.project_id, content, kind)
    assert first.json() == {
        "posted": 3, "duplicates": 0, "refused": 0, "errors": [], "errors_truncated": False
    }  # fmt: skip
    again = await files.upload(project.project_id, _lines(ROWS), "application/jsonl")
    assert (again.json()["posted"], again.json()["duplicates"]) == (0, 3)


async def test_bad_rows_are_told_by_line_and_field_and_the_others_go_in(files: Files) -> None:
    project = await files.broker.project()
    text = 'external_id,gold,image\n1,yes,"a\nb"\n2,perhaps,c\n3,yes\n\xff'.encode("latin-1")
    answer = await files.upload(project.project_id, text, "text/csv")
    told = answer.json()
    assert (told["posted"], told["refused"]) == (1, 3)
    assert [(one["line"], one["reason"], one["field"]) for one in told["errors"]] == [
        (4, "GOLD_INVALID", "gold_label"),
        (5, "CSV_MALFORMED", ""),
        (6, "NOT_UTF8", ""),
    ]
    lines = b'{"a": 1}\n\n\n{"a": NaN}\n{"gold_label": "no", "a": 2}\n[]\n'
    told = (await files.upload(project.project_id, lines, "application/jsonl")).json()
    assert told["posted"] == 2
    found = [(one["line"], one["reason"]) for one in told["errors"]]
    assert found == [(4, "JSON_MALFORMED"), (6, "ROW_INVALID")]
    again = (await files.upload(project.project_id, lines, "application/jsonl")).json()
    assert (again["posted"], again["duplicates"]) == (0, 2)


async def test_what_is_no_file_of_rows_is_refused(files: Files) -> None:
    project = await files.broker.project()
    other = await files.upload(project.project_id, b"x", "image/png")
    assert other.status_code == 415
    twice = await files.upload(project.project_id, b"a,a\n1,2\n", "text/csv")
    assert twice.json()["errors"][0]["reason"] == "HEADER_INVALID"
    broken = await files.upload(project.project_id, b"PAR1", "application/vnd.apache.parquet")
    assert broken.json()["errors"][0]["reason"] == "PARQUET_MALFORMED"
    large = await files.upload(
        project.project_id, b"x" * 1_000_001, "application/vnd.apache.parquet"
    )
    assert large.status_code == 413
    missing = await files.upload("prj_none", _lines(ROWS), "application/jsonl")
    assert (missing.status_code, missing.json()["reason"]) == (404, "PROJECT_NOT_FOUND")


async def test_progress_is_told_in_lines(files: Files) -> None:
    project = await files.broker.project()
    answer = await files.upload(
        project.project_id, _lines(ROWS), "application/jsonl", Accept="application/x-ndjson"
    )
    *_, last = (json.loads(line) for line in answer.text.splitlines())
    assert (last["rows"], last["summary"]["posted"]) == (3, 3)
    refused = await files.upload(
        "prj_none", _lines(ROWS), "application/jsonl", Accept="application/x-ndjson"
    )
    assert json.loads(refused.text.splitlines()[-1])["problem"]["reason"] == "PROJECT_NOT_FOUND"


async def _resolved(files: Files, config: str, data: dict[str, Any], value: str) -> str:
    """A project with one task that two contractors have answered alike."""
    return await files.resolved(config, [{"external_id": "pair, one", **data}], [[value], [value]])


PAIR = {"prompt": "Why?", "answer_a": "Because.", "answer_b": "No."}


async def test_results_come_out_as_others_read_them(files: Files) -> None:
    project_id = await _resolved(files, PAIRS, PAIR, "right")
    table = list(csv.DictReader(io.StringIO((await files.export(project_id, format="csv")).text)))
    assert [(row["task"], row["label"]) for row in table] == [("pair, one", "right")] * 2
    assert len({row["worker"] for row in table}) == 2

    lines = (await files.export(project_id)).text.splitlines()
    [result] = [json.loads(line) for line in lines]
    assert (result["label"], result["confidence"], result["data"]) == ("right", 0.75, PAIR)
    assert [one["state"] for one in result["answers"]] == ["SUBMITTED"] * 2

    parquet = await files.export(project_id, format="parquet")
    rows = pq.read_table(io.BytesIO(parquet.content)).to_pylist()
    assert [(row["consensus"], row["value"]) for row in rows] == [("right", "right")] * 2
    assert json.loads(rows[0]["data"]) == PAIR

    [task] = (await files.export(project_id, format="label_studio")).json()
    assert (task["data"], len(task["annotations"])) == (PAIR, 2)
    assert task["annotations"][0]["result"][0]["value"] == {"selected": "right"}
    assert task["predictions"][0]["score"] == 0.75

    [pair] = (await files.export(project_id, format="trl")).text.splitlines()
    assert json.loads(pair) == {"prompt": "Why?", "chosen": "No.", "rejected": "Because."}
    named = await files.export(project_id, format="trl", left_field="prompt")
    assert json.loads(named.text)["rejected"] == "Why?"
    accepted = await files.export(project_id, format="csv", answers="accepted")
    assert accepted.text == "task,worker,label\r\n"


async def test_texts_come_out_as_conversations(files: Files) -> None:
    project_id = await _resolved(files, WRITING, {"prompt": "Write."}, "Written.")
    answer = await files.export(project_id, format="sft")
    assert json.loads(answer.text) == {
        "messages": [
            {"role": "user", "content": "Write."},
            {"role": "assistant", "content": "Written."},
        ]
    }
    assert answer.headers["content-disposition"] == 'attachment; filename="birds.jsonl"'
    wrong = await files.export(project_id, format="trl")
    assert (wrong.status_code, wrong.json()["reason"]) == (400, "EXPORT_UNSUPPORTED")


async def test_known_answers_of_a_file_may_be_lists_and_objects(files: Files) -> None:
    project = await files.broker.project(kind=0, labels=[], label_config=BOXES)
    box = {"label": "Car", "box": [1, 2, 3, 4]}
    rows = [
        {"external_id": "list", "gold_label": [box], "data": {"image": "/a.png"}},
        {"external_id": "text", "gold_label": json.dumps([box]), "data": {"image": "/a.png"}},
        {"external_id": "object", "gold_label": box, "data": {"image": "/a.png"}},
    ]
    answer = (await files.upload(project.project_id, _lines(rows), "application/jsonl")).json()
    assert answer["posted"] == 2, answer
    [problem] = answer["errors"]
    told = (problem["row"], problem["reason"], problem["field"])
    assert told == (2, "GOLD_INVALID", "gold_label")


async def test_a_consensus_that_nobody_gave_is_shown_as_the_editor_would(files: Files) -> None:
    one, other, between = (f'[{{"box":[{x},20,30,40],"label":"Car"}}]' for x in (10, 12, 11))
    project_id = await files.resolved(
        BOXES, [{"external_id": "t", "image": "/a.png"}], [[one], [other]]
    )
    [task] = (await files.export(project_id, format="label_studio")).json()
    found = sorted(a["result"][0]["value"]["x"] for a in task["annotations"])
    assert found == [10, 12]
    assert task["predictions"][0]["result"][0]["value"]["rectanglelabels"] == ["Car"]

    await files.broker.resolve(project_id, {task["meta"]["task_id"]: between})
    [task] = (await files.export(project_id, format="label_studio")).json()
    [region] = task["predictions"][0]["result"]
    assert (region["type"], region["from_name"], region["to_name"]) == (
        "rectanglelabels",
        "box",
        "image",
    )
    assert region["value"] == {
        "x": 11, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["Car"],
    }  # fmt: skip
    [line] = (await files.export(project_id)).text.splitlines()
    assert json.loads(line)["label"] == between


async def test_exports_are_their_clients_alone(files: Files) -> None:
    project = await files.broker.project()
    stranger = files.broker.rpc.mint.token("CLIENT", organisation_id="org_other")
    for project_id in (project.project_id, "prj_none"):
        answer = await files.http.get(
            f"/v1/projects/{project_id}/export",
            headers={"Authorization": f"Bearer {stranger}"},
        )
        assert (answer.status_code, answer.json()["reason"]) == (404, "PROJECT_NOT_FOUND")
    unknown = await files.export(project.project_id, format="xls")
    assert unknown.status_code == 400
    empty = await files.export(project.project_id, format="label_studio")
    assert empty.json() == []
    assert project.state == types_pb2.PROJECT_STATE_LIVE


BOUNDARY = "b0undary"


def _form(*parts: tuple[str, str, bytes]) -> bytes:
    """Of (what its Content-Disposition adds, its Content-Type, its bytes)."""
    pieces = [
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {more}\r\nContent-Type: {kind}\r\n\r\n"
        .encode() + content + b"\r\n"
        for more, kind, content in parts
    ]  # fmt: skip
    return b"".join(pieces) + f"--{BOUNDARY}--\r\n".encode()


async def _in_pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("rows.csv", "application/vnd.ms-excel", _csv(ROWS)),
        ("Rows.JSONL", "application/octet-stream", _lines(ROWS)),
        ("rows.parquet", "", _parquet(ROWS)),
        ("rows.json", "text/plain", json.dumps(ROWS).encode()),
        ("rows", "text/csv", _csv(ROWS)),
    ],
)
async def test_a_browsers_form_may_bring_the_file(
    files: Files, name: str, kind: str, content: bytes, size: int
) -> None:
    project = await files.broker.project()
    form = _form(
        ('name="note"', "text/plain", b"not the file"),
        (f'name="file"; filename="{name}"', kind, content),
    )
    answer = await files.upload(
        project.project_id, _in_pieces(form, size), f"multipart/form-data; boundary={BOUNDARY}"
    )
    assert answer.json()["posted"] == 3, answer.text


async def test_a_form_that_is_none_is_refused(files: Files) -> None:
    project = await files.broker.project()
    good = ('name="file"; filename="r.csv"', "text/csv", _csv(ROWS))
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    for content, stated in (
        (_form(good), "multipart/form-data"),
        (b"", kind),
        (b"x" * 500, kind),
        (_form(('name="note"', "text/plain", b"a")), kind),
        (_form(('name="note"', "text/plain", b"a" * 300_000), good), kind),
        (_form(good, good), kind),
        (_form(good)[:-40], kind),
    ):
        answer = await files.upload(project.project_id, _in_pieces(content, 30_000), stated)
        assert (answer.status_code, answer.json()["reason"]) == (400, "FORM_INVALID"), content[:80]
