"""The mutants follow the code: each can still be planted, and its test is there to catch it."""

from __future__ import annotations

import ast

import pytest

from tests.mutants.catalogue import MUTANTS, Mutant
from tests.mutants.tree import ROOT, MutantDoesNotApplyError, mutated


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.partition(":")[0])
def test_every_mutant_can_be_planted_and_names_a_test(mutant: Mutant) -> None:
    honest = (ROOT / mutant.file).read_text(encoding="utf-8")
    planted = mutated(mutant)
    assert planted != honest
    ast.parse(planted)
    path, _, name = mutant.test.partition("::")
    there = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert name in {node.name for node in there if isinstance(node, functions)}


def test_names_tell_mutants_apart_and_there_are_enough() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 12


def test_a_mutant_that_no_longer_applies_is_an_error() -> None:
    gone = Mutant(
        name="gone",
        file=MUTANTS[0].file,
        edits=(("this is nowhere", "nor this"),),
        test=MUTANTS[0].test,
    )
    with pytest.raises(MutantDoesNotApplyError, match="0 times"):
        mutated(gone)
