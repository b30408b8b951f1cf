"""C12: what payouts says of money that is not paid is said in every language of the pages."""

from __future__ import annotations

from services.gateway.web.translations import FRENCH
from services.gateway.web.unpaid_words import UNPAID_TEXTS, actor_words, way_words
from services.payouts.domain.payments.unpaid import CODES, Actor, WayOut, unpaid
from services.payouts.wire.unpaid import unpaid_message


def test_every_reason_of_payouts_is_translated() -> None:
    said = {found.text for code in (*CODES, "NEW") if (found := unpaid(code)) is not None}
    assert said == UNPAID_TEXTS
    for text in said:
        assert FRENCH.translate(text) != text


def test_who_acts_and_how_has_words() -> None:
    actors: set[str] = set()
    ways: set[str] = set()
    for code in CODES:
        message = unpaid_message(code, next_look_at=None)
        assert message is not None
        actors.add(actor_words(message.acts))
        ways |= {way_words(way) for way in message.ways_out}
    assert len(actors) == len(Actor)
    assert len(ways) == len(WayOut)
    assert "" not in actors | ways
