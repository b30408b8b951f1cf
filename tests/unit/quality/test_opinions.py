"""Second opinions: who is asked, and what an opinion settles."""

from __future__ import annotations

from services.quality.domain.appeals import AppealState
from services.quality.domain.opinions import OPEN_EACH_MAX, Candidate, Roster, settle
from services.quality.domain.types import Kind


def _candidate(
    who: str, *, right: int, total: int = 20, organisation: str = "", owes: int = 0
) -> Candidate:
    return Candidate(
        contractor_id=who,
        organisation_id=organisation or f"org_{who}",
        gold_right=right,
        gold_total=total,
        right=float(right),
        total=float(total),
        open_opinions=owes,
    )


def test_the_best_is_asked_until_they_owe_enough_and_then_the_next() -> None:
    roster = Roster([_candidate("good", right=18), _candidate("best", right=20, owes=2)])
    asked = [roster.choose(barred_contractors=()) for _ in range(2 * OPEN_EACH_MAX)]
    names = [one.contractor_id if one is not None else "" for one in asked]
    assert names == ["best"] * (OPEN_EACH_MAX - 2) + ["good"] * OPEN_EACH_MAX + [""] * 2


def test_nobody_unproven_barred_or_of_a_barred_vendor_is_asked() -> None:
    people = [
        _candidate("few", right=5, total=5),
        _candidate("poor", right=12),
        _candidate("bad", right=20),
        _candidate("author", right=20),
        _candidate("colleague", right=20, organisation="org_author"),
    ]
    roster = Roster(people, barred={"bad"})
    rules = {"barred_contractors": {"author"}, "barred_organisations": {"org_author"}}
    assert roster.choose(**rules) is None
    roster = Roster([*people, _candidate("other", right=19)], barred={"bad"})
    chosen = roster.choose(**rules)
    assert chosen is not None
    assert chosen.contractor_id == "other"


def test_an_opinion_settles_what_two_who_are_right_must_say_alike() -> None:
    def settled(kind: Kind, opinion: str) -> AppealState | None:
        return settle(kind, value="no", opinion=opinion, consensus="yes", labels=("yes", "no", "x"))

    assert settled(Kind.CHOICE, "no") is AppealState.UPHELD
    assert settled(Kind.CHOICE, "yes") is AppealState.DISMISSED
    assert settled(Kind.CHOICE, "x") is None
    assert settled(Kind.TEXT, "no") is None
    assert settled(Kind.PAIRWISE, "no") is None
