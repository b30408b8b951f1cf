"""A project from a template: a form that is filled in already, its label config checked live."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types
from crewline.common.v1 import types_pb2 as common_types
from services.chassis.errors import DomainError
from services.gateway.web.formats import AmountMalformed, parse_price
from services.gateway.web.forms import Form
from services.gateway.web.numbers_typed import typed_number
from services.gateway.web.site import Site
from services.gateway.web.translations import Language, mark
from services.gateway.web.visits import visit_of

CURRENCIES = ("USD", "EUR", "GBP")
_REJECT_BELOW = 0.05
# Kinds that a label config can ask for, and does not say by itself.
_KINDS = (
    ("", mark("As the label config says")),
    ("ORDINAL", mark("Rating: the choices are in their order")),
    ("PAIRWISE", mark("Comparison: the choices are which one is better")),
    ("CODE", mark("Code: what is written is judged by checks of yours")),
)
_TEMPLATES_MAX = 100

# Where the form calls a field otherwise than the request does.
_FIELDS: Mapping[str, str] = {
    "pay": "pay",
    "pay.amount_minor": "pay",
    "pay.currency": "currency",
    "commission_bps_max": "commission_percent",
    "lease_seconds": "lease_minutes",
    "expected_seconds": "expected_seconds",
    "quality_policy.review_share": "review_percent",
    "eligibility.countries": "countries",
    "eligibility.regions": "regions",
    "eligibility.languages": "languages",
    "eligibility.skills": "skills",
}


class NewProjectPages:
    """From the choice of a template to the project in DRAFT."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes: before those of single projects, whose ids are never `new`."""
        router = self._site.router("CLIENT", prefix="/client")
        router.add_api_route("/projects/new", self.choose, methods=["GET"])
        router.add_api_route("/projects/new/{template}", self.form, methods=["GET"])
        router.add_api_route("/projects/new/{template}", self.create, methods=["POST"])
        router.add_api_route("/label-config/check", self.check, methods=["POST"])
        return router

    async def choose(self, request: Request) -> Response:
        """The templates."""
        templates = await self._templates(request)
        return self._site.pages.render(request, "client/templates.html", templates=templates)

    async def form(self, request: Request, template: str) -> Response:
        """The template's form, filled in."""
        chosen = await self._template(request, template)
        form = Form.of(
            {
                "instructions": chosen.instructions,
                "label_config": chosen.label_config,
                "kind": "CODE" if chosen.kind == common_types.WORK_KIND_CODE else "",
                "example": chosen.example_data_json,
                "currency": CURRENCIES[0],
                "overlap": "3",
                "lease_minutes": "15",
                "commission_percent": "25",
                "review_percent": "0",
            }
        )
        return self._render(request, chosen, form)

    async def create(self, request: Request, template: str) -> Response:
        """The project, in DRAFT; a refusal shows the form again with what is wrong where."""
        visit = visit_of(request)
        form = visit.form
        asked = _request(form, visit.language)
        if form.is_good:
            try:
                answer = await self._site.ask(request, self._site.peers.broker.CreateProject, asked)
            except DomainError as err:
                form.refuse(err, visit.language, fields=_FIELDS)
            else:
                said = visit.language.translate(
                    "The project is there as a draft. Add money and tasks, then start the work."
                )
                to = f"/client/projects/{answer.project.project_id}"
                return self._site.pages.redirect(request, to, said=said)
        chosen = await self._template(request, template)
        return self._render(request, chosen, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    async def check(self, request: Request) -> Response:
        """What the label config on the page makes of tasks and answers: a part of the page."""
        form = visit_of(request).form
        example = form.text("example")
        found = None
        problem = ""
        try:
            found = await self._site.ask(
                request,
                self._site.peers.broker.CheckLabelConfig,
                broker_pb2.CheckLabelConfigRequest(
                    label_config=form.text("label_config"), data_json=[example] if example else []
                ),
            )
        except DomainError as err:
            problem = err.message
        return self._site.pages.render(
            request, "client/parts/config-check.html", found=found, problem=problem
        )

    def _render(
        self, request: Request, template: Any, form: Form, *, status: int = HTTPStatus.OK
    ) -> Response:
        return self._site.pages.render(
            request,
            "client/new_project.html",
            status=status,
            template=template,
            form=form,
            currencies=[(currency, currency) for currency in CURRENCIES],
            kinds=[(kind, visit_of(request).language.translate(text)) for kind, text in _KINDS],
        )

    async def _templates(self, request: Request) -> Any:
        answer = await self._site.ask(
            request,
            self._site.peers.broker.ListTemplates,
            broker_pb2.ListTemplatesRequest(page_size=_TEMPLATES_MAX),
        )
        return answer.templates

    async def _template(self, request: Request, name: str) -> Any:
        for template in await self._templates(request):
            if template.name == name:
                return template
        raise HTTPException(HTTPStatus.NOT_FOUND)


def _kind(form: Form) -> common_types.WorkKind.ValueType:
    chosen = form.text("kind")
    known = chosen in dict(_KINDS) and chosen
    return common_types.WorkKind.Value(f"WORK_KIND_{chosen if known else 'UNSPECIFIED'}")


def _request(form: Form, language: Language) -> broker_pb2.CreateProjectRequest:
    """What the form asks for; what cannot be read is said in the form."""
    currency = form.text("currency")
    try:
        pay = parse_price(form.text("pay"), currency)
    except AmountMalformed:
        pay = common_types.Money(currency=currency)
        form.errors["pay"] = language.translate("That is not an amount. Write it as 12.50.")
    return broker_pb2.CreateProjectRequest(
        request_id=form.request_id,
        name=form.text("name"),
        instructions=form.text("instructions"),
        label_config=form.text("label_config"),
        kind=_kind(form),
        pay=pay,
        commission_bps_max=round(
            typed_number(form, "commission_percent", language, most=100) * 100
        ),
        overlap=round(typed_number(form, "overlap", language, most=1000, is_whole=True)),
        lease_seconds=round(typed_number(form, "lease_minutes", language, most=1440) * 60),
        expected_seconds=typed_number(form, "expected_seconds", language, most=86_400),
        eligibility=broker_types.Eligibility(
            countries=[word.upper() for word in form.words("countries")],
            regions=[word.upper() for word in form.words("regions")],
            languages=form.words("languages"),
            skills=form.words("skills"),
            exclude_direct=form.is_on("exclude_direct"),
        ),
        quality_policy=broker_types.QualityPolicy(
            reject_below=_REJECT_BELOW,
            review_share=typed_number(form, "review_percent", language, most=100) / 100,
            review_disputed=form.is_on("review_disputed"),
        ),
    )
