"""Free text: which answer stands for all, how sure, and who comes close to the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain.scorers.text import MAX_WORDS, similarity, words
from services.quality.domain.types import Kind
from tests.unit.quality.samples import answered, no_skills, task_of

TEXT = task_of(kind=Kind.TEXT, labels=())
SAID = [
    ("a", "The quick brown fox jumps over the lazy dog."),
    ("b", "the quick brown fox jumps over a lazy dog"),
    ("c", "the quick brown fox jumped over the lazy dog"),
    ("d", "I could not hear anything"),
]


def test_the_text_closest_to_the_others_stands_for_all() -> None:
    scored = answered(TEXT, SAID, skills=no_skills()).scored
    assert scored.label == SAID[0][1]
    assert 0.5 < scored.confidence < 0.9
    assert scored.posterior[SAID[0][1]] == max(scored.posterior.values())
    assert scored.posterior[SAID[3][1]] == min(scored.posterior.values())


def test_agreement_makes_sure_and_a_text_alone_does_not() -> None:
    same = answered(TEXT, [(c, "just so") for c in "abc"], skills=no_skills()).scored
    alone = answered(TEXT, [("a", "just so")], skills=no_skills()).scored
    assert same.confidence == pytest.approx(1.0)
    assert alone.label == "just so"
    assert alone.confidence == pytest.approx(0.8)


def test_a_contractor_whose_texts_proved_good_decides_between_two() -> None:
    skills = no_skills()
    for i in range(20):
        gold = f"sentence number {i} of the golden ones"
        task = task_of(f"gold_{i}", kind=Kind.TEXT, labels=(), gold=gold)
        answered(task, [("good", gold), ("bad", "something else entirely")], skills=skills)
    assert skills.skill("good").gold_right == 20
    assert skills.skill("bad").gold_right == 0
    assert skills.skill("bad").gold_total == 20
    said = [("bad", "bad words there"), ("good", "good text here")]
    for i in range(20):
        task = task_of(f"tsk_{i}", kind=Kind.TEXT, labels=())
        assert answered(task, said, skills=skills).scored.label == "good text here"


def test_gold_is_right_when_nearly_every_word_is() -> None:
    gold = "one two three four five six seven eight nine ten"
    skills = no_skills()
    task = task_of(kind=Kind.TEXT, labels=(), gold=gold)
    said = [("near", gold.replace("ten", "pen")), ("far", gold.replace("nine ten", "mine pen"))]
    scored = answered(task, said, skills=skills).scored
    assert scored.label == gold
    assert skills.skill("near").gold_right == 1
    assert skills.skill("far").gold_right == 0


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Don't stop!", "don't stop", 1.0),
        ("a b c d", "a b x d", 0.75),
        ("", "", 1.0),
        ("", "word", 0.0),
        ("!!!", "!!?", pytest.approx(2 / 3)),
        ("今日は雨です", "今日は雪です", pytest.approx(5 / 6)),
    ],
)
def test_similarity_counts_the_words_that_need_no_edit(
    one: str, other: str, expected: float
) -> None:
    assert similarity(one, other) == expected


@given(st.text(max_size=40), st.text(max_size=40))
def test_similarity_is_a_symmetric_share(one: str, other: str) -> None:
    assert 0.0 <= similarity(one, other) <= 1.0
    assert similarity(one, other) == similarity(other, one)
    assert similarity(one, one) == 1.0


def test_a_huge_text_is_compared_by_its_first_words_only() -> None:
    assert len(words("word " * 50_000)) == MAX_WORDS
