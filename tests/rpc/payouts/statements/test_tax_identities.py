"""Tax forms through the RPCs: certified by payees, a state for operators, a number for nobody."""

from __future__ import annotations

import json
import uuid
from typing import Any

import grpc
import pytest
import structlog

from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.ids import new_id
from services.payouts.app import Payouts
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.store.statements.tax_identities import TaxIdentityStore
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_ledger import (
    TAX_NUMBER_KEYS,
    ServedLedger,
    payouts_settings,
    start_ledger,
)

NUMBER = "A-0123 45678Z"
PLAIN = "A012345678Z"


def certifying(**changes: Any) -> pb.CertifyTaxIdentityRequest:
    values: dict[str, Any] = {
        "request_id": str(uuid.uuid4()),
        "form": types_pb2.TAX_FORM_W8BEN,
        "country": "KE",
        "id_type": types_pb2.TAX_ID_TYPE_TIN,
        "number": NUMBER,
        "legal_name": "Wanjiku Kamau",
        "certified": True,
        **changes,
    }
    return pb.CertifyTaxIdentityRequest(**values)


async def ledger_with_people(rpc: RpcHarness) -> ServedLedger:
    ledger = await start_ledger(rpc)
    await ledger.parts.projections.contractors_changed(
        [
            {
                "_id": contractor_id,
                "organisation_id": "org_platform",
                "is_direct": True,
                "country": "KE",
                "version": 1,
            }
            for contractor_id in ("ctr_a", "ctr_b")
        ]
    )
    return ledger


async def test_a_payee_certifies_and_sees_four_characters_of_the_number(rpc: RpcHarness) -> None:
    ledger = await ledger_with_people(rpc)
    token = ledger.token("CONTRACTOR", subject_id="ctr_a")
    request = certifying()
    answers = [
        await ledger.send(ledger.stub.CertifyTaxIdentity, request, token=token) for _ in range(2)
    ]
    assert {answer.tax_identity.version for answer in answers} == {1}
    corrected = await ledger.send(
        ledger.stub.CertifyTaxIdentity, certifying(legal_name="W. Kamau"), token=token
    )
    assert corrected.tax_identity.version == 2
    found = await ledger.send(ledger.stub.GetTaxIdentity, pb.GetTaxIdentityRequest(), token=token)
    shown = found.tax_identity
    assert (shown.number_last_four, shown.legal_name, shown.state) == (
        "678Z", "W. Kamau", types_pb2.TAX_FORM_STATE_VALID,
    )  # fmt: skip
    assert shown.expire_time.ToDatetime().year == rpc.clock().year + 4


async def test_operators_see_a_state_and_who_else_gave_the_number(rpc: RpcHarness) -> None:
    ledger = await ledger_with_people(rpc)
    for contractor_id in ("ctr_a", "ctr_b"):
        token = ledger.token("CONTRACTOR", subject_id=contractor_id)
        await ledger.send(ledger.stub.CertifyTaxIdentity, certifying(), token=token)
    found = await ledger.send(
        ledger.stub.GetTaxIdentity,
        pb.GetTaxIdentityRequest(payee_id="ctr_a"),
        token=ledger.token("OPERATOR"),
    )
    assert found.tax_identity.number_last_four == ""
    assert list(found.tax_identity.same_number_payee_ids) == ["ctr_b"]
    stranger = await refusal(
        ledger.stub.GetTaxIdentity,
        pb.GetTaxIdentityRequest(payee_id="ctr_a"),
        token=ledger.token("CONTRACTOR", subject_id="ctr_b"),
    )
    assert stranger.code is grpc.StatusCode.NOT_FOUND
    of_client = await refusal(
        ledger.stub.GetTaxIdentity,
        pb.GetTaxIdentityRequest(payee_id="ctr_a"),
        token=ledger.token("CLIENT"),
    )
    assert of_client.code is grpc.StatusCode.PERMISSION_DENIED


async def test_the_number_is_in_no_document_no_event_and_no_log(
    rpc: RpcHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """What is kept of the request is keyed: nine digits behind a plain hash are soon guessed."""
    ledger = await ledger_with_people(rpc)
    token = ledger.token("CONTRACTOR", subject_id="ctr_a")
    with structlog.testing.capture_logs() as logs, caplog.at_level("DEBUG"):
        await ledger.send(ledger.stub.CertifyTaxIdentity, certifying(), token=token)
        refused = await refusal(
            ledger.stub.CertifyTaxIdentity,
            certifying(form=types_pb2.TAX_FORM_W9),
            token=token,
        )
    assert refused.reason == "TAX_IDENTITY_INVALID"
    kept = repr(await rpc.contents())
    told = json.dumps(logs, default=repr) + caplog.text + repr(refused)
    for number in (NUMBER, PLAIN, "012345678"):
        assert number not in kept
        assert number not in told
    assert "tax_identities" in kept


async def test_numbers_are_sealed_again_under_a_new_key(rpc: RpcHarness) -> None:
    ledger = await ledger_with_people(rpc)
    token = ledger.token("CONTRACTOR", subject_id="ctr_a")
    await ledger.send(ledger.stub.CertifyTaxIdentity, certifying(), token=token)
    settings = payouts_settings(rpc.database.name).model_copy(
        update={
            "tax_number_keys": type(payouts_settings("x").tax_number_keys)(
                f"k2:{'18' * 32},{TAX_NUMBER_KEYS}"
            )
        }
    )
    restarted = Payouts(
        database=rpc.database,
        transactions=ledger.transactions,
        clock=rpc.clock,
        new_id=new_id,
        settings=settings,
    )
    rpc.stack.push_async_callback(restarted.rail.stripe.close)
    assert await restarted.taxes.identities.turn() is False
    found = await TaxIdentityStore(database=rpc.database).newest("ctr_a")
    assert found is not None
    assert found.number.key_id == "k2"
    payee = Payee(kind=PayeeKind.CONTRACTOR, payee_id="ctr_a")
    opened = restarted.taxes.cipher.open(found.number, payee=payee, id_type=found.id_type)
    assert opened == PLAIN
