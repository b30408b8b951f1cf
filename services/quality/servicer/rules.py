"""Rules: made, tried on what happened, and what they did."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.quality.v1 import service_pb2, types_pb2
from services.chassis.authentication import Principal, current_principal
from services.chassis.natural_keys import derived_id
from services.chassis.paging import (
    fitting,
    moment_place,
    next_page,
    page_moment,
    page_position,
    page_size,
)
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality.domain.dry_runs import DryHit
from services.quality.domain.records import ProjectRecord
from services.quality.domain.rules import (
    Action,
    Comparison,
    Condition,
    Rule,
    RuleDraft,
    RuleHit,
    Statistic,
)
from services.quality.usecases.reading import Reading
from services.quality.usecases.rules import Rules, Tried

Context = grpc.aio.ServicerContext[Any, Any]

_DRY_HITS_SHOWN_MAX = 200

_STATISTICS = {
    types_pb2.Statistic.Value(f"STATISTIC_{statistic.value}"): statistic for statistic in Statistic
}
_COMPARISONS = {
    types_pb2.Comparison.Value(f"COMPARISON_{comparison.value}"): comparison
    for comparison in Comparison
}
_ACTIONS = {types_pb2.RuleAction.Value(f"RULE_ACTION_{action.value}"): action for action in Action}
_WIRE_STATISTICS = {statistic: wire for wire, statistic in _STATISTICS.items()}
_WIRE_COMPARISONS = {comparison: wire for wire, comparison in _COMPARISONS.items()}
_WIRE_ACTIONS = {action: wire for wire, action in _ACTIONS.items()}


class RulesServicer:
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(self, *, reading: Reading, rules: Rules, transactions: Transactions) -> None:
        self._reading = reading
        self._rules = rules
        self._transactions = transactions

    async def PutRule(
        self, request: service_pb2.PutRuleRequest, context: Context
    ) -> service_pb2.PutRuleResponse:
        principal = current_principal()
        project = await self._reading.project(principal, request.project_id)

        async def body(work: UnitOfWork) -> service_pb2.PutRuleResponse:
            rule = await self._rules.put(
                work,
                project,
                rule_id=request.rule_id,
                draft=_draft(request.rule),
                is_active=request.is_active,
            )
            return service_pb2.PutRuleResponse(rule=_rule(rule))

        return await self._transactions.run_once(
            caller=principal.organisation_id,
            method="PutRule",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.PutRuleResponse,
            body=body,
        )

    async def ListRules(
        self, request: service_pb2.ListRulesRequest, context: Context
    ) -> service_pb2.ListRulesResponse:
        project = await self._reading.project(current_principal(), request.project_id)
        scope = f"rules:{project.project_id}"
        size = page_size(request.page_size)
        found = await self._rules.page(
            project, after=page_position(request.page_token, scope=scope), limit=size + 1
        )
        shown = fitting(_rule(rule) for rule in found[:size])
        return service_pb2.ListRulesResponse(
            rules=shown, next_page_token=next_page(found, shown, _rule_id, scope=scope)
        )

    async def DryRunRule(
        self, request: service_pb2.DryRunRuleRequest, context: Context
    ) -> service_pb2.DryRunRuleResponse:
        principal = current_principal()
        project = await self._reading.project(principal, request.project_id)
        tried = await self._rules.try_out(project, _draft(request.rule))
        return service_pb2.DryRunRuleResponse(dry_run=_dry_run(tried, project, principal))

    async def ListRuleHits(
        self, request: service_pb2.ListRuleHitsRequest, context: Context
    ) -> service_pb2.ListRuleHitsResponse:
        principal = current_principal()
        scope = f"rule_hits:{request.project_id}:{request.contractor_id}"
        size = page_size(request.page_size)
        found = await self._rules.hits(
            principal,
            project_id=request.project_id,
            contractor_id=request.contractor_id,
            before=page_moment(request.page_token, scope=scope),
            limit=size + 1,
        )
        salts = await self._rules.salts(found) if _sees_pseudonyms(principal) else None
        shown = fitting(
            _hit(hit, salts[hit.project_id] if salts is not None else None) for hit in found[:size]
        )
        return service_pb2.ListRuleHitsResponse(
            hits=shown, next_page_token=next_page(found, shown, _hit_place, scope=scope)
        )


def _draft(message: types_pb2.RuleDraft) -> RuleDraft:
    return RuleDraft(
        name=message.name,
        conditions=tuple(
            Condition(
                statistic=_STATISTICS[condition.statistic],
                comparison=_COMPARISONS[condition.comparison],
                threshold=condition.threshold,
            )
            for condition in message.conditions
        ),
        action=_ACTIONS[message.action],
        action_hours=message.action_hours,
        explanation=message.explanation,
    )


def _rule(rule: Rule) -> types_pb2.Rule:
    draft = rule.draft
    return types_pb2.Rule(
        rule_id=rule.rule_id,
        project_id=rule.project_id,
        version=rule.version,
        draft=types_pb2.RuleDraft(
            name=draft.name,
            conditions=[
                types_pb2.Condition(
                    statistic=_WIRE_STATISTICS[condition.statistic],
                    comparison=_WIRE_COMPARISONS[condition.comparison],
                    threshold=condition.threshold,
                )
                for condition in draft.conditions
            ],
            action=_WIRE_ACTIONS[draft.action],
            action_hours=draft.action_hours,
            explanation=draft.explanation,
        ),
        is_active=rule.is_active,
        create_time=timestamp(rule.created_at),
    )


def _dry_run(tried: Tried, project: ProjectRecord, principal: Principal) -> types_pb2.DryRun:
    found = tried.dry_run
    salt = project.pseudonym_salt if _sees_pseudonyms(principal) else None
    return types_pb2.DryRun(
        contractors=found.contractors,
        hit=len(found.hits),
        hit_rightly=found.count(deserved=True),
        hit_wrongly=found.count(deserved=False),
        hit_unknown=found.count(deserved=None),
        answers_replayed=found.answers_replayed,
        is_all=tried.is_all,
        hits=[_dry_hit(hit, salt) for hit in found.hits[:_DRY_HITS_SHOWN_MAX]],
    )


def _sees_pseudonyms(principal: Principal) -> bool:
    return "CLIENT" in principal.roles


def _dry_hit(hit: DryHit, salt: str | None) -> types_pb2.DryHit:
    return types_pb2.DryHit(
        **_who(hit.contractor_id, salt),
        answers=hit.answers,
        hit_time=timestamp(hit.hit_at) if hit.hit_at is not None else None,
        evidence=dict(hit.evidence),
        deserved=hit.deserved,
    )


def _who(contractor_id: str, salt: str | None) -> dict[str, str]:
    """By id, or to whom may not know it by a pseudonym."""
    if salt is None:
        return {"contractor_id": contractor_id}
    return {"contractor_pseudonym": derived_id("anon", salt, contractor_id)}


def _hit(hit: RuleHit, salt: str | None) -> types_pb2.RuleHit:
    return types_pb2.RuleHit(
        hit_id=hit.hit_id,
        rule_id=hit.rule_id,
        rule_version=hit.rule_version,
        rule_name=hit.rule_name,
        project_id=hit.project_id,
        **_who(hit.contractor_id, salt),
        action=_WIRE_ACTIONS[hit.action],
        hit_time=timestamp(hit.hit_at),
        end_time=timestamp(hit.ends_at),
        explanation=hit.explanation,
        evidence=dict(hit.evidence),
    )


def _rule_id(rule: Rule) -> str:
    return rule.rule_id


def _hit_place(hit: RuleHit) -> str:
    return moment_place(hit.hit_at, hit.hit_id)
