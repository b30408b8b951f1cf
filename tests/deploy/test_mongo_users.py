"""A real mongod with deploy/mongo's configuration, started and set up by deploy/mongo's scripts."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pymongo.collection
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from deploy.local.processes import can_connect, free_port
from deploy.local.servers import mongod_path
from services.chassis.clock import utc_now
from services.chassis.ids import new_id
from services.chassis.mongo import ASCENDING, CollectionSpec, IndexModel, MongoDatabase
from services.chassis.regions import RegionCodes
from services.chassis.unit_of_work import COLLECTIONS, Transactions, UnitOfWork
from services.payouts.app import COLLECTIONS as PAYOUTS_COLLECTIONS
from services.payouts.domain.fairness.fair_pay import FairPayPolicy
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.flows import client_deposit
from services.payouts.domain.papers.billing import BillingDetails, ClientTax, Particulars
from services.payouts.domain.reconciliation.clearing import Acknowledgement
from services.payouts.parts.ledger import LedgerParts
from services.payouts.store.collections import ENTRIES
from services.payouts.store.ledger.chain_collections import CHAIN_BLOCKS, PERIOD_SEALS
from services.payouts.store.papers.billing import BILLING, CLIENT_TAXES, BillingStore
from services.payouts.store.reconciliation.clearing import ClearingStore
from services.payouts.store.reconciliation.mirror_collections import CLEARING_ACKNOWLEDGEMENTS
from tests.deploy.compose_file import COMPOSE_FILE, load_compose
from tests.deploy.tools import run

SERVICES = ("accounts", "vendors", "broker", "quality", "payouts", "gateway")
FOLDER = COMPOSE_FILE.parents[1] / "mongo"
UNAUTHORIZED = 13
AUTHENTICATION_FAILED = 18

Collection = pymongo.collection.Collection[dict[str, object]]
TOUCHES: tuple[Callable[[Collection], object], ...] = (
    lambda things: things.find_one(),
    lambda things: things.insert_one({}),
    lambda things: things.delete_many({}),
    lambda things: things.drop(),
    lambda things: things.database.list_collection_names(),
)

# Without one right to change the journal there are these ways to try.
CHANGES: tuple[Callable[[Collection], object], ...] = (
    lambda kept: kept.update_one({}, {"$set": {"x": 1}}),
    lambda kept: kept.update_many({}, {"$unset": {"hash": ""}}),
    lambda kept: kept.replace_one({}, {}),
    lambda kept: kept.find_one_and_update({}, {"$set": {"x": 1}}),
    lambda kept: kept.find_one_and_delete({}),
    lambda kept: kept.delete_one({}),
    lambda kept: kept.delete_many({}),
    lambda kept: kept.drop(),
    lambda kept: kept.rename("else"),
    lambda kept: kept.drop_index("accruals"),
    lambda kept: kept.database["balances"].aggregate([{"$out": kept.name}]),
    lambda kept: kept.database["balances"].aggregate([{"$merge": kept.name}]),
    lambda kept: kept.database.command({"collMod": kept.name, "validator": {}}),
    lambda kept: kept.database.client.drop_database(kept.database.name),
)
APPEND_ONLY = {
    ENTRIES, CHAIN_BLOCKS, PERIOD_SEALS, BILLING, CLIENT_TAXES, CLEARING_ACKNOWLEDGEMENTS,
}  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A set of one: what is proved here does not depend on their number."""

    port: int
    secrets: Path
    temporary: Path
    said: list[str]

    def uri(self, service: str) -> str:
        """As the service gets it, with the address of this member."""
        uri = (self.secrets / f"{service}_mongo_uri").read_text().strip()
        members = load_compose().services["mongo-init"].environment["MONGO_MEMBERS"]
        assert members in uri
        return uri.replace(members, f"127.0.0.1:{self.port}").replace(
            "/run/secrets", str(self.secrets)
        )

    def client(self, service: str) -> MongoClient[dict[str, object]]:
        return MongoClient(self.uri(service), serverSelectionTimeoutMS=5000)


@pytest.fixture(scope="module")
def member(
    tmp_path_factory: pytest.TempPathFactory, secrets: Path, mongosh: list[str]
) -> Iterator[Member]:
    root = tmp_path_factory.mktemp("mongo")
    (root / "db").mkdir()
    (root / "tmp").mkdir()
    port = free_port()
    environment = {
        **os.environ,
        "PATH": f"{Path(mongod_path()).parent}:{os.environ['PATH']}",
        "CREWLINE_SECRETS_DIR": str(secrets),
        "MONGOD_CONFIG": str(FOLDER / "mongod.conf"),
        "TMPDIR": str(root / "tmp"),
        "MONGO_MEMBERS": f"127.0.0.1:{port}",
        "HOME": str(root),
    }
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(
            ["sh", FOLDER / "start.sh", "--port", str(port), "--dbpath", root / "db",
             "--bind_ip", "127.0.0.1"],
            stdout=log, stderr=log, env=environment,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while not can_connect(port):
            assert process.poll() is None, (root / "log").read_text()[-3000:]
            assert time.monotonic() < deadline, (root / "log").read_text()[-3000:]
        said = [_init(mongosh, environment) for _ in range(2)]
        yield Member(port=port, secrets=secrets, temporary=root / "tmp", said=said)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _init(mongosh: list[str], environment: dict[str, str]) -> str:
    """The job mongo-init of compose."""
    entrypoint = load_compose().services["mongo-init"].entrypoint
    assert entrypoint[0] == "mongosh"
    assert entrypoint[-1] == "/etc/mongo/init.js"
    done = run(
        *mongosh,
        *entrypoint[1:-1],
        FOLDER / "init.js",
        environment=environment,
        timeout_seconds=150,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_first_run_makes_everything_and_the_second_nothing(member: Member) -> None:
    first, second = member.said
    assert "initiated rs0" in first
    assert "made the user admin" in first
    assert "initiated" not in second
    assert "made" not in second
    for service in SERVICES:
        assert f"made the user {service} of crewline_{service}" in first
        assert f"updated the user {service} of crewline_{service}" in second


async def test_a_service_does_in_its_database_what_the_chassis_does(member: Member) -> None:
    database = MongoDatabase.connect(
        uri=member.uri("broker"), name="crewline_broker", app_name="test"
    )
    with contextlib.closing(database):
        specs = (CollectionSpec(name="own_things", indexes=(IndexModel([("at", ASCENDING)]),)),)
        await database.ensure((*COLLECTIONS, *specs))
        await database.ensure((*COLLECTIONS, *specs))
        await database.ping()
        things = database.collection("own_things")

        async def body(work: UnitOfWork) -> None:
            await things.insert_one({"_id": 1, "at": 1}, session=work.session)
            await things.update_one({"_id": 1}, {"$inc": {"at": 1}}, session=work.session)

        await Transactions(database=database, clock=utc_now, new_id=new_id).run(body)
        assert await things.find_one({"_id": 1}) == {"_id": 1, "at": 2}
        assert await things.count_documents({}) == 1
        assert (await things.delete_many({})).deleted_count == 1


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_touches_no_other_database(member: Member, service: str) -> None:
    with member.client(service) as client:
        own = client[f"crewline_{service}"]["things"].with_options(
            write_concern=WriteConcern(w="majority", j=True), read_concern=ReadConcern("majority")
        )
        own.insert_one({"_id": service})
        for other in (*SERVICES, "else"):
            if other == service:
                continue
            stranger = client[f"crewline_{other}"]["things"]
            for touch in TOUCHES:
                with pytest.raises(OperationFailure) as refused:
                    touch(stranger)
                assert refused.value.code == UNAUTHORIZED


async def test_payouts_only_adds_to_its_journal(member: Member) -> None:
    """G2, G7: it may add blocks, seals, billing details, and may change or remove none of it."""
    database = MongoDatabase.connect(
        uri=member.uri("payouts"), name="crewline_payouts", app_name="test"
    )
    with contextlib.closing(database):
        await database.ensure((*COLLECTIONS, *PAYOUTS_COLLECTIONS))
        transactions = Transactions(database=database, clock=utc_now, new_id=new_id)
        ledger = LedgerParts(
            database=database,
            transactions=transactions,
            check_seconds=10,
            fair_pay=FairPayPolicy(floor_max_age_days=1, rate_max_age_days=1),
            region_codes=RegionCodes(),
        )
        now = utc_now()
        deposit = client_deposit(
            client_id="org_1",
            currency="USD",
            amount_minor=100,
            rail_id="tu_1",
            booking=Booking(effective_at=now, recorded_at=now),
        )

        async def post(work: UnitOfWork) -> None:
            await ledger.store.post_all([deposit], session=work.session, now=work.now)

        await transactions.run(post)
        await transactions.run(post)
        assert await ledger.chain.chain.advance() is not None
        assert await ledger.chain.audit.round() == []
        seal = await ledger.chain.sealing.prepare("pp_000001")
        assert seal is not None
        await transactions.run(lambda work: ledger.chain.sealing.seal(work, seal))
        details = BillingDetails(
            client_id="org_1",
            version=1,
            particulars=Particulars(name="Ada Ltd"),
            stated_by="per_1",
            stated_at=now,
        )
        billing = BillingStore(database=database)
        await transactions.run(lambda work: billing.insert(details, session=work.session))
        known = Acknowledgement(
            acknowledgement_id="ack_1",
            account="rail:stripe:in_flight:USD",
            group="pay.1",
            amount_units=1,
            currency="USD",
            reason="the bank looks for it",
            acknowledged_by="ope_1",
            acknowledged_at=now,
            until=now,
        )
        clearing = ClearingStore(database=database)
        await transactions.run(lambda work: clearing.acknowledge(known, session=work.session))
        tax = ClientTax(
            client_id="org_1", version=1, rate_bps=0, note="", set_by="per_1", set_at=now
        )
        await transactions.run(lambda work: billing.insert_tax(tax, session=work.session))
    with member.client("payouts") as client:
        for name in APPEND_ONLY:
            kept = client["crewline_payouts"][name]
            before = list(kept.find())
            assert before
            for change in CHANGES:
                with pytest.raises(OperationFailure) as refused:
                    change(kept)
                assert refused.value.code == UNAUTHORIZED
            assert list(kept.find()) == before


def test_what_payouts_may_change_is_named_and_is_all_the_rest() -> None:
    """A new collection is added to deploy/mongo/init.js, or to what is never changed."""
    listed = re.search(r"payouts: \[(.*?)\]", (FOLDER / "init.js").read_text(), re.DOTALL)
    assert listed is not None
    changeable = re.findall(r"'(\w+)'", listed[1])
    assert len(changeable) == len(set(changeable))
    there = {spec.name for spec in (*COLLECTIONS, *PAYOUTS_COLLECTIONS)}
    assert there >= APPEND_ONLY
    assert there - APPEND_ONLY - set(changeable) == set()
    assert not APPEND_ONLY & set(changeable)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_administers_nothing(member: Member, service: str) -> None:
    with member.client(service) as client:
        for command, database in (
            ({"createUser": "x", "pwd": "x", "roles": []}, "admin"),
            ({"grantRolesToUser": service, "roles": ["root"]}, "admin"),
            ({"usersInfo": "admin"}, "admin"),
            ({"createUser": "x", "pwd": "x", "roles": []}, f"crewline_{service}"),
            ({"replSetGetConfig": 1}, "admin"),
            ({"shutdown": 1}, "admin"),
            ({"find": "oplog.rs"}, "local"),
        ):
            with pytest.raises(OperationFailure) as refused:
                client[database].command(command)
            assert refused.value.code == UNAUTHORIZED, command


def test_nobody_comes_in_without_a_password(member: Member) -> None:
    ca_file = member.secrets / "ca_certificate"
    bare = f"mongodb://127.0.0.1:{member.port}/?tls=true&tlsCAFile={ca_file}"
    with MongoClient[dict[str, object]](bare) as client, pytest.raises(OperationFailure) as refused:
        client["crewline_broker"]["things"].find_one()
    assert refused.value.code == UNAUTHORIZED
    wrong = member.uri("broker").replace("mongodb://broker:", "mongodb://payouts:")
    with (
        MongoClient[dict[str, object]](wrong) as client,
        pytest.raises(OperationFailure) as refused,
    ):
        client["crewline_payouts"]["things"].find_one()
    assert refused.value.code == AUTHENTICATION_FAILED


def test_nobody_comes_in_without_encryption(member: Member) -> None:
    plain = f"mongodb://127.0.0.1:{member.port}/"
    with (
        MongoClient[dict[str, object]](plain, serverSelectionTimeoutMS=1000) as client,
        pytest.raises(ServerSelectionTimeoutError),
    ):
        client.admin.command("ping")


def test_the_key_file_is_closed_however_the_secret_is_mounted(member: Member) -> None:
    assert (member.secrets / "mongo_keyfile").stat().st_mode & 0o044
    copies = list(member.temporary.iterdir())
    assert [copy.stat().st_mode & 0o777 for copy in copies] == [0o600]
    assert copies[0].read_bytes() == (member.secrets / "mongo_keyfile").read_bytes()
