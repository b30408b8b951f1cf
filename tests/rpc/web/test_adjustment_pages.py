"""Corrections by two persons on the operators' pages."""

from __future__ import annotations

from typing import Any

import pytest

from crewline.payouts.v1 import adjustments_pb2 as adjusting
from services.chassis.errors import DomainError, Kind
from tests.rpc.web import samples
from tests.rpc.web.conftest import Browser

AT = "/operator/adjustments"


class SecondPersonNeeded(DomainError):
    kind, reason = Kind.PRECONDITION, "SECOND_PERSON_NEEDED"


class InsufficientFunds(DomainError):
    kind, reason = Kind.PRECONDITION, "INSUFFICIENT_FUNDS"


@pytest.fixture
async def operator(browser: Browser) -> Browser:
    samples.fill(browser.world)
    await browser.sign_in("OPERATOR")
    return browser


async def test_what_waits_comes_first_with_all_that_a_second_person_has_to_know(
    operator: Browser,
) -> None:
    page = (await operator.get(AT)).text
    await operator.get(f"{AT}?state=confirmed")
    await operator.get(f"{AT}?state=nonsense")
    assert [asked.state for asked in operator.world.requests("ListAdjustments")] == [
        adjusting.ADJUSTMENT_STATE_PROPOSED,
        adjusting.ADJUSTMENT_STATE_CONFIRMED,
        adjusting.ADJUSTMENT_STATE_PROPOSED,
    ]
    for told in ("per_ada", "letter 7", "contractor:con_1:payable:USD", "$2.00", "it was right"):
        assert told in page, told
    assert "paid at the &lt;old&gt; rate" in page
    # Only what waits can be confirmed.
    assert page.count(f'action="{AT}/adj_1/confirm"') == 1
    assert f"{AT}/adj_2/confirm" not in page
    french = await operator.get(AT, headers={"accept-language": "fr"})
    assert "À confirmer" in french.text


@pytest.mark.parametrize(
    ("step", "rpc"), [("confirm", "ConfirmAdjustment"), ("decline", "DeclineAdjustment")]
)
async def test_each_decision_is_its_rpc(operator: Browser, step: str, rpc: str) -> None:
    operator.world.answers[rpc] = lambda _: getattr(adjusting, f"{rpc}Response")()
    answer = await operator.send(AT, f"{AT}/adj_1/{step}", reason="it was right")
    assert answer.headers["location"] == AT
    (asked,) = operator.world.requests(rpc)
    assert asked.adjustment_id == "adj_1"
    assert getattr(asked, "reason", "it was right") == "it was right"
    assert (await operator.send(AT, f"{AT}/adj_1/x")).status_code == 404


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SecondPersonNeeded("no"), "another operator has to confirm what you proposed"),
        (InsufficientFunds("no"), "One of the accounts does not have that much."),
    ],
)
async def test_a_refused_confirmation_says_why(
    operator: Browser, error: DomainError, said: str
) -> None:
    def refuse(_: Any) -> Any:
        raise error

    operator.world.answers["ConfirmAdjustment"] = refuse
    answer = await operator.send(AT, f"{AT}/adj_1/confirm")
    assert answer.headers["location"] == AT
    assert said in (await operator.get(AT)).text


async def test_an_entry_is_proposed_to_be_reversed(operator: Browser) -> None:
    operator.world.answers["ProposeAdjustment"] = lambda _: adjusting.ProposeAdjustmentResponse()
    answer = await operator.send(
        AT, AT, reverses_entry_id="accrual:asn_1:1", reason="paid twice", document=""
    )
    assert answer.headers["location"] == AT
    (asked,) = operator.world.requests("ProposeAdjustment")
    assert (asked.reverses_entry_id, asked.reason) == ("accrual:asn_1:1", "paid twice")
    assert not asked.postings
