"""Pay calendars: whose pay is stated when, and on which working day it is paid."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.payouts.v1 import types_pb2 as payouts_types
from services.chassis.errors import DomainError
from services.gateway.web.forms import Form
from services.gateway.web.numbers_typed import typed_number
from services.gateway.web.site import Site
from services.gateway.web.states import state_named
from services.gateway.web.visits import visit_of

# There are no more of them.
CALENDARS_MAX = 50
BUSINESS_DAYS_MAX = 30
_CADENCE = "PAY_CADENCE_"
_CADENCES = tuple(name.removeprefix(_CADENCE) for name in payouts_types.PayCadence.keys()[1:])
_FIELDS = (
    "pay_calendar_id",
    "cadence",
    "anchor_date",
    "time_zone",
    "pay_after_business_days",
    "holidays_country",
    "countries",
    "payee_ids",
)
_AT = "/operator/calendars"


class CalendarPages:
    """The list, the form for a new one or a change, and retiring one."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("OPERATOR", prefix=_AT)
        router.add_api_route("", self.show_all, methods=["GET"])
        router.add_api_route("", self.put, methods=["POST"])
        router.add_api_route("/new", self.new, methods=["GET"])
        router.add_api_route("/{pay_calendar_id}", self.show, methods=["GET"])
        router.add_api_route("/{pay_calendar_id}/retire", self.retire, methods=["POST"])
        return router

    async def show_all(self, request: Request) -> Response:
        """Every calendar with what comes next by it."""
        found = await self._list(request)
        return self._site.pages.render(request, "operator/calendars.html", calendars=found)

    async def new(self, request: Request) -> Response:
        """The form for one more."""
        return self._form(request, Form.of({"pay_after_business_days": "2"}))

    async def show(self, request: Request, pay_calendar_id: str) -> Response:
        """The form, filled in with the calendar of this name."""
        for one in await self._list(request):
            if one.pay_calendar_id == pay_calendar_id:
                return self._form(request, _filled(one), known=one)
        raise HTTPException(HTTPStatus.NOT_FOUND, "no such pay calendar")

    async def put(self, request: Request) -> Response:
        """Makes a calendar, or puts it in its namesake's place."""
        visit = visit_of(request)
        form = visit.form
        days = typed_number(
            form, "pay_after_business_days", visit.language, most=BUSINESS_DAYS_MAX, is_whole=True
        )
        cadence = form.text("cadence")
        if form.is_good:
            try:
                await self._site.ask(
                    request,
                    self._site.peers.payouts.PutPayCalendar,
                    payouts_pb2.PutPayCalendarRequest(
                        request_id=form.request_id,
                        pay_calendar=payouts_types.PayCalendar(
                            pay_calendar_id=form.text("pay_calendar_id"),
                            cadence=_cadence(cadence),
                            anchor_date=form.text("anchor_date"),
                            time_zone=form.text("time_zone"),
                            pay_after_business_days=int(days),
                            holidays_country=form.text("holidays_country").upper(),
                            countries=[one.upper() for one in form.words("countries")],
                            payee_ids=form.words("payee_ids"),
                        ),
                    ),
                )
            except DomainError as err:
                form.refuse(
                    err, visit.language, fields={f"pay_calendar.{name}": name for name in _FIELDS}
                )
        if not form.is_good:
            return self._form(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        said = visit.language.translate(
            "The calendar %(name)s holds from now on.", name=form.text("pay_calendar_id")
        )
        return self._site.pages.redirect(request, _AT, said=said)

    async def retire(self, request: Request, pay_calendar_id: str) -> Response:
        """Takes a calendar away."""
        visit = visit_of(request)
        await self._site.ask(
            request,
            self._site.peers.payouts.RetirePayCalendar,
            payouts_pb2.RetirePayCalendarRequest(
                request_id=visit.form.request_id, pay_calendar_id=pay_calendar_id
            ),
        )
        said = visit.language.translate(
            "The calendar is retired. Its payees fall under another one, or under none."
        )
        return self._site.pages.redirect(request, _AT, said=said)

    async def _list(self, request: Request) -> Any:
        found = await self._site.ask(
            request,
            self._site.peers.payouts.ListPayCalendars,
            payouts_pb2.ListPayCalendarsRequest(page_size=CALENDARS_MAX),
        )
        return found.pay_calendars

    def _form(
        self,
        request: Request,
        form: Form,
        *,
        known: payouts_types.PayCalendar | None = None,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        return self._site.pages.render(
            request,
            "operator/calendar.html",
            status=status,
            form=form,
            known=known,
            cadences=[
                (name, visit_of(request).language.gettext(state_named(_CADENCE + name).label))
                for name in _CADENCES
            ],
        )


def _cadence(name: str) -> payouts_types.PayCadence.ValueType:
    """What is none of them is refused by the service, as a field."""
    if name not in _CADENCES:
        return payouts_types.PAY_CADENCE_UNSPECIFIED
    return payouts_types.PayCadence.Value(_CADENCE + name)


def _filled(calendar: payouts_types.PayCalendar) -> Form:
    return Form.of(
        {
            "pay_calendar_id": calendar.pay_calendar_id,
            "cadence": payouts_types.PayCadence.Name(calendar.cadence).removeprefix(_CADENCE),
            "anchor_date": calendar.anchor_date,
            "time_zone": calendar.time_zone,
            "pay_after_business_days": str(calendar.pay_after_business_days),
            "holidays_country": calendar.holidays_country,
            "countries": ", ".join(calendar.countries),
            "payee_ids": "\n".join(calendar.payee_ids),
        }
    )
