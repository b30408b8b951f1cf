"""The database: the one module that knows the driver. Connections, indexes, error names.

Everything that changes state goes through `unit_of_work`; this gives it sessions.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bson.codec_options import CodecOptions
from bson.int64 import Int64
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorCursor,
    AsyncIOMotorDatabase,
)
from pymongo import (
    ASCENDING,
    DESCENDING,
    DeleteOne,
    IndexModel,
    InsertOne,
    ReplaceOne,
    ReturnDocument,
    UpdateOne,
    WriteConcern,
)
from pymongo.errors import (
    BulkWriteError,
    CollectionInvalid,
    ConfigurationError,
    ConnectionFailure,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)
from pymongo.read_concern import ReadConcern

from services.chassis.errors import StoreUnavailable

__all__ = [
    "ASCENDING",
    "DESCENDING",
    "BulkWriteError",
    "Collection",
    "CollectionSpec",
    "DeleteOne",
    "Document",
    "DocumentTooLarge",
    "DuplicateKeyError",
    "IndexModel",
    "InsertOne",
    "Int64",
    "MongoDatabase",
    "PyMongoError",
    "ReplaceOne",
    "ReturnDocument",
    "Session",
    "UpdateOne",
    "duplicate_positions",
    "fetch",
    "store_errors",
]

Document = dict[str, Any]
Collection = AsyncIOMotorCollection[Document]
Session = AsyncIOMotorClientSession

_SELECTION_TIMEOUT_MILLIS = 5_000
_SOCKET_TIMEOUT_MILLIS = 20_000
_POOL_SIZE_MAX = 64
_DUPLICATE_KEY = 11000
_IDLE_SESSIONS_MAX = 16
# The server forgets a session that is not used for half an hour; ours go long before.
_SESSION_SECONDS_MAX = 300.0
_DOCUMENTS_PER_REPLY = 20_000
_NAMESPACE_EXISTS = 48
_ALREADY_INITIALIZED = 23
# Already or not yet initialised, and interrupted by a change of state: it is still starting.
_NOT_YET = (_ALREADY_INITIALIZED, 94, 11602)
_UNAVAILABLE = (
    ConnectionFailure,
    NotPrimaryError,
    ServerSelectionTimeoutError,
    WTimeoutError,
    ExecutionTimeout,
    # Of a connection that was made while its member was neither primary nor secondary: the driver
    # takes it for one of a server without sessions.
    ConfigurationError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionSpec:
    """A collection and its indexes, made at start: never inside a transaction."""

    name: str
    indexes: Sequence[IndexModel] = field(default_factory=tuple)


class MongoDatabase:
    """One service's own database. Writes are durable on a majority before they are answered."""

    def __init__(self, *, client: AsyncIOMotorClient[Document], name: str) -> None:
        self._client = client
        self.name = name
        self._idle: list[tuple[Session, float]] = []
        self._database: AsyncIOMotorDatabase[Document] = client.get_database(
            name,
            codec_options=CodecOptions(tz_aware=True),
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("majority"),
        )

    @classmethod
    def connect(cls, *, uri: str, name: str, app_name: str) -> MongoDatabase:
        """A client that connects when it is first used; nothing is sent yet."""
        client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            uri,
            appname=app_name,
            serverSelectionTimeoutMS=_SELECTION_TIMEOUT_MILLIS,
            connectTimeoutMS=_SELECTION_TIMEOUT_MILLIS,
            socketTimeoutMS=_SOCKET_TIMEOUT_MILLIS,
            maxPoolSize=_POOL_SIZE_MAX,
            tz_aware=True,
        )
        return cls(client=client, name=name)

    def collection(self, name: str) -> Collection:
        """A collection of this database."""
        return self._database[name]

    async def ensure(self, specs: Iterable[CollectionSpec]) -> None:
        """Makes collections and indexes that are not there yet; running it again is nothing."""
        with store_errors():
            there = set(await self._database.list_collection_names())
            for spec in specs:
                if spec.name not in there:
                    await self._create(spec.name)
                if spec.indexes:
                    await self._database[spec.name].create_indexes(list(spec.indexes))

    async def _create(self, name: str) -> None:
        try:
            await self._database.create_collection(name)
        except CollectionInvalid:
            return  # another replica made it since we looked
        except OperationFailure as err:
            if err.code != _NAMESPACE_EXISTS:  # the same, seen by the server and not the driver
                raise

    async def ping(self) -> None:
        """Errors: StoreUnavailable."""
        with store_errors():
            await asyncio.wait_for(
                self._database.command("ping"), timeout=_SELECTION_TIMEOUT_MILLIS / 1000
            )

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A driver session: one that has served well before, where there is one.

        Starting and ending one for each transaction costs two turns through the driver's threads.
        """
        session, began_at = await self._idle_session()
        try:
            yield session
        except BaseException:
            await session.end_session()
            raise
        if len(self._idle) < _IDLE_SESSIONS_MAX:
            self._idle.append((session, began_at))
        else:
            await session.end_session()

    async def _idle_session(self) -> tuple[Session, float]:
        while self._idle:
            session, began_at = self._idle.pop()
            if time.monotonic() - began_at < _SESSION_SECONDS_MAX:
                return session, began_at
            await session.end_session()
        return await self._client.start_session(), time.monotonic()

    def begin(self, session: Session) -> None:
        """Starts a transaction that reads one snapshot and commits to a majority's journals."""
        session.start_transaction(
            read_concern=ReadConcern("snapshot"), write_concern=WriteConcern(w="majority", j=True)
        )

    def close(self) -> None:
        """Ends all connections."""
        self._client.close()


async def fetch(cursor: AsyncIOMotorCursor[Document]) -> list[Document]:
    """All documents of a query that is bounded by what it asks for, in one reply if they fit.

    The driver's default asks again after 101 documents, and iterating costs a turn each.
    """
    return await cursor.batch_size(_DOCUMENTS_PER_REPLY).to_list(None)


@contextlib.contextmanager
def store_errors() -> Iterator[None]:
    """Gives the driver's connection errors the name that callers know.

    Errors:
        StoreUnavailable: no answer, or no primary.
    """
    try:
        yield
    except _UNAVAILABLE as err:
        raise StoreUnavailable("the database did not answer", cause=type(err).__name__) from err
    except TimeoutError as err:
        raise StoreUnavailable("the database did not answer", cause="TimeoutError") from err


def is_transient(err: BaseException) -> bool:
    """The transaction left nothing behind; its whole body may run again."""
    return isinstance(err, PyMongoError) and err.has_error_label("TransientTransactionError")


def is_commit_unknown(err: BaseException) -> bool:
    """The commit may have happened; only the commit may be sent again."""
    return isinstance(err, PyMongoError) and err.has_error_label("UnknownTransactionCommitResult")


def is_write_conflict(err: BaseException) -> bool:
    """Another transaction changed a document that this one wanted to change."""
    return isinstance(err, OperationFailure) and err.code == 112


def duplicate_positions(err: BulkWriteError) -> set[int]:
    """Which documents of an unordered insert_many were there already.

    Errors:
        BulkWriteError: the same, where anything but duplicate keys went wrong.
    """
    details: Mapping[str, Any] = err.details or {}
    problems = details.get("writeErrors", [])
    if details.get("writeConcernErrors") or any(
        problem["code"] != _DUPLICATE_KEY for problem in problems
    ):
        raise err
    return {problem["index"] for problem in problems}


async def initiate_replica_set(*, host: str, port: int, timeout_seconds: float = 30.0) -> str:
    """Makes a freshly started mongod a one-node replica set; returns its address.

    For development and tests. A server that was initiated before is waited for, and told its new
    address where it has moved to another port.

    Errors:
        StoreUnavailable: it has no primary in time.
    """
    direct: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
        f"mongodb://{host}:{port}/?directConnection=true", serverSelectionTimeoutMS=500
    )
    deadline = time.monotonic() + timeout_seconds
    try:
        while time.monotonic() < deadline:
            try:
                hello = await direct.admin.command("hello")
                if hello.get("isWritablePrimary"):
                    return f"mongodb://{host}:{port}/?replicaSet=rs0"
                if not hello.get("setName"):
                    await _make_replica_set(direct, address=f"{host}:{port}")
            except PyMongoError as err:
                if isinstance(err, OperationFailure) and err.code not in _NOT_YET:
                    raise
            await asyncio.sleep(0.05)
    finally:
        direct.close()
    raise StoreUnavailable("mongod has no primary", host=host, port=port)


async def _make_replica_set(direct: AsyncIOMotorClient[Document], *, address: str) -> None:
    members = [{"_id": 0, "host": address}]
    config = {"_id": "rs0", "members": members, "settings": {"electionTimeoutMillis": 1000}}
    try:
        await direct.admin.command("replSetInitiate", config)
    except OperationFailure as err:
        if err.code != _ALREADY_INITIALIZED:
            raise
        there = (await direct.admin.command("replSetGetConfig"))["config"]
        if there["members"][0]["host"] != address:
            moved = {**there, "members": members, "version": there["version"] + 1}
            await direct.admin.command({"replSetReconfig": moved, "force": True})


async def drop_database(*, uri: str, name: str) -> None:
    """Removes a database of a test run."""
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(uri)
    try:
        await client.drop_database(name)
    finally:
        client.close()


async def empty_database(*, uri: str, name: str) -> None:
    """Removes every document of a database of tests; its collections and indexes stay.

    Ends all sessions of the server first: a transaction that a dead test left open would hold its
    documents for a minute.
    """
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(uri)
    try:
        await client.admin.command({"killAllSessions": []})
        durable = WriteConcern(w="majority", j=True)
        database = client.get_database(name, write_concern=durable)
        names = await database.list_collection_names()
        await asyncio.gather(*(database[each].delete_many({}) for each in names))
    finally:
        client.close()
