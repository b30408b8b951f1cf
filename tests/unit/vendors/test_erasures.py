"""What may be the reason of an erasure: it is kept for good, and must not say who it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.vendors.domain.contractors import (
    Contractor,
    ContractorStep,
    Engagement,
    NewContractor,
    enrolled,
)
from services.vendors.domain.erasures import asked, erased
from services.vendors.domain.errors import ErasureReasonNamesPerson
from services.vendors.domain.histories import Cause

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


def cause(reason: str) -> Cause:
    return Cause(actor="per_op", reason=reason, now=NOW)


def left(*, name: str, email: str = "") -> Contractor:
    row = NewContractor(
        external_id="w1", name=name, email=email, country="CA", languages=("en",), skills=()
    )
    known = enrolled(
        row, organisation_id="org_1", engagement=Engagement.VENDOR, cause=cause("enrolled")
    )
    return known.step(ContractorStep.OFFBOARD, cause("left"))


@pytest.mark.parametrize(
    ("name", "email", "reason"),
    [
        ("Ada", "", "ada asked"),
        ("Ada", "", "asked by ADA."),
        ("Ada Obi", "", "letter of Ada Obi, 3 May"),
        ("A", "x@y.example", "mail from <X@y.example>"),
    ],
)
def test_a_reason_that_names_the_person_is_refused(name: str, email: str, reason: str) -> None:
    with pytest.raises(ErasureReasonNamesPerson):
        asked(left(name=name, email=email), cause(reason))


@pytest.mark.parametrize("reason", ["the law of Canada", "letter 12, Art. 17", "mail of 3 May"])
def test_a_word_that_has_the_name_inside_is_no_name(reason: str) -> None:
    known = asked(left(name="Ada", email="ada@x.example"), cause(reason))
    assert known.erasure is not None
    assert known.erasure.reason == reason


def test_who_was_not_asked_for_is_not_erased() -> None:
    known = left(name="Ada")
    assert erased(known, now=NOW) is known
    gone = erased(asked(known, cause("letter 12")), now=NOW)
    assert erased(gone, now=NOW) is gone
    assert gone.version == known.version + 2
