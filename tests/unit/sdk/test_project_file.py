"""Project files: what is taken, and where every problem is."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from services.sdk.project_file import ProjectFileInvalid, read_project_file
from services.sdk.project_template import BUILT_IN, project_text

SOUND = """name: Birds
kind: choice
labels: [a, b]
instructions: Look.
pay: 0.05 USD
overlap: 2
quality:
  reject_below: 0.1
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "project.yaml"
    path.write_text(text)
    with pytest.raises(ProjectFileInvalid) as caught:
        read_project_file(path)
    return [str(problem).removeprefix("project.yaml") for problem in caught.value.problems]


def test_a_sound_file_is_what_the_platform_takes(tmp_path: Path) -> None:
    path = tmp_path / "project.yaml"
    path.write_text(SOUND)
    project = read_project_file(path)
    assert project.arguments == {
        "name": "Birds",
        "kind": "WORK_KIND_CHOICE",
        "labels": ["a", "b"],
        "instructions": "Look.",
        "pay": {"amount_minor": 5, "fraction": 0, "currency": "USD"},
        "overlap": 2,
        "quality_policy": {"reject_below": 0.1},
    }
    # What the platform finds is told at its line, by its name and by ours.
    assert str(project.problem("quality_policy.reject_below", "x")).startswith("project.yaml:8: ")
    assert str(project.problem("quality_policy.review_share", "x")).startswith("project.yaml:7: ")
    assert str(project.problem("labels[1]", "x")).startswith("project.yaml:3: ")
    assert str(project.problem("lease_seconds", "x")) == "project.yaml: lease_seconds: x"


def test_all_that_a_policy_says_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "project.yaml"
    more = """overlap_max: 7
quality:
  adjudicate: true
  error_cost_answers: 20
  decision_hours: 48
  clauses:
    FAILED_GOLD: "2.1: read the whole text"
  gold_share_max: 0.2
  gold_answers_max: 50
  tolerance: 0.5
"""
    path.write_text(SOUND.partition("quality:")[0] + more)
    arguments = read_project_file(path).arguments
    assert arguments["overlap_max"] == 7
    assert arguments["quality_policy"] == {
        "adjudicate": True,
        "error_cost_answers": 20.0,
        "decision_hours": 48,
        "clauses": {"FAILED_GOLD": "2.1: read the whole text"},
        "gold_share_max": 0.2,
        "gold_answers_max": 50,
        "tolerance": 0.5,
    }
    [few] = problems(tmp_path, SOUND + "overlap_max: 1\n")
    assert few == ":9: overlap_max: is below overlap, which is 2"
    clauses = problems(tmp_path, SOUND + "  clauses: {FAILED_GOLD: 5}\n")
    assert clauses == [":9: quality.clauses: is text, not 5"]


def test_the_template_is_sound_and_its_texts_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "project.yaml"
    path.write_text(project_text(BUILT_IN, file=path.name))
    arguments = read_project_file(path).arguments
    assert arguments["label_config"].strip() == BUILT_IN["label_config"].strip()
    assert arguments["instructions"].strip() == BUILT_IN["instructions"].strip()
    odd = {**BUILT_IN, "title": 'He said: "no" # yes', "instructions": "a: b\n  - c\n\n# d\ttab"}
    said = yaml.safe_load(project_text(odd, file="x"))  # type: ignore[arg-type]
    assert said["name"] == odd["title"]
    assert said["instructions"].strip() == odd["instructions"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("overlap: two", ":6: overlap: is a whole number from 0, not 'two'"),
        ("overlap: true", ":6: overlap: is a whole number from 0, not True"),
        ("overlap: -1", ":6: overlap: is a whole number from 0, not -1"),
        ("overlapp: 2", ":6: overlapp: is no field of a project; is it overlap?"),
        ("eligibility: {countries: [KE, NO]}", ":6: eligibility.countries: number 2 of the"),
        ("eligibility: {country: [KE]}", ":6: eligibility.country: is no field; is it countries?"),
        ("eligibility: [KE]", ":6: eligibility: has fields"),
        ("label_config: <View>", ":6: label_config: is no XML"),
        ("label_config: '<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>'", ":6: label_config: has a"),
        ("label_config_file: none.xml", ":6: label_config_file: label_config_file "),
        ("name: Again", ":6: name: is said twice: first in line 1"),
        ("commission_bps_max: 1.5", ":6: commission_bps_max: is a whole number"),
    ],
)  # fmt: skip
def test_every_problem_has_its_line(tmp_path: Path, line: str, told: str) -> None:
    [problem] = problems(tmp_path, SOUND.replace("overlap: 2", line))
    assert problem.startswith(told)


@pytest.mark.parametrize(
    ("pay", "told"),
    [
        ("5 cents", "'5 cents' is no price: write it as 0.013 USD"),
        ("0.0000005 USD", "is finer than prices are"),
        ("5", "is an amount with its currency"),
        ("{amount: 5}", "pay.amount: is no field; is it amount_minor?"),
    ],
)
def test_pay_is_an_amount(tmp_path: Path, pay: str, told: str) -> None:
    [problem] = problems(tmp_path, SOUND.replace("0.05 USD", pay))
    assert told in problem


def test_all_problems_are_told_at_once_in_their_order(tmp_path: Path) -> None:
    text = "overlap: x\nname: 5\nkind: dance\n"
    assert [problem.split(":")[2 if problem[1].isdigit() else 1].strip()
            for problem in problems(tmp_path, text)] == [
        "instructions", "pay", "overlap", "name", "kind",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: b: c", ":1: is no YAML"),
        ("- a", ": is no project"),
        ("", ": is no project"),
        ("1: a", ": 1 is no name of a field"),
        ("a: !!python/object:os.system x", ":1: is no YAML"),
    ],
)
def test_what_is_no_project_at_all(tmp_path: Path, text: str, told: str) -> None:
    [problem] = problems(tmp_path, text)
    assert problem.startswith(told)


def test_a_file_beside_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "config.xml").write_text("<View/>")
    path = tmp_path / "project.yaml"
    path.write_text(SOUND + "label_config_file: config.xml\n")
    assert read_project_file(path).arguments["label_config"] == "<View/>"
    [twice] = problems(tmp_path, SOUND + "label_config: <a/>\nlabel_config_file: config.xml\n")
    assert twice.startswith(":10: label_config_file: is said twice")
