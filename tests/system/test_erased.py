"""A person who was enrolled, invited, at work and paid is erased: nothing says who it was.

The proof is that every document of every database of the stack is read, byte for byte.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pymongo
import pytest
from bson.raw_bson import RawBSONDocument

from tests.system.conftest import Running
from tests.system.leaving import (
    PAY_MINOR,
    accepted_work,
    directly_engaged,
    may_be_paid,
    ordered_pay,
)
from tests.system.tenants import World, bearer
from tests.waiting import until

PAID = {
    "external_id": "zora-quill-7",
    "name": "Zora Quillworth",
    "email": "zora@quillworth.example",
}
UNPAID = {"external_id": "yoel-7", "name": "Yoel Tarnwick", "email": "yoel@tarnwick.example"}
UNITS = 10_000
SIGNS_IN_AS = "zq@at-home.example"
PASSWORD = "a horse that reads aloud"
SERVICES = ("accounts", "vendors", "broker", "quality", "payouts", "gateway")
# The server's own: its log of operations is gone over in a ring, and is nobody's to query.
SERVERS_OWN = ("admin", "config", "local")


@pytest.fixture
def client(running: Running) -> Iterator[pymongo.MongoClient[Any]]:
    """Reads what the services have stored, as it is stored."""
    found: pymongo.MongoClient[Any] = pymongo.MongoClient(
        str(running.stack.target()["mongo_uri"]),
        serverSelectionTimeoutMS=5_000,
        document_class=RawBSONDocument,
    )
    yield found
    found.close()


def places(client: pymongo.MongoClient[Any], *traces: str) -> set[str]:
    """The collections with a document that has one of these in it, in whatever case."""
    wanted = [trace.casefold().encode() for trace in traces]
    found = set()
    for database in client.list_databases():
        name = str(database["name"])
        if name in SERVERS_OWN:
            continue
        for collection in client[name].list_collection_names():
            # Bytes, so that what is inside of messages and files is read, too.
            for document in client[name][collection].find():
                raw = bytes(document.raw).lower()
                if any(trace in raw for trace in wanted):
                    found.add(f"{name.rpartition('crewline_')[2]}.{collection}")
                    break
    return found


def _invited(world: World, contractor_id: str) -> str:
    """They sign in, with an address of their own, and have a key; returns its secret."""
    asked = {"invitations": [{"person_id": contractor_id, "email": SIGNS_IN_AS}]}
    made = world.call(world.operator, "POST", "/v1/invitations:batchCreate", asked)["results"][0]
    accepted = world.http.post(
        "/v1/invitations:accept",
        json={
            "secret": made["secret"],
            "email": SIGNS_IN_AS,
            "password": PASSWORD,
            "device": "Zora Quillworth's laptop",
        },
    )
    assert accepted.status_code == 200, accepted.text
    wanted = {"keys": [{"person_id": contractor_id, "label": "of Zora Quillworth"}]}
    made = world.call(world.operator, "POST", "/v1/api-keys:batchCreate", wanted)["results"][0]
    return str(made["secret"])


def _erase(world: World, contractor_id: str) -> None:
    left = {"reason": "Zora Quillworth and Yoel Tarnwick move away"}
    world.call(world.operator, "POST", f"/v1/contractors/{contractor_id}:offboard", left)
    wanted = {"reason": "asked to in letter 12, Art. 17"}
    world.call(world.operator, "POST", f"/v1/contractors/{contractor_id}:erase", wanted)


def _is_erased(world: World, contractor_id: str) -> bool:
    found = world.call(world.operator, "GET", f"/v1/contractors/{contractor_id}")["contractor"]
    return "erase_time" in found["erasure"]


def _hurdles(world: World, contractor_id: str) -> dict[str, int]:
    """What it waits for, with amounts in the ledger's units."""
    path = f"/v1/contractors/{contractor_id}/erasure"
    answer = world.http.get(path, headers=bearer(world.operator))
    if answer.status_code != 200:
        return {}
    return {
        one["hurdle"]: int(one["amount"]["amount_minor"]) * UNITS + one["amount"]["fraction"]
        for one in answer.json()["progress"]["hurdles"]
    }


def _pay_benefits_out(world: World, contractor_id: str, amount_units: int) -> None:
    """Two operators put what is too little to be taken out with what is paid anyhow."""
    correction = {
        "postings": [
            {"account": f"contractor:{contractor_id}:benefits:USD", "amount_units": amount_units},
            {"account": f"contractor:{contractor_id}:payable:USD", "amount_units": -amount_units},
        ],
        "reason": "the person leaves for good",
    }
    made = world.call(world.operator, "POST", "/v1/adjustments", correction)["adjustment"]
    second = {"email": "second@erasedqx-operators.example", "name": "Second"}
    person = world.call(world.operator, "POST", "/v1/people", second)["person"]
    (secret,) = until(lambda: world._keys(world.operator, [person["person_id"]]), "a key")
    path = f"/v1/adjustments/{made['adjustment_id']}:confirm"
    world.call(world._exchange(secret), "POST", path, {})


def _paid(world: World, contractor_id: str) -> str:
    """The period ends and is paid; returns the person's statement."""
    period_id = ordered_pay(world)

    def paid() -> str:
        query = {"pay_period_id": period_id, "page_size": "1000"}
        listed = world.call(world.operator, "GET", "/v1/statements", **query)["statements"]
        (own,) = [one for one in listed if one["payee_id"] == contractor_id]
        # And benefits of one and a half, of which half a cent stays: no rail moves it.
        assert int(own["total_minor"]) == PAY_MINOR + 1
        return str(own["statement_id"]) if own["state"] == "STATEMENT_STATE_PAID" else ""

    return until(paid, "the payment")


def _document(world: World, statement_id: str) -> bytes:
    answer = world.http.get(f"/v1/statements/{statement_id}:json", headers=bearer(world.operator))
    assert answer.status_code == 200, answer.text
    return answer.content


def test_of_an_erased_person_no_database_has_a_trace(
    running: Running, client: pymongo.MongoClient[Any]
) -> None:
    """Paid first, then erased, everywhere, with the papers as whole as before."""
    world = World(base_url=running.base_url, operator_key=running.operator_key)
    with contextlib.closing(world):
        tenant = world.staffed("erasedqx", country="US")
        paid_id, token = directly_engaged(world, region="US-CA", **PAID)
        unpaid_id, other = directly_engaged(world, **UNPAID)
        key = _invited(world, paid_id)
        may_be_paid(world, running, token, email=PAID["email"])
        may_be_paid(world, running, other, email=UNPAID["email"])
        form = {"form": "TAX_FORM_W9", "country": "US", "id_type": "TAX_ID_TYPE_SSN",
                "number": "123-45-6789", "legal_name": UNPAID["name"],
                "certified": True}  # fmt: skip
        world.call(other, "POST", "/v1/tax-identity", form)
        accepted_work(world, tenant, (token,))
        traces = (*PAID.values(), "quillworth", SIGNS_IN_AS)
        # The test can see: all of these have something of the person.
        there = places(client, *traces)
        assert there >= {
            "vendors.contractors", "vendors.requests", "accounts.people", "accounts.invitations",
            "accounts.sessions", "accounts.api_keys", "accounts.requests",
            "payouts.contractor_names", "payouts.payout_accounts",
        }  # fmt: skip
        assert "payouts.tax_identities" in places(client, UNPAID["name"])

        _erase(world, paid_id)
        until(lambda: _hurdles(world, paid_id), "what is waited for")
        # The platform has put by benefits, too: too little for the person to take out.
        waits = {"ERASURE_HURDLE_NOT_STATED": 50 * UNITS, "ERASURE_HURDLE_BENEFITS": 15_000}
        assert _hurdles(world, paid_id) == waits
        _pay_benefits_out(world, paid_id, 15_000)
        assert _hurdles(world, paid_id) == {"ERASURE_HURDLE_NOT_STATED": 50 * UNITS + 15_000}
        assert "vendors.contractors" in places(client, *PAID.values())
        _erase(world, unpaid_id)
        until(lambda: _is_erased(world, unpaid_id), "an erasure of somebody who is owed nothing")
        statement_id = _paid(world, paid_id)
        frozen = _document(world, statement_id)
        until(lambda: _is_erased(world, paid_id), "an erasure of somebody who was paid")

        # News goes its way: within the moment, and without anybody's help.
        left: set[str] = {"?"}

        def nowhere() -> bool:
            nonlocal left
            left = places(client, *traces, *UNPAID.values(), "tarnwick")
            return not left

        with contextlib.suppress(AssertionError):
            until(nowhere, "no trace", timeout_seconds=20)
        assert left == set()

        # What refers to the person, and what may be proven, is there.
        assert {"payouts.entries", "payouts.statement_documents", "vendors.contractors"} <= places(
            client, paid_id
        )
        assert _document(world, statement_id) == frozen
        found = world.call(world.operator, "GET", f"/v1/contractors/{paid_id}")["contractor"]
        assert (found["state"], found["country"]) == ("CONTRACTOR_STATE_OFFBOARDED", "US")
        assert found["erasure"]["reason"] == "asked to in letter 12, Art. 17"
        for refused in (
            world.http.post("/v1/access-tokens", json={"secret": key}),
            world.http.post("/v1/sessions", json={"email": SIGNS_IN_AS, "password": PASSWORD}),
        ):
            assert refused.status_code == 401, refused.text
        # Nor do the services' logs name anybody.
        logs = {name: running.stack.folder.log_file(name).read_bytes() for name in SERVICES}
        named = [name for name, text in logs.items() if b"uillworth" in text or b"arnwick" in text]
        assert named == []
