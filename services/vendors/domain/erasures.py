"""Erasures of people: asked for by an operator, carried out once nothing is owed.

asked ---(payouts: nothing is owed)---> erased

What stays of a person is an id, under whom they were engaged, in which country, and when they came
and went: what the books and papers refer to. Why so: deploy/adr/0030-erasure.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from services.vendors.domain.contractors import Contractor, ContractorState, Erasure
from services.vendors.domain.errors import (
    ContractorErased,
    ContractorStateWrong,
    ErasureReasonNamesPerson,
)
from services.vendors.domain.histories import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """Payouts owes a person nothing, and has erased what it held of them."""

    contractor_id: str


def asked(known: Contractor, cause: Cause) -> Contractor:
    """The contractor whose erasure is wanted; itself where it was before: the first reason stays.

    Errors:
        ContractorStateWrong: the person has not left.
        ErasureReasonNamesPerson: the reason is kept, and would bring back what is erased.
    """
    if known.erasure is not None:
        return known
    if known.state is not ContractorState.OFFBOARDED:
        raise ContractorStateWrong(
            f"only who has left is erased, and this contractor is {known.state.value}",
            contractor_id=known.contractor_id,
            state=known.state.value,
        )
    _check_reason(known, cause.reason)
    return replace(
        known,
        erasure=Erasure(asked_at=cause.now, actor=cause.actor, reason=cause.reason),
        version=known.version + 1,
    )


def erased(known: Contractor, *, now: datetime) -> Contractor:
    """The contractor without the person; itself where that was done, or was never asked for."""
    if known.erasure is None or known.erasure.erased_at is not None:
        return known
    return replace(
        known,
        external_id="",
        name="",
        email="",
        languages=(),
        skills=(),
        region="",
        region_history=(),
        # People write names into reasons. Who did what and when stays.
        history=tuple(replace(change, reason="") for change in known.history),
        erasure=replace(known.erasure, erased_at=now),
        version=known.version + 1,
    )


def check_not_erased(known: Contractor) -> None:
    """Errors: ContractorErased."""
    if known.erasure is not None and known.erasure.erased_at is not None:
        raise ContractorErased(
            "this person was erased; whoever comes anew has another external_id",
            contractor_id=known.contractor_id,
        )


def _check_reason(known: Contractor, reason: str) -> None:
    told = reason.casefold()
    for what, text in (("name", known.name), ("e-mail", known.email)):
        # As a word of its own: Ada is not named by Canada.
        if text and re.search(rf"(?<!\w){re.escape(text.casefold())}(?!\w)", told):
            raise ErasureReasonNamesPerson(
                f"the reason is kept for good and has the person's {what} in it", field="reason"
            )
