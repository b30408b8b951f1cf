"""Floor tests: one document a contractor, pay period and currency, written once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session, fetch
from services.payouts.domain.fairness.floor_tests import FloorEvidence, FloorTest, Outcome, PaidPart
from services.payouts.store.fairness.floor_collections import FLOOR_TOP_UPS


class FloorTestStore:
    """Adds tests and reads them."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._tests = database.collection(FLOOR_TOP_UPS)

    async def known(self, period_id: str, *, session: Session | None = None) -> set[str]:
        """The ids of a period's tests that were made."""
        found = self._tests.find(_of_period(period_id), {"_id": 1}, session=session)
        return {document["_id"] for document in await fetch(found)}

    async def known_of(self, test_ids: Iterable[str], *, session: Session) -> set[str]:
        """Those that were made, by this transaction's own look."""
        found = self._tests.find({"_id": {"$in": list(test_ids)}}, {"_id": 1}, session=session)
        return {document["_id"] for document in await fetch(found)}

    async def add(self, tests: Sequence[FloorTest], *, now: datetime, session: Session) -> None:
        """New ones."""
        if tests:
            await self._tests.insert_many(
                [{**_document(test), "tested_at": now} for test in tests], session=session
            )

    async def get_many(self, test_ids: Iterable[str]) -> dict[str, FloorTest]:
        """Those that are there."""
        found = self._tests.find({"_id": {"$in": list(test_ids)}})
        return {document["_id"]: _test(document) for document in await fetch(found)}

    async def page(
        self,
        *,
        contractor_id: str,
        vendor_id: str,
        period_id: str,
        shortfalls_only: bool,
        after: str,
        limit: int,
    ) -> list[FloorTest]:
        """In the order of their ids: by period, then by contractor. Empty: of all."""
        bounds: Document = _of_period(period_id)["_id"] if period_id else {"$gt": ""}
        query: Document = {"_id": {**bounds, "$gt": max(after, bounds["$gt"])}}
        if contractor_id:
            query["contractor_id"] = contractor_id
        if vendor_id:
            query["vendor_ids"] = vendor_id
        if shortfalls_only:
            query["outcome"] = {"$ne": Outcome.PASSED.value}
        found = self._tests.find(query).sort("_id", ASCENDING).limit(limit)
        return [_test(document) for document in await found.to_list(limit)]


def _of_period(period_id: str) -> Document:
    # A colon ends the period's id in a test's, and a semicolon comes after it.
    return {"_id": {"$gt": f"{period_id}:", "$lt": f"{period_id};"}}


def _document(test: FloorTest) -> Document:
    document = asdict(test)
    document["_id"] = document.pop("test_id")
    document["outcome"] = test.outcome.value
    document["vendor_ids"] = list(test.vendor_ids)
    document["parts"] = [asdict(part) for part in test.parts]
    return document


def _test(document: Document) -> FloorTest:
    evidence = document["evidence"]
    return FloorTest(
        test_id=document["_id"],
        period_id=document["period_id"],
        contractor_id=document["contractor_id"],
        vendor_ids=tuple(document["vendor_ids"]),
        currency=document["currency"],
        country=document["country"],
        outcome=Outcome(document["outcome"]),
        reason=document["reason"],
        answers=document["answers"],
        earned_units=document["earned_units"],
        measured_milliseconds=document["measured_milliseconds"],
        counted_milliseconds=document["counted_milliseconds"],
        hourly_units=document["hourly_units"],
        needed_units=document["needed_units"],
        evidence=FloorEvidence(**evidence) if evidence is not None else None,
        parts=tuple(PaidPart(**part) for part in document["parts"]),
        region=document.get("region", ""),
    )
