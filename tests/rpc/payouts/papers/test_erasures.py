"""Erasing a person in payouts: once nothing is owed, all at once, and for good."""

from __future__ import annotations

import io
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pypdf
import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import adjustments_pb2 as adjusting
from crewline.payouts.v1 import erasures_pb2, types_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1.events_pb2 import ContractorErasureCleared
from crewline.vendors.v1.events_pb2 import ContractorErasureAsked
from services.chassis.clock import utc_now
from services.chassis.errors import StoreUnavailable
from services.chassis.events import IncomingEvent
from services.chassis.mongo import Session
from services.chassis.timestamps import moment, timestamp
from services.payouts.app import Payouts
from services.payouts.domain.papers.person_names import PersonName
from services.payouts.metrics.erasure import ERASURES_OLDEST_SECONDS
from services.payouts.store.papers.erasures import ERASURES, ErasureStore
from services.payouts.store.papers.names import CONTRACTOR_NAMES, NameStore
from services.payouts.store.payments.payout_rail_collections import BANK_DETAILS
from services.payouts.store.payments.rail_collections import PAYOUT_ACCOUNTS, WEBHOOKS
from services.payouts.store.statements.tax_collections import TAX_IDENTITIES
from tests.rpc.harness import ROLES, RpcHarness, refusal
from tests.rpc.payouts.served_ledger import ServedLedger, start_ledger
from tests.rpc.payouts.served_rail import ServedRail
from tests.waiting import eventually

NAME, LEGAL_NAME = "Zora Quill", "Zora A. Quill"
ASKED_AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
PERSON = "ctr_d"


@pytest.fixture
async def ledger(rpc: RpcHarness) -> ServedLedger:
    """Somebody whom the platform engages, named."""
    found = await start_ledger(rpc)
    await found.enrol(PERSON, "ctr_1")
    await found.payouts.names.names.contractors_named([(PERSON, 1, NAME), ("ctr_1", 1, "Ben")])
    return found


async def ask(payouts: Payouts, *contractor_ids: str) -> None:
    """As vendors would tell it."""
    await payouts.erasures.consumers.asked(
        [
            IncomingEvent(
                message=ContractorErasureAsked(
                    contractor_id=one, version=3, ask_time=timestamp(ASKED_AT)
                ),
                event_id=f"evt_{one}",
                time=utc_now(),
                deliveries=1,
            )
            for one in contractor_ids
        ]
    )


async def look(served: ServedLedger | ServedRail) -> None:
    """The next look at all of them, whose time has come."""
    erasures = served.rpc.database.collection(ERASURES)
    await erasures.update_many(
        {"due_at": {"$exists": True}}, {"$set": {"due_at": utc_now() - timedelta(seconds=1)}}
    )
    payouts = served.payouts if isinstance(served, ServedLedger) else served.parts
    await payouts.erasures.erasures.turn()


async def progress(served: ServedLedger | ServedRail, contractor_id: str = PERSON) -> Any:
    request = erasures_pb2.GetErasureProgressRequest(contractor_id=contractor_id)
    token = served.rpc.mint.token("OPERATOR")
    return (await served.send(served.stub.GetErasureProgress, request, token=token)).progress


async def hurdles(served: ServedLedger | ServedRail) -> list[str]:
    found = (await progress(served)).hurdles
    return [
        erasures_pb2.ErasureHurdle.Name(one.hurdle).removeprefix("ERASURE_HURDLE_") for one in found
    ]


async def names_left(rpc: RpcHarness) -> list[str]:
    found = await rpc.database.collection(CONTRACTOR_NAMES).find().to_list(None)
    return sorted(one["name"] for one in found)


def certifying() -> pb.CertifyTaxIdentityRequest:
    return pb.CertifyTaxIdentityRequest(
        request_id=str(uuid.uuid4()),
        form=types_pb2.TAX_FORM_W8BEN,
        country="KE",
        id_type=types_pb2.TAX_ID_TYPE_TIN,
        number="A012345678Z",
        legal_name=LEGAL_NAME,
        certified=True,
    )


def banking() -> pb.SetBankDetailsRequest:
    return pb.SetBankDetailsRequest(
        request_id=str(uuid.uuid4()),
        account_holder=NAME,
        account_number="GB82WEST12345698765432",
        bank_code="westgb2l",
        bank_name="Bank of Tests",
        bank_country="GB",
    )


async def test_whoever_is_owed_money_is_erased_when_it_is_paid(rail: ServedRail) -> None:
    """G17, C20: first all that was earned is paid; then the name goes, and no paper changes."""
    await rail.funded()
    await rail.contractors(PERSON)
    await rail.parts.names.names.contractors_named([(PERSON, 1, NAME)])
    await rail.accept(PERSON, 3)
    own = rail.payee(PERSON)
    await rail.send(rail.stub.CertifyTaxIdentity, certifying(), token=own)
    await rail.send(rail.stub.SetBankDetails, banking(), token=own)
    account_id = await rail.open_account(PERSON)

    await ask(rail.parts, PERSON)
    await look(rail)
    (waits,) = (await progress(rail)).hurdles
    assert waits.hurdle == erasures_pb2.ERASURE_HURDLE_NOT_STATED
    assert (waits.amount.amount_minor, waits.amount.currency) == (300, "USD")
    period = await rail.close()
    await look(rail)
    (waits,) = (await progress(rail)).hurdles
    (statement,) = await rail.statements()
    assert waits.hurdle == erasures_pb2.ERASURE_HURDLE_STATEMENT_UNPAID
    assert (waits.of_id, waits.amount.amount_minor) == (statement.statement_id, 300)
    assert await names_left(rail.rpc) == [NAME]
    assert await rail.rpc.events(ContractorErasureCleared) == []

    async def paper(form: Any) -> pb.GetStatementDocumentResponse:
        request = pb.GetStatementDocumentRequest(statement_id=statement.statement_id, format=form)
        found: pb.GetStatementDocumentResponse = await rail.send(
            rail.stub.GetStatementDocument, request
        )
        return found

    frozen = await paper(pb.STATEMENT_FORMAT_JSON)
    assert NAME in text_of((await paper(pb.STATEMENT_FORMAT_PDF)).content)
    await rail.pay(period.pay_period_id)
    await rail.until_all("PAID")
    await eventually(lambda: looked_into(rail, account_id), what="what the provider told")
    await rail.stop_loops()
    await look(rail)

    done = await progress(rail)
    assert done.HasField("erase_time")
    assert list(done.hurdles) == []
    (cleared,) = await rail.rpc.events(ContractorErasureCleared)
    assert (cleared.contractor_id, cleared.version) == (PERSON, 3)
    assert await names_left(rail.rpc) == []
    # The document is what it was, and its hash proves it; the paper shows the id and says why.
    again = await paper(pb.STATEMENT_FORMAT_JSON)
    assert (again.content, again.document_hash) == (frozen.content, statement.document_hash)
    text = text_of((await paper(pb.STATEMENT_FORMAT_PDF)).content)
    assert NAME not in text
    assert PERSON in text
    assert "the name is not kept any more" in text
    # At the provider the payments are found by the account; what it told of the person is gone.
    database = rail.rpc.database
    account = await database.collection(PAYOUT_ACCOUNTS).find_one({"_id": PERSON})
    assert account is not None
    assert (account["account_id"], account["email"]) == (account_id, "")
    before = {"account_id": account_id, "received_at": {"$lt": moment(done.erase_time)}}
    told = await database.collection(WEBHOOKS).find(before).to_list(None)
    assert told
    assert {bytes(one["payload"]) for one in told} == {b""}
    # Paid under a tax form, and never through a bank file.
    assert await database.collection(TAX_IDENTITIES).count_documents({}) == 1
    assert await database.collection(BANK_DETAILS).count_documents({}) == 0
    await rail.check_books()


async def looked_into(rail: ServedRail, account_id: str) -> bool:
    """Of the account; what tells of a person is kept of nobody, what tells of money is."""
    webhooks = rail.rpc.database.collection(WEBHOOKS)
    told = {"account_id": account_id, "handled_at": {"$exists": True}}
    handled = await webhooks.find(told).to_list(None)
    of_person = [one for one in handled if one["type"].startswith("account.")]
    of_money = [one for one in handled if one["type"].startswith("payout.")]
    assert not [one["type"] for one in of_person if one["payload"]]
    assert not [one["type"] for one in of_money if not one["payload"]]
    return bool(of_person and of_money)


def text_of(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


async def test_minimums_lapse_for_who_is_to_be_erased(rail: ServedRail) -> None:
    """C20: nothing more comes that would make them up, and nobody is erased who is owed."""
    await rail.funded(benefits_bps=1_000)
    await rail.contractors(PERSON, "ctr_1")
    await rail.accept(PERSON, 3)
    await rail.accept("ctr_1", 3)
    await rail.open_account(PERSON)
    own = rail.payee(PERSON)

    def withdrawing() -> pb.WithdrawBenefitsRequest:
        amount = common_pb2.Money(amount_minor=30, currency="USD")
        return pb.WithdrawBenefitsRequest(request_id=str(uuid.uuid4()), amount=amount)

    refused = await refusal(rail.stub.WithdrawBenefits, withdrawing(), token=own)
    assert refused.reason == "BENEFITS_BELOW_MINIMUM"
    await ask(rail.parts, PERSON)
    await rail.send(rail.stub.WithdrawBenefits, withdrawing(), token=own)
    period = await rail.close(minimum_minor=100_000)
    assert [(one.payee_id, one.total_minor) for one in await rail.statements()] == [(PERSON, 330)]
    await rail.pay(period.pay_period_id)
    await rail.until_all("PAID")
    await rail.stop_loops()
    await look(rail)
    assert (await progress(rail)).HasField("erase_time")
    # For everybody else they hold on.
    await rail.restart_loops()
    assert (await rail.close(minimum_minor=100_000)).statements == 0


async def test_of_whoever_was_never_paid_nothing_is_kept(ledger: ServedLedger) -> None:
    """No tax form, no bank details, and no answer to a request that has them in it."""
    own = ledger.token("CONTRACTOR", subject_id=PERSON)
    certified = certifying()
    await ledger.send(ledger.stub.CertifyTaxIdentity, certified, token=own)
    await ledger.send(ledger.stub.SetBankDetails, banking(), token=own)
    await ask(ledger.payouts, PERSON)
    await look(ledger)
    assert (await progress(ledger)).HasField("erase_time")
    found = str(await ledger.rpc.contents())
    assert [one for one in (NAME, LEGAL_NAME, "5678", "5432") if one in found] == []
    assert await names_left(ledger.rpc) == ["Ben"]


async def test_a_name_that_comes_late_brings_nobody_back(ledger: ServedLedger) -> None:
    names = ledger.payouts.names.names
    await ask(ledger.payouts, PERSON)
    # While it is only asked for, the name may still be wanted on a paper.
    await names.contractors_named([(PERSON, 2, "Zora Q.")])
    assert await names_left(ledger.rpc) == ["Ben", "Zora Q.", NAME]
    await look(ledger)
    await names.contractors_named([(PERSON, 1, NAME), ("ctr_2", 1, "Cy")])
    await names.contractors_named([(PERSON, 7, NAME)])
    assert await names_left(ledger.rpc) == ["Ben", "Cy"]
    # Nor does it to be asked again.
    before = await ledger.rpc.contents()
    await ask(ledger.payouts, PERSON, PERSON)
    await look(ledger)
    assert await ledger.rpc.contents() == before
    assert len(await ledger.rpc.events(ContractorErasureCleared)) == 1


async def test_a_name_that_comes_in_the_same_moment_does_not_stay(
    ledger: ServedLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for and carried out between a transaction's first look and its commit."""
    add_people, raced = NameStore.add_people, False

    async def racing(store: NameStore, names: Sequence[PersonName], *, session: Session) -> None:
        nonlocal raced
        await add_people(store, names, session=session)
        if not raced:
            raced = True
            await ask(ledger.payouts, "ctr_late")
            await look(ledger)

    monkeypatch.setattr(NameStore, "add_people", racing)
    await ledger.payouts.names.names.contractors_named([("ctr_late", 1, "Late Riser")])
    assert raced
    assert (await progress(ledger, "ctr_late")).HasField("erase_time")
    assert "Late Riser" not in await names_left(ledger.rpc)


async def test_all_of_it_or_nothing(ledger: ServedLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    own = ledger.token("CONTRACTOR", subject_id=PERSON)
    await ledger.send(ledger.stub.CertifyTaxIdentity, certifying(), token=own)
    await ask(ledger.payouts, PERSON)

    async def fail(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("gone")

    with monkeypatch.context() as patched:
        patched.setattr(ErasureStore, "finish", fail)
        with pytest.raises(StoreUnavailable):
            await look(ledger)
    assert await names_left(ledger.rpc) == ["Ben", NAME]
    assert await ledger.rpc.database.collection(TAX_IDENTITIES).count_documents({}) == 1
    assert not (await progress(ledger)).HasField("erase_time")
    assert await ledger.rpc.events(ContractorErasureCleared) == []
    await look(ledger)
    assert await names_left(ledger.rpc) == ["Ben"]


async def test_benefits_and_proposed_corrections_are_waited_for(ledger: ServedLedger) -> None:
    await ledger.deposit(1_000_000)
    await ledger.project(benefits_bps=1000)
    await ledger.fund(100_000)
    await ledger.accept("asn_1", contractor_id=PERSON)
    operator = ledger.token("OPERATOR")
    proposed = adjusting.ProposeAdjustmentRequest(
        request_id=str(uuid.uuid4()),
        postings=[
            adjusting.ProposedPosting(
                account=f"contractor:{PERSON}:payable:USD", amount_units=1_000_000
            ),
            adjusting.ProposedPosting(account="platform:absorbed:USD", amount_units=-1_000_000),
        ],
        reason="paid by hand",
    )
    await ledger.send(ledger.stub.ProposeAdjustment, proposed, token=operator)
    await ask(ledger.payouts, PERSON)
    await look(ledger)
    assert await hurdles(ledger) == ["NOT_STATED", "BENEFITS", "ADJUSTMENT_PROPOSED"]
    # Operators hear of whoever waits for long.
    waited = (utc_now() - ASKED_AT).total_seconds()
    assert ERASURES_OLDEST_SECONDS._value.get() == pytest.approx(waited, abs=60)
    assert NAME in await names_left(ledger.rpc)
    # Others' money is no reason to wait.
    await ask(ledger.payouts, "ctr_1")
    await look(ledger)
    assert await names_left(ledger.rpc) == [NAME]


async def test_what_rounding_has_left_is_nothing_to_wait_for(ledger: ServedLedger) -> None:
    """Half a cent is paid by no rail: it would keep the person's name for ever."""
    await ledger.deposit(1_000_000)
    await ledger.project(pay_units=5_000)
    await ledger.fund(100_000)
    await ledger.accept("asn_1", contractor_id=PERSON)
    await ask(ledger.payouts, PERSON)
    await look(ledger)
    assert (await progress(ledger)).HasField("erase_time")


async def test_what_was_earned_through_a_vendor_is_waited_for_too(ledger: ServedLedger) -> None:
    """The vendor has still to be told for whom the money is."""
    await ledger.deposit(1_000_000)
    await ledger.project()
    await ledger.fund(100_000)
    await ledger.accept("asn_1", contractor_id="ctr_1")
    await ask(ledger.payouts, "ctr_1")
    await look(ledger)
    (waits,) = (await progress(ledger, "ctr_1")).hurdles
    assert (waits.vendor_id, waits.amount.amount_minor) == ("org_vendor", 100)
    assert "Ben" in await names_left(ledger.rpc)


@pytest.mark.parametrize("role", [role for role in ROLES if role != "OPERATOR"])
async def test_only_operators_see_how_far_it_is(ledger: ServedLedger, role: str) -> None:
    await ask(ledger.payouts, PERSON)
    request = erasures_pb2.GetErasureProgressRequest(contractor_id=PERSON)
    token = ledger.token(role, subject_id=PERSON if role == "CONTRACTOR" else "")
    found = await refusal(ledger.stub.GetErasureProgress, request, token=token)
    assert found.code == grpc.StatusCode.PERMISSION_DENIED


async def test_what_nobody_asked_for_is_not_found(ledger: ServedLedger) -> None:
    request = erasures_pb2.GetErasureProgressRequest(contractor_id=PERSON)
    found = await refusal(ledger.stub.GetErasureProgress, request, token=ledger.token("OPERATOR"))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "ERASURE_NOT_ASKED")
