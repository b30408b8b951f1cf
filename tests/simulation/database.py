"""The real database of a simulation: pictures of it, and what is true of it, read past the service.

Nothing here goes through the simulated loop: it looks while the simulation stands still.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pymongo
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import monitoring

from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import COLLECTIONS as CHASSIS_COLLECTIONS
from services.payouts.app import COLLECTIONS
from tests.simulation.loop import SimulatedLoop

Documents = dict[str, list[dict[str, Any]]]
_WRITES = frozenset({"insert", "update", "delete", "findAndModify"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All there is at one moment: what runs go on from."""

    documents: Documents
    stripe: bytes
    at_seconds: float
    secrets: dict[str, str] = field(default_factory=dict)
    period_id: str = ""
    """Of the period that is closed already; empty while it is open."""


class _Written(monitoring.CommandListener):
    """Which collections anybody has written to."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in _WRITES:
            self.names.add(str(event.command[event.command_name]))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        return

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        return


class SimulatedDatabase:
    """One database of a mongod, for one run after another."""

    def __init__(self, *, loop: SimulatedLoop, uri: str, name: str) -> None:
        self._written = _Written()
        self._held: Documents | None = None
        self._client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
            uri, event_listeners=[self._written]
        )
        self._raw = self._client.get_database(name, codec_options=CodecOptions(tz_aware=True))
        motor: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
            uri, tz_aware=True, io_loop=loop, event_listeners=[self._written]
        )
        self._specs = (*CHASSIS_COLLECTIONS, *COLLECTIONS)
        self.handle = MongoDatabase(client=motor, name=name)

    def prepare(self) -> None:
        """Makes collections and indexes."""
        there = set(self._raw.list_collection_names())
        for spec in self._specs:
            if spec.name not in there:
                self._raw.create_collection(spec.name)
            if spec.indexes:
                self._raw[spec.name].create_indexes(list(spec.indexes))

    def documents(self) -> Documents:
        """Everything."""
        return {spec.name: list(self._raw[spec.name].find()) for spec in self._specs}

    def digest(self) -> str:
        """The same if, and only if, the same happened."""
        whole = hashlib.sha256()
        for name, documents in sorted(self.documents().items()):
            whole.update(name.encode())
            whole.update(repr(sorted(documents, key=lambda one: str(one["_id"]))).encode())
        return whole.hexdigest()[:16]

    def become(self, documents: Documents) -> None:
        """Holds exactly that; what nobody has touched since it did stays."""
        same = documents is self._held
        for spec in self._specs:
            if same and spec.name not in self._written.names:
                continue
            self._raw[spec.name].delete_many({})
            wanted = documents.get(spec.name)
            if wanted:
                self._raw[spec.name].insert_many(wanted)
        self._held = documents
        self._written.names.clear()

    def find(self, collection: str, query: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """In the order of their ids."""
        return list(self._raw[collection].find(query or {}).sort("_id", 1))

    def count(self, collection: str, query: dict[str, Any]) -> int:
        return self._raw[collection].count_documents(query)

    def insert(self, collection: str, documents: list[dict[str, Any]]) -> None:
        self._raw[collection].insert_many(documents)

    def end_sessions(self, sessions: Iterable[Any]) -> None:
        """Gives up the transactions of a client that died, as the server itself does in time."""
        ids = [session.session_id for session in sessions if not session.has_ended]
        if ids:
            self._client.admin.command("killSessions", ids)

    def drop(self) -> None:
        """Removes it."""
        self._client.drop_database(self._raw.name)

    def close(self) -> None:
        self.handle.close()
        self._client.close()
