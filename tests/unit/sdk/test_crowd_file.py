"""What is wrong in a recording is named by file, row and column; what is right is read exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.sdk.replay.crowd_file import (
    PROBLEMS_TOLD_MAX,
    CrowdKind,
    CrowdMalformed,
    RecordedAnswer,
    read_crowd,
)

HEADER = "task,worker,label\n"
SOUND = HEADER + "t1,w1,a\nt1,w2,b\n"
DATA = Path(__file__).resolve().parents[2] / "data" / "crowds"


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def problems_of(
    folder: Path, answers: str | bytes, gold: str | None = None, kind: str = "choice"
) -> CrowdMalformed:
    gold_file = written(folder, "gold.csv", gold) if gold is not None else None
    with pytest.raises(CrowdMalformed) as caught:
        read_crowd(
            written(folder, "answers.csv", answers), kind=CrowdKind(kind), gold_file=gold_file
        )
    return caught.value


MALFORMED = [
    ("", 1, "", "task,worker,label"),
    ("task,worker\nt,w\n", 1, "label", "is missing"),
    ("task,worker,label,label\nt,w,a,b\n", 1, "label", "more than once"),
    (HEADER, 0, "", "no answers"),
    (SOUND + "t2,,a\n", 4, "worker", "is empty"),
    (SOUND + ",w1,a\n", 4, "task", "is empty"),
    (SOUND + "t2,w1,   \n", 4, "label", "is empty"),
    (SOUND + "t2,w1\n", 4, "label", "2 cells"),
    (SOUND + "t2\n", 4, "worker", "1 cells"),
    (SOUND + "t2,w1,a,b\n", 4, "", "4 cells"),
    (SOUND + "t1,w1,b\n", 4, "worker", "in row 2 already"),
    (SOUND + f"{'t' * 201},w1,a\n", 4, "task", "201 characters"),
    (SOUND + f"t2,{'w' * 101},a\n", 4, "worker", "101 characters"),
    (SOUND + f"t2,w1,{'a' * 201}\n", 4, "label", "201 characters"),
    (SOUND + "t2,w1,a\x00b\n", 4, "label", "NUL"),
    (SOUND.encode() + b"t2,w1,caf\xe9\n", 4, "label", "byte 0xe9"),
    (SOUND.encode() + b"t2,\xff,a\n", 4, "worker", "byte 0xff"),
    (SOUND + 't2,w1,"a"b\n', 4, "", "is no CSV"),
    (SOUND + 't2,w1,"never closed\n', 4, "", "is no CSV"),
    (HEADER + "t1,w1,a\nt2,w1,a\n", 0, "", "two labels"),
    (HEADER + "".join(f"t{n},w,{n}\n" for n in range(1001)), 0, "", "1001"),
    (HEADER + "".join(f"t,w{n},{n % 2}\n" for n in range(1001)), 1002, "task", "more than 1000"),
]


@pytest.mark.parametrize(("text", "row", "column", "what"), MALFORMED)
def test_malformed_answers_are_named(
    tmp_path: Path, text: str | bytes, row: int, column: str, what: str
) -> None:
    error = problems_of(tmp_path, text)
    problem = error.problems[0]
    assert (error.count, problem.file) == (1, "answers.csv")
    assert (problem.row, problem.column) == (row, column)
    assert what in problem.what
    assert f"row {row}" in str(problem) or row == 0
    assert f"column {column}" in str(problem) or not column


@pytest.mark.parametrize(
    ("gold", "row", "column", "what"),
    [
        ("task,label\nt1,a\n", 1, "gold", "is missing"),
        ("task,gold\nt1,\n", 2, "gold", "is empty"),
        ("task,gold\nt1,a\nt1,b\n", 3, "gold", "in row 2"),
        (f"task,gold\nt1,{'a' * 201}\n", 2, "gold", "201 characters"),
    ],
)
def test_malformed_gold_is_named(
    tmp_path: Path, gold: str, row: int, column: str, what: str
) -> None:
    problem = problems_of(tmp_path, SOUND, gold).problems[0]
    assert (problem.file, problem.row, problem.column) == ("gold.csv", row, column)
    assert what in problem.what


def test_text_may_be_long_but_not_endless(tmp_path: Path) -> None:
    text = HEADER + f"t1,w1,{'é' * 32_768}\nt2,w1,{'é' * 32_769}\n"
    problem = problems_of(tmp_path, text, kind="text").problems[0]
    assert (problem.row, problem.column) == (3, "label")
    assert "65538 bytes" in problem.what


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CrowdMalformed, match="cannot be read: No such file"):
        read_crowd(tmp_path / "nowhere.csv", kind=CrowdKind.CHOICE)


def test_every_problem_is_counted_and_the_first_are_told(tmp_path: Path) -> None:
    error = problems_of(tmp_path, SOUND + "t2,w1,\n" * 200)
    assert error.count == 200
    assert [problem.row for problem in error.problems] == list(range(4, 4 + PROBLEMS_TOLD_MAX))


def test_problems_of_both_files_are_told_at_once(tmp_path: Path) -> None:
    error = problems_of(tmp_path, SOUND + "t2,,a\n", "task,gold\nt1,\n")
    assert {problem.file for problem in error.problems} == {"answers.csv", "gold.csv"}


def test_the_row_of_a_cell_with_newlines_is_named_with_its_line(tmp_path: Path) -> None:
    text = HEADER + 't1,w1,"one\ntwo"\nt1,w2,\n'
    problem = problems_of(tmp_path, text, kind="text").problems[0]
    assert (problem.row, problem.line) == (3, 4)
    assert "row 3 (line 4), column label" in str(problem)


def test_a_sound_file_is_read_exactly(tmp_path: Path) -> None:
    text = '\ufeffworker,note,label,task\r\nw1,x,"a, b",t1\r\n\r\nw2,y, b ,t1\r\nw1,z,ü,t2\r\n'
    gold = "task,gold\nt1,c\nt9,d\n"
    crowd = read_crowd(
        written(tmp_path, "answers.csv", text),
        kind=CrowdKind.CHOICE,
        gold_file=written(tmp_path, "gold.csv", gold),
    )
    assert crowd.answers == (
        RecordedAnswer("t1", "w1", "a, b"),
        RecordedAnswer("t1", "w2", " b "),
        RecordedAnswer("t2", "w1", "ü"),
    )
    # The gold of a task that nobody answered counts for nothing, not even as a label.
    assert crowd.gold == {"t1": "c"}
    assert crowd.gold_unknown == 1
    assert crowd.labels == (" b ", "a, b", "c", "ü")


def test_the_same_row_twice_counts_once(tmp_path: Path) -> None:
    crowd = read_crowd(written(tmp_path, "a.csv", SOUND + "t1,w1,a\n"), kind=CrowdKind.CHOICE)
    assert (len(crowd.answers), crowd.rows_repeated) == (2, 1)


def test_malformed_rows_can_be_left_out(tmp_path: Path) -> None:
    text = SOUND + "t2,,a\nt1,w1,b\nt2,w1,a\n"
    crowd = read_crowd(written(tmp_path, "a.csv", text), kind=CrowdKind.CHOICE, skip_malformed=True)
    assert [answer.task for answer in crowd.answers] == ["t1", "t1", "t2"]
    assert crowd.answers[0].label == "a"
    assert crowd.rows_malformed == 2


def test_what_is_no_csv_cannot_be_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", SOUND + 't2,w1,"a"b\n')
    with pytest.raises(CrowdMalformed, match="is no CSV"):
        read_crowd(path, kind=CrowdKind.CHOICE, skip_malformed=True)


def test_a_limit_takes_the_first_answers_and_looks_no_further(tmp_path: Path) -> None:
    text = SOUND + "t2,w1,a\nt3,,\n"
    crowd = read_crowd(written(tmp_path, "a.csv", text), kind=CrowdKind.CHOICE, limit=3)
    assert [answer.task for answer in crowd.answers] == ["t1", "t1", "t2"]


def test_ratings_are_in_their_order_and_numbers_in_one_form(tmp_path: Path) -> None:
    rows = "task,worker,label\nt1,w1,10\nt1,w2,9.50\nt2,w1,-0\n"
    path = written(tmp_path, "a.csv", rows)
    rated = read_crowd(path, kind=CrowdKind.ORDINAL)
    assert rated.labels == ("-0", "9.50", "10")
    words = written(tmp_path, "w.csv", rows.replace("10", "good").replace("9.50", "bad"))
    assert read_crowd(words, kind=CrowdKind.ORDINAL).labels == ("-0", "bad", "good")
    numbers = read_crowd(path, kind=CrowdKind.NUMERIC)
    assert numbers.labels == ()
    assert [answer.label for answer in numbers.answers] == ["10", "9.5", "0"]
    gold = written(tmp_path, "g.csv", "task,gold\nt1,9.0\nt2,1e5\n")
    with pytest.raises(CrowdMalformed, match="row 3, column gold: is no number"):
        read_crowd(path, kind=CrowdKind.NUMERIC, gold_file=gold)
    for wrong, told in (("ten", "is no number"), ("1234567890.123456", "has 16 digits")):
        bad = written(tmp_path, "b.csv", rows.replace("10", wrong))
        with pytest.raises(CrowdMalformed, match=f"row 2, column label: {told}"):
            read_crowd(bad, kind=CrowdKind.NUMERIC)


@pytest.mark.parametrize(
    ("name", "kind", "answers", "gold", "labels"),
    [
        ("bluebird", "choice", 4212, 108, ("0", "1")),
        ("mtbench", "pairwise", 3355, 636, ("model_a", "model_b", "tie")),
    ],
)
def test_recorded_crowds_are_read_whole(
    name: str, kind: str, answers: int, gold: int, labels: tuple[str, ...]
) -> None:
    crowd = read_crowd(
        DATA / name / "answers.csv", kind=CrowdKind(kind), gold_file=DATA / name / "gold.csv"
    )
    assert (len(crowd.answers), len(crowd.gold), crowd.labels) == (answers, gold, labels)
