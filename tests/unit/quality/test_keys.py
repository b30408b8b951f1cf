"""Counter names survive any label and any document store."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain import keys

awkward = st.text(alphabet=st.sampled_from(list("%.$|\0:=! aé\U0001f600")), max_size=8)
anything = st.text(max_size=20) | awkward


@given(anything)
def test_an_encoded_label_decodes_to_itself(label: str) -> None:
    assert keys.decode(keys.encode(label)) == label


@given(anything, anything)
def test_a_counter_name_is_a_legal_field_that_says_both_labels(true: str, said: str) -> None:
    name = keys.cell(true=true, given=said)
    assert keys.of_cell(name) == (true, said)
    assert name
    assert not name.startswith("$")
    assert not set(".\0") & set(name)


@given(anything, anything)
def test_different_labels_never_share_a_counter(one: str, other: str) -> None:
    names = {
        keys.cell(true=one, given=other),
        keys.of_class(one),
        keys.of_given(other),
        keys.pair(one, other),
    }
    assert len(names) == 4
    assert names.isdisjoint({keys.HIT, keys.MISS, keys.ANSWERS, keys.GOLD_RIGHT, keys.GOLD_TOTAL})
    if one != other:
        assert keys.cell(true=one, given=other) != keys.cell(true=other, given=one)
        assert keys.of_class(one) != keys.of_class(other)


@given(anything, anything)
def test_a_pair_is_the_same_in_both_orders_and_says_both_labels(one: str, other: str) -> None:
    name = keys.pair(one, other)
    assert name == keys.pair(other, one)
    assert keys.of_pair(name) == tuple(sorted((one, other)))
    assert keys.of_cell(name) is None
    assert not name.startswith("$")
    assert not set(".\0") & set(name)


@pytest.mark.parametrize(
    "name", [keys.HIT, keys.MISS, keys.ANSWERS, keys.of_class("a|b"), keys.of_given("a|b")]
)
def test_other_counters_are_no_cells(name: str) -> None:
    assert keys.of_cell(name) is None
    assert keys.of_pair(name) is None
