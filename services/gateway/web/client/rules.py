"""Rules of a project: tried on what happened, put in force, switched off, and whom they hit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from crewline.quality.v1 import service_pb2 as quality_pb2
from crewline.quality.v1 import types_pb2 as quality_types
from services.chassis.errors import DomainError, Kind
from services.gateway.web.client.project_context import project_context
from services.gateway.web.forms import Form
from services.gateway.web.site import Site
from services.gateway.web.translations import Language, mark
from services.gateway.web.visits import visit_of

RULES_SHOWN = 50
HITS_SHOWN = 20
CONDITIONS = (1, 2, 3)
_HOURS_DEFAULT = "24"

# Values of the form's selects, with what they say.
STATISTICS = {
    "GOLD_ACCURACY": mark("Right on control tasks"),
    "CONSENSUS_ACCURACY": mark("Right by consensus"),
    "REJECTED_SHARE": mark("Rejected answers"),
    "SPAMMER_SCORE": mark("Answers like a guesser's"),
    "MEDIAN_SECONDS": mark("Median seconds of an answer"),
    "GOLD_ANSWERS": mark("Control tasks answered"),
    "ANSWERS": mark("Answers given"),
}
ACTIONS = {
    "NOTIFY": mark("Tell them"),
    "EXTRA_GOLD": mark("More control tasks"),
    "REVIEW": mark("A person looks at their answers"),
    "RESTRICT": mark("One task at a time"),
    "PAUSE": mark("No new tasks"),
}
COMPARISONS = {"BELOW": mark("below"), "ABOVE": mark("above")}


class RulePages:
    """Of one project; clients and operators have the same."""

    def __init__(self, site: Site, *, role: str, prefix: str) -> None:
        self._site = site
        self._role = role
        self._prefix = prefix

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router(self._role, prefix=self._prefix + "/{project_id}/rules")
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.make, methods=["POST"])
        router.add_api_route("/{rule_id}/{step}", self.switch, methods=["POST"])
        return router

    async def show(self, request: Request, project_id: str) -> Response:
        """What there is, a form for another, and what they have done."""
        return await self._page(request, project_id)

    async def make(self, request: Request, project_id: str) -> Response:
        """Tries what the form says, or puts it in force."""
        visit = visit_of(request)
        form = visit.form
        draft = _draft(form, visit.language)
        dry_run = None
        if form.is_good:
            try:
                if form.text("step") == "put":
                    await self._put(request, project_id, draft)
                    said = visit.language.translate("The rule acts from now on.")
                    back = f"{self._prefix}/{project_id}/rules"
                    return self._site.pages.redirect(request, back, said=said)
                answer = await self._site.ask(
                    request,
                    self._site.peers.quality.DryRunRule,
                    quality_pb2.DryRunRuleRequest(project_id=project_id, rule=draft),
                )
                dry_run = answer.dry_run
            except DomainError as err:
                if err.kind is not Kind.INVALID:
                    raise
                form.refuse(err, visit.language, fields=_fields(form))
        status = HTTPStatus.OK if form.is_good else HTTPStatus.UNPROCESSABLE_ENTITY
        return await self._page(request, project_id, dry_run=dry_run, status=status)

    async def switch(self, request: Request, project_id: str, rule_id: str, step: str) -> Response:
        """Another version of the same words, in force or not."""
        if step not in ("on", "off"):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        rules = await self._rules(request, project_id)
        found = [rule for rule in rules if rule.rule_id == rule_id]
        if not found:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        await self._put(
            request, project_id, found[0].draft, rule_id=rule_id, is_active=step == "on"
        )
        return self._site.pages.redirect(request, f"{self._prefix}/{project_id}/rules")

    async def _page(
        self,
        request: Request,
        project_id: str,
        *,
        dry_run: Any = None,
        status: int = HTTPStatus.OK,
    ) -> Response:
        language = visit_of(request).language
        context, rules, hits = await asyncio.gather(
            project_context(self._site, request, project_id, role=self._role, prefix=self._prefix),
            self._rules(request, project_id),
            self._site.ask(
                request,
                self._site.peers.quality.ListRuleHits,
                quality_pb2.ListRuleHitsRequest(project_id=project_id, page_size=HITS_SHOWN),
            ),
        )
        return self._site.pages.render(
            request,
            "client/rules.html",
            status=status,
            **context,
            rules=rules,
            hits=hits.hits,
            dry_run=dry_run,
            statistics=_translated(STATISTICS, language),
            comparisons=_translated(COMPARISONS, language),
            actions=_translated(ACTIONS, language),
            conditions=CONDITIONS,
            tab="rules",
        )

    async def _rules(self, request: Request, project_id: str) -> list[Any]:
        try:
            found = await self._site.ask(
                request,
                self._site.peers.quality.ListRules,
                quality_pb2.ListRulesRequest(project_id=project_id, page_size=RULES_SHOWN),
            )
        except DomainError as err:
            # News of a new project may still be on its way to quality.
            if err.kind is Kind.NOT_FOUND:
                return []
            raise
        return list(found.rules)

    async def _put(
        self,
        request: Request,
        project_id: str,
        draft: quality_types.RuleDraft,
        *,
        rule_id: str = "",
        is_active: bool = True,
    ) -> None:
        await self._site.ask(
            request,
            self._site.peers.quality.PutRule,
            quality_pb2.PutRuleRequest(
                request_id=visit_of(request).form.request_id,
                project_id=project_id,
                rule_id=rule_id,
                rule=draft,
                is_active=is_active,
            ),
        )


def _draft(form: Form, language: Language) -> quality_types.RuleDraft:
    """What the form says; what is wrong with it is said in the form."""
    conditions = []
    for number in CONDITIONS:
        if not form.text(f"threshold_{number}"):
            continue
        conditions.append(
            quality_types.Condition(
                statistic=_value(quality_types.Statistic, "STATISTIC", form, f"statistic_{number}"),
                comparison=_value(
                    quality_types.Comparison, "COMPARISON", form, f"comparison_{number}"
                ),
                threshold=_threshold(form, f"threshold_{number}", language),
            )
        )
    if not conditions:
        form.errors["threshold_1"] = language.translate("A rule has at least one condition.")
    hours = form.text("action_hours", _HOURS_DEFAULT)
    if not (hours.isascii() and hours.isdecimal() and len(hours) <= len("720")):
        form.errors["action_hours"] = language.translate("Write a whole number of hours.")
        hours = _HOURS_DEFAULT
    return quality_types.RuleDraft(
        name=form.text("name"),
        conditions=conditions,
        action=_value(quality_types.RuleAction, "RULE_ACTION", form, "action"),
        action_hours=int(hours),
        explanation=form.text("explanation"),
    )


def _translated(labels: Mapping[str, str], language: Language) -> dict[str, str]:
    return {name: language.gettext(label) for name, label in labels.items()}


def _value(enum: Any, prefix: str, form: Form, name: str) -> Any:
    known: dict[str, int] = dict(enum.items())
    return known.get(f"{prefix}_{form.text(name)}", 0)


def _threshold(form: Form, name: str, language: Language) -> float:
    """`60 %`, `0.6` or `2.5`."""
    text = form.text(name).replace(",", ".")
    is_percent = text.endswith("%")
    try:
        number = float(text.removesuffix("%").strip())
    except ValueError:
        number = float("nan")
    if not 0.0 <= number <= 1e9:
        form.errors[name] = language.translate("Write a number, such as 60 % or 2.5.")
        return 0.0
    return number / 100 if is_percent else number


def _fields(form: Form) -> dict[str, str]:
    """The form's fields for the request's: conditions that were left empty are not counted."""
    filled = [number for number in CONDITIONS if form.text(f"threshold_{number}")]
    found = {f"rule.{name}": name for name in ("name", "action", "action_hours", "explanation")}
    for position, number in enumerate(filled):
        for part in ("statistic", "comparison", "threshold"):
            found[f"rule.conditions[{position}].{part}"] = f"{part}_{number}"
    found["rule.conditions"] = "threshold_1"
    return found
