"""What quality answers on an ordinary day: a report, rules, appeals, held rejections, cards."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from crewline.common.v1 import types_pb2 as common
from crewline.payouts.v1 import service_pb2 as payouts
from crewline.quality.v1 import service_pb2 as quality
from crewline.quality.v1 import types_pb2 as quality_types
from tests.rpc.web.samples import moment
from tests.rpc.web.world import World

SHARE = {"value": 0.9, "low": 0.7, "high": 0.97, "answers": 20.0}
REPORT = {
    "version": 1,
    "counts": {"scored": 120, "contractors": 2, "gold": 12},
    "tasks_read": 40,
    "tasks_read_are_all": False,
    "decisions": {
        "answers": 120,
        "by_reason": {"accepted": {"agrees": 110}, "rejected": {"failed_gold": 4, "": 6}},
        "shares": {"accepted": 0.9, "rejected": 0.1},
    },
    "agreement": {
        "alpha": 0.61, "tasks_sampled": 40, "of_sample": {"alpha": 0.6, "low": 0.5, "high": 0.7},
    },
    "calibration": {
        "temperature": 1.4,
        "known_tasks": 12,
        "error_raw": 0.1,
        "error_calibrated": 0.04,
        "curve": [{"confidence": 0.8, "accuracy": 0.75, "tasks": 12}],
    },
    "confusion": {
        "labels": ["<Q>", "no"], "answers": [[50.0, 5.0], [0.0, 65.0]], "labels_left_out": 3,
    },
    "answers_saved": 30,
    "labels_by_confidence": [
        {"from": n / 10, "to": (n + 1) / 10, "tasks": n} for n in range(10)
    ],
    "contractors": [
        {"contractor": "anon_1", "answers": 70, "gold_accuracy": SHARE, "consensus_accuracy": None}
    ],
    "reviewers": [
        {
            "reviewer": "per_1", "accepted": 3, "rejected": 1, "agreement": SHARE,
            "appeals_dismissed": 1, "appeals_upheld": 0,
        }
    ],
}  # fmt: skip


def fill(world: World) -> None:
    """Every RPC of quality that pages ask, and the books' check."""
    draft = quality_types.RuleDraft(
        name="Strict <R>",
        conditions=[
            quality_types.Condition(
                statistic=quality_types.STATISTIC_GOLD_ACCURACY,
                comparison=quality_types.COMPARISON_BELOW,
                threshold=0.6,
            )
        ],
        action=quality_types.RULE_ACTION_PAUSE,
        action_hours=24,
        explanation="read it <R>",
    )
    share = quality_types.Estimate(value=0.9, low=0.8, high=0.95, weight=40)
    answers: dict[str, Any] = {
        "GetQualityReport": quality.GetQualityReportResponse(
            report_json=json.dumps(REPORT), create_time=moment(5)
        ),
        "ListSignals": quality.ListSignalsResponse(
            signals=[
                quality_types.Signal(
                    signal_id="sig_1",
                    name="SAME_WRONG_ANSWERS",
                    contractor_ids=["ctr_1", "ctr_2"],
                    evidence={"same_wrong": "9 <Q>"},
                    find_time=moment(60),
                )
            ]
        ),
        "ListRules": quality.ListRulesResponse(
            rules=[
                quality_types.Rule(rule_id=f"rul_{is_active}", version=2, draft=draft,
                                   is_active=is_active)
                for is_active in (True, False)
            ]
        ),
        "ListRuleHits": quality.ListRuleHitsResponse(
            hits=[
                quality_types.RuleHit(
                    hit_id="hit_1",
                    rule_name="Strict <R>",
                    project_id="prj_1",
                    contractor_pseudonym="anon_1",
                    action=quality_types.RULE_ACTION_NOTIFY,
                    hit_time=moment(60),
                    end_time=moment(-3600),
                    explanation="read it <R>",
                    evidence={"GOLD_ACCURACY": "0.4 < 0.6"},
                )
            ]
        ),
        "GetContractorQuality": quality.GetContractorQualityResponse(
            quality=[
                quality_types.ContractorQuality(
                    contractor_id="ctr_1",
                    project_id="prj_1",
                    answers=70,
                    paused_until=moment(-7200),
                    limit_explanation="rest <R>",
                )
            ]
        ),
        "ListAppeals": quality.ListAppealsResponse(
            appeals=[
                quality_types.Appeal(
                    appeal_id=f"apl_{state}",
                    task_id="tsk_1",
                    project_id="prj_1",
                    contractor_id="ctr_1",
                    state=state,
                    statement="look again <Q>",
                    value="yes",
                    rejection_reason="FAILED_GOLD",
                    rejection_evidence={"gold_right": "1"},
                    file_time=moment(600),
                    decide_by_time=moment(-600),
                    decide_time=(
                        moment(60) if state != quality_types.APPEAL_STATE_OPEN else None
                    ),
                )
                for state in (
                    quality_types.APPEAL_STATE_OPEN, quality_types.APPEAL_STATE_UPHELD,
                )
            ]
        ),
        "ListBreakers": quality.ListBreakersResponse(
            breakers=[
                quality_types.Breaker(
                    breaker_id=f"brk_{state}",
                    project_id="prj_1",
                    state=state,
                    answers_held=12,
                    rejected_share=0.3,
                    limit_share=0.1,
                    trip_time=moment(600),
                    note="<Q>",
                )
                for state in (
                    quality_types.BREAKER_STATE_TRIPPED, quality_types.BREAKER_STATE_OVERRULED,
                )
            ]
        ),
        "GetVendorScorecard": quality.GetVendorScorecardResponse(
            scorecards=[
                quality_types.VendorScorecard(
                    vendor_id="org_vendor",
                    kind=common.WORK_KIND_CHOICE,
                    contractors=3,
                    answers=700,
                    gold_accuracy=share,
                    acceptance=share,
                )
            ]
        ),
        "GetBooksCheck": payouts.GetBooksCheckResponse(
            findings=[
                payouts.BookFinding(
                    fault=payouts.BOOK_FAULT_MISSTATED,
                    account="platform:fees:USD",
                    currency="USD",
                    expected_units=-50_000,
                    found_units=-60_000,
                )
            ]
        ),
    }  # fmt: skip
    world.answers |= {rpc: partial(_always, answer) for rpc, answer in answers.items()}


def _always(answer: Any, _request: Any) -> Any:
    return answer
