"""How far a person's erasure is, for the page of a contractor: what it waits for, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from crewline.payouts.v1 import erasures_pb2
from services.chassis.errors import DomainError, Kind
from services.gateway.web.formats import units_of
from services.gateway.web.site import Site
from services.gateway.web.translations import Language, mark

_HURDLES: Final[Mapping[int, str]] = {
    erasures_pb2.ERASURE_HURDLE_NOT_STATED: mark("Earned, and on no statement yet"),
    erasures_pb2.ERASURE_HURDLE_STATEMENT_UNPAID: mark("On a statement that is not paid"),
    erasures_pb2.ERASURE_HURDLE_BENEFITS: mark("In the benefits account"),
    erasures_pb2.ERASURE_HURDLE_ADJUSTMENT_PROPOSED: mark(
        "A correction waits for a second operator"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """One thing that is open; a correction has no amount."""

    what: str
    amount_units: int
    currency: str
    of_id: str


async def waits_of(
    site: Site, request: Request, contractor_id: str, *, language: Language
) -> Sequence[Waits]:
    """What keeps a person from being erased; nothing where payouts has not heard of it yet."""
    try:
        found = await site.ask(
            request,
            site.peers.payouts.GetErasureProgress,
            erasures_pb2.GetErasureProgressRequest(contractor_id=contractor_id),
        )
    except DomainError as err:
        if err.kind is Kind.NOT_FOUND:
            return ()
        raise
    return [
        Waits(
            what=language.gettext(_HURDLES.get(one.hurdle, "")),
            amount_units=units_of(one.amount),
            currency=one.amount.currency,
            of_id=one.of_id,
        )
        for one in found.progress.hurdles
    ]
