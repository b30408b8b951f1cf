"""What is known of tasks, projects and contractors, and who may know it."""

from __future__ import annotations

import grpc
import pytest

from crewline.quality.v1 import service_pb2 as pb
from crewline.quality.v1 import types_pb2
from tests.rpc.harness import refusal
from tests.rpc.quality.broker_events import answers_submitted, submitted
from tests.rpc.quality.served import ServedQuality

NOT_FOUND = grpc.StatusCode.NOT_FOUND


@pytest.fixture
async def scored(quality: ServedQuality) -> ServedQuality:
    """Two projects of one client, one of another; contractors of two vendors."""
    for project, client in (("prj_1", "org_client"), ("prj_2", "org_client"), ("prj_3", "org_o")):
        await quality.create(project, client_id=client)
    await quality.submit(
        answers_submitted(
            *(submitted("gold", who, "yes", overlap=2, gold="yes") for who in "ab"),
            *(
                submitted("t1", who, said)
                for who, said in zip("abc", ("yes", "yes", "no"), strict=True)
            ),
            submitted("t2", "a", "no", overlap=9),
            submitted("gold2", "a", "no", overlap=1, gold="yes"),
            submitted("gold3", "d", "no", overlap=1, gold="yes", organisation_id="org_vendor_2"),
        ),
        answers_submitted(submitted("t9", "a", "no", overlap=1), project_id="prj_2"),
        answers_submitted(submitted("t8", "z", "no", overlap=1), project_id="prj_3"),
    )
    return quality


async def test_consensus_is_what_most_say_and_final_when_all_have_said_it(
    scored: ServedQuality,
) -> None:
    async def consensus(task_id: str) -> types_pb2.Consensus:
        request = pb.GetConsensusRequest(task_id=task_id)
        found: types_pb2.Consensus = (
            await scored.send(scored.stub.GetConsensus, request)
        ).consensus
        return found

    done = await consensus("t1")
    assert (done.project_id, done.label, done.answers, done.resolved) == ("prj_1", "yes", 3, True)
    assert 0.5 < done.confidence < 1.0
    assert done.HasField("resolve_time")
    gold = await consensus("gold")
    assert (gold.label, gold.confidence) == ("yes", 1.0)

    # From the third answer on there is something to say, before the task is complete.
    await scored.submit(answers_submitted(*(submitted("t2", who, "no", overlap=9) for who in "bc")))
    begun = await consensus("t2")
    assert (begun.label, begun.answers, begun.resolved) == ("no", 3, False)
    assert not begun.HasField("resolve_time")


async def test_before_it_says_anything_of_anybody_a_task_is_scored_for_the_asking(
    scored: ServedQuality,
) -> None:
    before = await scored.rpc.contents()
    request = pb.GetConsensusRequest(task_id="t2")
    found = (await scored.send(scored.stub.GetConsensus, request)).consensus
    assert (found.project_id, found.answers, found.resolved) == ("prj_1", 1, False)
    assert 0.5 <= found.confidence < 1.0
    assert [share.label for share in found.posterior] == ["no"]
    assert not found.HasField("resolve_time")
    assert await scored.rpc.contents() == before


async def test_a_posterior_is_told_label_by_label(scored: ServedQuality) -> None:
    async def posterior(task_id: str) -> dict[str, float]:
        request = pb.GetConsensusRequest(task_id=task_id)
        found = (await scored.send(scored.stub.GetConsensus, request)).consensus
        shares = {share.label: share.probability for share in found.posterior}
        assert shares[found.label] == found.raw_confidence
        return shares

    said = await posterior("t1")
    assert said.keys() == {"yes", "no"}
    assert sum(said.values()) == pytest.approx(1.0)
    assert await posterior("gold2") == {"no": 0.0, "yes": 1.0}
    listed = await scored.send(
        scored.stub.ListConsensus, pb.ListConsensusRequest(project_id="prj_1")
    )
    shown = {found.task_id: found for found in listed.consensus}
    assert {s.label: s.probability for s in shown["t1"].posterior} == said
    assert shown["gold2"].gold_source == types_pb2.GOLD_SOURCE_CLIENT
    assert shown["t1"].gold_source == types_pb2.GOLD_SOURCE_UNSPECIFIED


async def test_consensus_is_listed_page_by_page_in_the_order_of_tasks(
    scored: ServedQuality,
) -> None:
    seen, token = [], ""
    for _ in range(10):
        page = await scored.send(
            scored.stub.ListConsensus,
            pb.ListConsensusRequest(project_id="prj_1", page_size=2, page_token=token),
        )
        seen += [found.task_id for found in page.consensus]
        token = page.next_page_token
        if not token:
            break
        assert len(page.consensus) == 2
    assert seen == ["gold", "gold2", "gold3", "t1"]


async def test_the_counts_are_of_one_project(scored: ServedQuality) -> None:
    counts = await scored.counts()
    assert (counts.answers_scored, counts.answers_accepted, counts.tasks_resolved) == (8, 7, 4)
    assert (counts.answers_rejected, counts.answers_in_review) == (0, 0)
    assert (counts.gold_tasks, counts.contractors) == (3, 4)
    assert (await scored.counts("prj_2")).answers_scored == 1


async def test_the_agreement_is_of_all_tasks_with_two_answers(scored: ServedQuality) -> None:
    """Both said yes to one task, two yes and one no to another: 1 - 4 * 2 / (2 * 4 * 1)."""
    counts = await scored.counts()
    assert counts.alpha == pytest.approx(0.0, abs=1e-6)
    assert counts.HasField("alpha")
    assert not (await scored.counts("prj_2")).HasField("alpha")


async def test_contractors_see_what_their_gold_says_of_them(scored: ServedQuality) -> None:
    async def of(
        contractor: str, token: str, project: str = ""
    ) -> list[types_pb2.ContractorQuality]:
        request = pb.GetContractorQualityRequest(contractor_id=contractor, project_id=project)
        found = await scored.send(scored.stub.GetContractorQuality, request, token=token)
        return sorted(found.quality, key=lambda one: one.project_id)

    first, second = await of("a", scored.contractor("a"))
    assert (first.project_id, first.contractor_id, first.answers) == ("prj_1", "a", 3)
    assert (first.gold_answers, first.gold_right, first.accuracy) == (2, 1, 0.5)
    assert 0.0 < first.accuracy_low < 0.5 < first.accuracy_high < 1.0
    assert (second.project_id, second.gold_answers) == ("prj_2", 0)
    vendor = scored.rpc.mint.token("VENDOR")
    assert await of("a", vendor) == await of("a", scored.operator) == [first, second]
    assert await of("a", vendor, "prj_2") == [second]
    assert await of("new", scored.contractor("new")) == []
    other = scored.rpc.mint.token("VENDOR", organisation_id="org_vendor_2")
    assert [one.answers for one in await of("d", other)] == [1]


@pytest.mark.parametrize(
    ("role", "organisation_id", "contractor_id"),
    [
        ("CONTRACTOR", "org_vendor", "b"),
        ("CONTRACTOR", "org_vendor", "nobody"),
        ("VENDOR", "org_vendor", "d"),
        ("VENDOR", "org_vendor_2", "a"),
        ("VENDOR", "org_vendor", "nobody"),
        ("OPERATOR", "", "nobody"),
    ],
)
async def test_contractors_of_others_are_not_there(
    scored: ServedQuality, role: str, organisation_id: str, contractor_id: str
) -> None:
    token = scored.rpc.mint.token(role, organisation_id=organisation_id, subject_id="a")
    request = pb.GetContractorQualityRequest(contractor_id=contractor_id)
    found = await refusal(scored.stub.GetContractorQuality, request, token=token)
    assert (found.code, found.reason) == (NOT_FOUND, "CONTRACTOR_NOT_FOUND")


async def test_other_clients_tasks_are_not_there(scored: ServedQuality) -> None:
    for task_id, token in (("t8", scored.client), ("t1", scored.stranger), ("x", scored.client)):
        request = pb.GetConsensusRequest(task_id=task_id)
        found = await refusal(scored.stub.GetConsensus, request, token=token)
        assert (found.code, found.reason) == (NOT_FOUND, "TASK_NOT_FOUND")
        assert found.metadata == {"task_id": task_id}
    seen = await scored.send(
        scored.stub.GetConsensus, pb.GetConsensusRequest(task_id="t8"), token=scored.operator
    )
    assert seen.consensus.project_id == "prj_3"
