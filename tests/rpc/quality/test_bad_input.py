"""Bad calls to quality: the right code, a reason, the field, and nothing written."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from crewline.quality.v1 import service_pb2 as pb
from crewline.quality.v1 import types_pb2
from tests.rpc.bad_requests import check_rules
from tests.rpc.harness import check_admission, check_bytes, refusal
from tests.rpc.quality.broker_events import answers_submitted, submitted
from tests.rpc.quality.served import ACCEPTED, SERVICE, ServedQuality, a_draft, review

OF_PROJECTS = ["ListConsensus", "GetProjectQuality", "ListReviews", "ListGold", "SetGold"]
LISTS = ["ListConsensus", "ListReviews"]


def _valid() -> dict[str, Message]:
    return {
        "GetConsensus": pb.GetConsensusRequest(task_id="t"),
        "ListConsensus": pb.ListConsensusRequest(project_id="prj_1"),
        "GetProjectQuality": pb.GetProjectQualityRequest(project_id="prj_1"),
        "GetContractorQuality": pb.GetContractorQualityRequest(contractor_id="a"),
        "ListReviews": pb.ListReviewsRequest(project_id="prj_1"),
        "SetGold": pb.SetGoldRequest(
            project_id="prj_1", labels=[pb.GoldLabel(task_id="t", label="yes")]
        ),
        "ListGold": pb.ListGoldRequest(project_id="prj_1"),
        "SweepProject": pb.SweepProjectRequest(
            project_id="prj_1", request_id="00000000-0000-4000-8000-000000000001"
        ),
        "ListSignals": pb.ListSignalsRequest(project_id="prj_1"),
        "LimitContractor": pb.LimitContractorRequest(
            project_id="prj_1", contractor_id="a", explanation="rest a while"
        ),
        "PutRule": pb.PutRuleRequest(
            request_id="00000000-0000-4000-8000-000000000002", project_id="prj_1", rule=a_draft()
        ),
        "ListRules": pb.ListRulesRequest(project_id="prj_1"),
        "DryRunRule": pb.DryRunRuleRequest(project_id="prj_1", rule=a_draft()),
        "ListRuleHits": pb.ListRuleHitsRequest(),
        "GetVendorScorecard": pb.GetVendorScorecardRequest(vendor_id="org_vendor"),
        "GetRanking": pb.GetRankingRequest(project_id="prj_1"),
        "GetQualityReport": pb.GetQualityReportRequest(project_id="prj_1"),
        "FileAppeal": pb.FileAppealRequest(assignment_id="t:a", statement="it is right"),
        "GetAppeal": pb.GetAppealRequest(appeal_id="apl_1"),
        "ListAppeals": pb.ListAppealsRequest(),
        "WithdrawAppeal": pb.WithdrawAppealRequest(appeal_id="apl_1"),
        "DecideAppeals": pb.DecideAppealsRequest(
            decisions=[
                pb.AppealDecision(
                    appeal_id="apl_1", state=types_pb2.APPEAL_STATE_UPHELD, note="it is right"
                )
            ]
        ),
        "ListBreakers": pb.ListBreakersRequest(),
        "CloseBreaker": pb.CloseBreakerRequest(
            breaker_id="brk_1", state=types_pb2.BREAKER_STATE_RELEASED, note="looked at"
        ),
        "ReportChecks": pb.ReportChecksRequest(checks=[pb.Check(assignment_id="t:a", passed=1)]),
        "DecideReviews": review(("t:a", ACCEPTED)),
    }


@pytest.fixture
async def busy(quality: ServedQuality) -> ServedQuality:
    """With an answer that waits for a person."""
    await quality.create()
    answer = submitted("t", "a", "yes", overlap=1)
    await quality.submit(answers_submitted(answer, review_share=1.0))
    return quality


async def test_nobody_gets_in_without_a_token_of_the_right_role(busy: ServedQuality) -> None:
    before = await busy.rpc.contents()
    assert await check_admission(busy.channel, SERVICE, mint=busy.rpc.mint) > 40
    assert await check_bytes(busy.channel, SERVICE, mint=busy.rpc.mint) > 20
    assert await busy.rpc.contents() == before


async def test_every_rule_of_every_request_is_enforced(busy: ServedQuality) -> None:
    before = await busy.rpc.contents()
    others = {
        "ReportChecks": busy.client,
        "FileAppeal": busy.contractor("a"),
        "WithdrawAppeal": busy.contractor("a"),
    }

    def tokens(method: str) -> str:
        return others.get(method, busy.operator)

    refused = await check_rules(
        busy.channel,
        SERVICE,
        _valid(),
        tokens=tokens,
    )
    assert refused > 20
    assert await busy.rpc.contents() == before


@pytest.mark.parametrize("method", OF_PROJECTS)
@pytest.mark.parametrize("whose", ["nobody", "another client"])
async def test_other_peoples_projects_are_not_there(
    busy: ServedQuality, method: str, whose: str
) -> None:
    request: Any = _valid()[method]
    request.project_id = "prj_1" if whose == "another client" else "prj_none"
    before = await busy.rpc.contents()
    found = await refusal(getattr(busy.stub, method), request, token=busy.stranger)
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND")
    assert found.metadata == {"project_id": request.project_id}
    assert await busy.rpc.contents() == before


@pytest.mark.parametrize("method", LISTS)
async def test_page_tokens_of_nowhere_are_refused(busy: ServedQuality, method: str) -> None:
    await busy.create("prj_2")
    await busy.submit(
        *(
            answers_submitted(
                submitted(f"o{n}", "a", "yes", overlap=1), project_id="prj_2", review_share=1.0
            )
            for n in range(2)
        )
    )
    other: Any = _valid()[method]
    other.project_id, other.page_size = "prj_2", 1
    foreign = (await busy.send(getattr(busy.stub, method), other)).next_page_token
    assert foreign
    for token in ("nonsense", "W10", "e30", "WyIxIiwgImFiYyJd", foreign):
        request: Any = _valid()[method]
        request.page_token = token
        found = await refusal(getattr(busy.stub, method), request, token=busy.client)
        assert found.code is grpc.StatusCode.INVALID_ARGUMENT
        assert (found.reason, found.fields) == ("PAGE_TOKEN_INVALID", ("page_token",))


async def test_a_large_page_is_cut_to_the_largest(busy: ServedQuality) -> None:
    request = pb.ListReviewsRequest(project_id="prj_1", page_size=2**31 - 1)
    assert len((await busy.send(busy.stub.ListReviews, request)).answers) == 1


async def test_a_review_neither_accepts_nor_rejects_by_sending_on(busy: ServedQuality) -> None:
    """IN_REVIEW is a decision of machines only; nothing of the request is done."""
    request = review(("t:a", ACCEPTED), ("t:a", ACCEPTED))
    request.decisions[1].decision = types_pb2.DECISION_IN_REVIEW
    before = await busy.rpc.contents()
    found = await refusal(busy.stub.DecideReviews, request, token=busy.client)
    assert (found.code, found.fields) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        ("decisions[1].decision",),
    )
    assert await busy.rpc.contents() == before
