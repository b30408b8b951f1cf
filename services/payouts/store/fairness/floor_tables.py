"""Floors and exchange rates: documents that are inserted, and never changed or removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time

from services.chassis.mongo import ASCENDING, DESCENDING, Document, MongoDatabase, Session, fetch
from services.payouts.domain.fairness.floors import Floor, Per
from services.payouts.domain.fairness.rates import ExchangeRate
from services.payouts.store.fairness.floor_collections import EXCHANGE_RATES, FLOORS

# Of one pair; older ones are stale by any setting.
_RATES_READ = 100


class FloorStore:
    """Reads floors and adds to them."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._floors = database.collection(FLOORS)

    async def of_countries(
        self, countries: Iterable[str], *, session: Session | None = None
    ) -> list[Floor]:
        """All versions."""
        wanted = sorted(set(countries))
        if not wanted:
            return []
        found = self._floors.find({"country": {"$in": wanted}}, session=session)
        return [_floor(document) for document in await fetch(found)]

    async def page(self, *, country: str, after: str, limit: int) -> list[Floor]:
        """In the order of their ids: by place, then by day; all countries where none is given."""
        query: Document = {"_id": {"$gt": after}}
        if country:
            query["country"] = country
        found = self._floors.find(query).sort("_id", ASCENDING).limit(limit)
        return [_floor(document) for document in await found.to_list(limit)]

    async def add(self, floors: Sequence[Floor], *, session: Session) -> None:
        """New versions."""
        if floors:
            await self._floors.insert_many(
                [_floor_document(one) for one in floors], session=session
            )


class RateStore:
    """Reads exchange rates and adds to them."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._rates = database.collection(EXCHANGE_RATES)

    async def of_pairs(
        self, pairs: Iterable[tuple[str, str]], *, session: Session | None = None
    ) -> list[ExchangeRate]:
        """All versions of the newest days, whichever way round."""
        rates: list[ExchangeRate] = []
        for pair in sorted({_pair(base, quote) for base, quote in pairs}):
            found = self._rates.find({"pair": pair}, session=session)
            documents = await fetch(found.sort("rate_date", DESCENDING).limit(_RATES_READ))
            rates += [_rate(document) for document in documents]
        return rates

    async def page(self, *, after: str, limit: int) -> list[ExchangeRate]:
        """In the order of their ids: by pair, then by day."""
        found = self._rates.find({"_id": {"$gt": after}}).sort("_id", ASCENDING).limit(limit)
        return [_rate(document) for document in await found.to_list(limit)]

    async def add(self, rates: Sequence[ExchangeRate], *, session: Session) -> None:
        """New versions."""
        if rates:
            await self._rates.insert_many([_rate_document(one) for one in rates], session=session)


def _pair(base: str, quote: str) -> str:
    return ":".join(sorted((base, quote)))


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _floor_document(floor: Floor) -> Document:
    return {
        "_id": floor.floor_id,
        "country": floor.country,
        "region": floor.region,
        "currency": floor.currency,
        "amount": floor.amount,
        "per": floor.per.value,
        "hours_a_month": floor.hours_a_month,
        "basis": floor.basis,
        "source": floor.source,
        "source_url": floor.source_url,
        "source_date": _moment(floor.source_date),
        "valid_from": _moment(floor.valid_from),
        "valid_to": _moment(floor.valid_to) if floor.valid_to is not None else None,
        "recorded_by": floor.recorded_by,
        "recorded_at": floor.recorded_at,
        "version": floor.version,
    }


def _floor(document: Document) -> Floor:
    valid_to = document["valid_to"]
    return Floor(
        country=document["country"],
        region=document["region"],
        currency=document["currency"],
        amount=document["amount"],
        per=Per(document["per"]),
        hours_a_month=document["hours_a_month"],
        basis=document["basis"],
        source=document["source"],
        source_url=document["source_url"],
        source_date=document["source_date"].date(),
        valid_from=document["valid_from"].date(),
        valid_to=valid_to.date() if valid_to is not None else None,
        recorded_by=document["recorded_by"],
        recorded_at=document["recorded_at"],
        version=document["version"],
    )


def _rate_document(rate: ExchangeRate) -> Document:
    return {
        "_id": rate.rate_id,
        "pair": _pair(rate.base, rate.quote),
        "base": rate.base,
        "quote": rate.quote,
        "rate": rate.rate,
        "rate_date": _moment(rate.rate_date),
        "source": rate.source,
        "source_url": rate.source_url,
        "recorded_by": rate.recorded_by,
        "recorded_at": rate.recorded_at,
        "version": rate.version,
    }


def _rate(document: Document) -> ExchangeRate:
    return ExchangeRate(
        base=document["base"],
        quote=document["quote"],
        rate=document["rate"],
        rate_date=document["rate_date"].date(),
        source=document["source"],
        source_url=document["source_url"],
        recorded_by=document["recorded_by"],
        recorded_at=document["recorded_at"],
        version=document["version"],
    )
