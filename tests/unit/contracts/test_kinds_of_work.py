"""Every room knows every kind of work that the contracts have."""

from __future__ import annotations

from crewline.common.v1 import types_pb2 as common_pb2
from services.broker.domain.projects import WorkKind as BrokerKind
from services.gateway.web.states import state_named
from services.quality.announcements import KINDS as ANNOUNCED
from services.quality.domain.types import Kind
from services.sdk.kinds import KINDS as WRITTEN
from services.vendors.domain.rate_cards import WorkKind as RatedKind

PREFIX = "WORK_KIND_"
NUMBERS = {name: number for name, number in common_pb2.WorkKind.items() if number}
NAMES = {name.removeprefix(PREFIX) for name in NUMBERS}


def test_the_kinds_of_every_room_are_those_of_the_contracts() -> None:
    assert {PREFIX + kind.name: kind.value for kind in BrokerKind} == NUMBERS
    assert {kind.value for kind in RatedKind} == NAMES
    assert {kind.value.upper() for kind in Kind} == NAMES
    assert {kind.upper() for kind in WRITTEN} == NAMES
    announced = {kind.value.upper(): number for kind, number in ANNOUNCED.items()}
    assert {PREFIX + name: number for name, number in announced.items()} == NUMBERS


def test_each_kind_has_a_word_of_its_own_on_the_pages() -> None:
    words = {name: state_named(name).label for name in NUMBERS}
    assert len(set(words.values())) == len(NUMBERS)
    # What a page does not know it calls by its name.
    assert words["WORK_KIND_PAIRWISE"] == "Comparison"
    assert words["WORK_KIND_SPANS"] == "Passages"
