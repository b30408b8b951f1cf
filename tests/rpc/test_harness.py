"""The tests of one service share a database, and find nothing of each other in it."""

from __future__ import annotations

import pytest

from deploy.local.servers import Mongod
from services.chassis.mongo import (
    ASCENDING,
    CollectionSpec,
    DuplicateKeyError,
    IndexModel,
    MongoDatabase,
    empty_database,
)
from services.chassis.unit_of_work import OUTBOX
from tests.rpc.harness import RpcHarness

THINGS = CollectionSpec(name="things", indexes=(IndexModel([("name", ASCENDING)], unique=True),))


@pytest.mark.parametrize("turn", [1, 2])
async def test_every_test_begins_with_an_empty_database(rpc: RpcHarness, turn: int) -> None:
    await rpc.prepare([THINGS])
    assert not any((await rpc.contents()).values())
    for name in ("things", OUTBOX):
        await rpc.database.collection(name).insert_one({"_id": "left behind"})


async def test_emptying_takes_every_document_and_leaves_the_indexes(
    rpc: RpcHarness, mongod: Mongod
) -> None:
    await rpc.prepare([THINGS])
    things = rpc.database.collection("things")
    await things.insert_many([{"_id": number, "name": str(number)} for number in range(2_000)])
    await empty_database(uri=mongod.uri, name=rpc.database.name)
    assert await things.count_documents({}) == 0
    await things.insert_one({"_id": "a", "name": "one"})
    with pytest.raises(DuplicateKeyError):
        await things.insert_one({"_id": "b", "name": "one"})


async def test_a_transaction_that_a_dead_test_left_open_holds_nothing_up(
    rpc: RpcHarness, mongod: Mongod
) -> None:
    await rpc.prepare([THINGS])
    await rpc.database.collection("things").insert_one({"_id": "a", "name": "one"})
    dead = MongoDatabase.connect(uri=mongod.uri, name=rpc.database.name, app_name="dead")
    async with dead.session() as session:
        dead.begin(session)
        await dead.collection("things").update_one(
            {"_id": "a"}, {"$set": {"name": "two"}}, session=session
        )
        await empty_database(uri=mongod.uri, name=rpc.database.name)
    dead.close()
    assert await rpc.database.collection("things").count_documents({}) == 0
