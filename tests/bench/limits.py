"""The raw limits: the same documents written in bulk by the bare driver, the same messages
published by the bare client, on the same servers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import nats
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import WriteConcern

from services.broker.store.collections import COLLECTIONS as BROKER
from services.payouts.store.collections import LEDGER_COLLECTIONS as PAYOUTS
from services.quality.store.collections import COLLECTIONS as QUALITY

_BULK = 500
_MESSAGES = 4000
_WINDOW = 256
# What one answer leaves behind, and what of it is changed later on its way.
_WRITES = {
    "crewline_broker": (BROKER, ("assignments", "answers", "results")),
    "crewline_quality": (QUALITY, ("answers", "standings", "rulings")),
    "crewline_payouts": (PAYOUTS, ("entries", "decisions")),
}
_UPDATES = (("SUBMITTED", "assignments"), ("ACCEPTED", "assignments"))


async def write_limit(mongo_uri: str, *, answers: int) -> float:
    """Answers a second if nothing but their documents had to be written.

    Copies what the chain wrote for so many answers into collections with the same indexes, in
    bulks of 500, the three services side by side, durable on a majority's journal.
    """
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongo_uri)
    try:
        work = [
            await _load(client, database, specs, names, answers=answers)
            for database, (specs, names) in _WRITES.items()
        ]
        started = time.perf_counter()
        await asyncio.gather(*(_write(client, name, documents) for name, documents in work))
        return answers / (time.perf_counter() - started)
    finally:
        for database in _WRITES:
            await client.drop_database(f"limit_{database}")
        client.close()


async def _load(
    client: AsyncIOMotorClient[dict[str, Any]],
    database: str,
    specs: Sequence[Any],
    names: Sequence[str],
    *,
    answers: int,
) -> tuple[str, dict[str, list[dict[str, Any]]]]:
    target = client[f"limit_{database}"]
    documents: dict[str, list[dict[str, Any]]] = {}
    answered = await client["crewline_broker"]["answers"].find({}, {"task_id": 1}).to_list(answers)
    tasks = {answer["task_id"] for answer in answered}
    for spec in specs:
        if spec.name in names:
            await target.create_collection(spec.name)
            if spec.indexes:
                await target[spec.name].create_indexes(list(spec.indexes))
            limit = len(tasks) if spec.name in ("results", "standings") else answers
            documents[spec.name] = await client[database][spec.name].find().to_list(limit)
    return target.name, documents


async def _write(
    client: AsyncIOMotorClient[dict[str, Any]],
    database: str,
    documents: dict[str, list[dict[str, Any]]],
) -> None:
    target = client.get_database(database, write_concern=WriteConcern(w="majority", j=True))
    for name, found in documents.items():
        for start in range(0, len(found), _BULK):
            await target[name].insert_many(found[start : start + _BULK], ordered=False)
    for state, name in _UPDATES if "assignments" in documents else ():
        found = documents[name]
        for start in range(0, len(found), _BULK):
            ids = [document["_id"] for document in found[start : start + _BULK]]
            await target[name].update_many({"_id": {"$in": ids}}, {"$set": {"state": state}})


async def publish_limit(nats_url: str, *, message_bytes: int) -> float:
    """Messages of this size a second, each on disk before it is acknowledged."""
    client = await nats.connect(nats_url)
    js = client.jetstream()
    body = b"x" * message_bytes
    try:
        await js.add_stream(name="LIMIT", subjects=["limit.>"], max_bytes=512 << 20)
        started = time.perf_counter()
        for _ in range(0, _MESSAGES, _WINDOW):
            await asyncio.gather(*(js.publish("limit.x", body, timeout=30) for _ in range(_WINDOW)))
        rate = _MESSAGES / (time.perf_counter() - started)
        await js.delete_stream("LIMIT")
        return rate
    finally:
        await client.close()
