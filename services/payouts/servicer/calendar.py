"""PayoutsService, the calendars' part: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from datetime import date
from typing import Any

import grpc

from crewline.payouts.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.paging import page_position, page_size, page_token
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.statements.pay_calendars import (
    Cadence,
    PayCalendar,
    PayCalendarInvalid,
)
from services.payouts.parts.calendar import CalendarParts
from services.payouts.usecases.statements.pay_calendars import NextDates
from services.payouts.usecases.statements.statement_papers import PaperFormat
from services.payouts.wire import ledger as wire
from services.payouts.wire.unpaid import unpaid_message

Context = grpc.aio.ServicerContext[Any, Any]

_PREFIX = "PAY_CADENCE_"
_CALENDARS = "pay_calendars"


class CalendarServicer:
    """Pay calendars and what comes next; see protos/crewline/payouts/v1/service.proto."""

    def __init__(self, *, transactions: Transactions, parts: CalendarParts) -> None:
        self._calendar_transactions = transactions
        self._calendars = parts.calendars
        self._papers = parts.papers

    async def PutPayCalendar(
        self, request: service_pb2.PutPayCalendarRequest, context: Context
    ) -> service_pb2.PutPayCalendarResponse:
        calendar = _calendar(request.pay_calendar)

        async def body(work: UnitOfWork) -> service_pb2.PutPayCalendarResponse:
            await self._calendars.put(work, calendar)
            return service_pb2.PutPayCalendarResponse(pay_calendar=_message(calendar))

        return await self._calendar_transactions.run_once(
            caller=current_principal().organisation_id,
            method="PutPayCalendar",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.PutPayCalendarResponse,
            body=body,
        )

    async def RetirePayCalendar(
        self, request: service_pb2.RetirePayCalendarRequest, context: Context
    ) -> service_pb2.RetirePayCalendarResponse:
        async def body(work: UnitOfWork) -> service_pb2.RetirePayCalendarResponse:
            await self._calendars.retire(work, request.pay_calendar_id)
            return service_pb2.RetirePayCalendarResponse()

        return await self._calendar_transactions.run_once(
            caller=current_principal().organisation_id,
            method="RetirePayCalendar",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.RetirePayCalendarResponse,
            body=body,
        )

    async def ListPayCalendars(
        self, request: service_pb2.ListPayCalendarsRequest, context: Context
    ) -> service_pb2.ListPayCalendarsResponse:
        after = page_position(request.page_token, scope=_CALENDARS)
        size = page_size(request.page_size)
        listed = (await self._calendars.list()).calendars
        found = [calendar for calendar in listed if calendar.calendar_id > after]
        page = found[:size]
        more = page_token(page[-1].calendar_id, scope=_CALENDARS) if len(found) > size else ""
        return service_pb2.ListPayCalendarsResponse(
            pay_calendars=[
                _message(calendar, following=self._calendars.next_of(calendar)) for calendar in page
            ],
            next_page_token=more,
        )

    async def GetPaySchedule(
        self, request: service_pb2.GetPayScheduleRequest, context: Context
    ) -> service_pb2.GetPayScheduleResponse:
        found = await self._calendars.schedule(current_principal())
        message = service_pb2.GetPayScheduleResponse(
            carried=[
                types_pb2.CarriedOver(
                    pay_period_id=found.carried_period_id,
                    amount=wire.units_message(carry.total_units, carry.currency),
                    minimum_minor=carry.minimum_minor,
                    reason=unpaid_message(carry.reason.name, next_look_at=found.next_end),
                )
                for carry in found.carried
            ]
        )
        if found.calendar is not None and found.next_end is not None:
            message.pay_calendar_id = found.calendar.calendar_id
            message.cadence = types_pb2.PayCadence.Value(_PREFIX + found.calendar.cadence.value)
            message.next_statement_time.CopyFrom(timestamp(found.next_end))
        if found.next_pay_day is not None:
            message.next_pay_date = found.next_pay_day.isoformat()
        return message

    async def GetStatementDocument(
        self, request: service_pb2.GetStatementDocumentRequest, context: Context
    ) -> service_pb2.GetStatementDocumentResponse:
        name = service_pb2.StatementFormat.Name(request.format)
        paper = await self._papers.get(
            current_principal(),
            request.statement_id,
            form=PaperFormat(name.removeprefix("STATEMENT_FORMAT_").lower()),
            language=request.language,
            offset=request.offset,
        )
        return service_pb2.GetStatementDocumentResponse(
            content=paper.content,
            next_offset=paper.next_offset,
            media_type=paper.media_type,
            filename=paper.filename,
            document_hash=paper.document_hash,
        )


def _calendar(message: types_pb2.PayCalendar) -> PayCalendar:
    """Errors: PayCalendarInvalid."""
    try:
        anchor = date.fromisoformat(message.anchor_date)
    except ValueError:
        raise PayCalendarInvalid(
            f"{message.anchor_date} is no day", field="anchor_date", rule="anchor_date.day"
        ) from None
    return PayCalendar(
        calendar_id=message.pay_calendar_id,
        cadence=Cadence(types_pb2.PayCadence.Name(message.cadence).removeprefix(_PREFIX)),
        anchor=anchor,
        zone=message.time_zone,
        pay_after_business_days=message.pay_after_business_days,
        holidays_country=message.holidays_country,
        countries=frozenset(message.countries),
        payee_ids=frozenset(message.payee_ids),
    )


def _message(calendar: PayCalendar, *, following: NextDates | None = None) -> types_pb2.PayCalendar:
    message = types_pb2.PayCalendar(
        pay_calendar_id=calendar.calendar_id,
        cadence=types_pb2.PayCadence.Value(_PREFIX + calendar.cadence.value),
        anchor_date=calendar.anchor.isoformat(),
        time_zone=calendar.zone,
        pay_after_business_days=calendar.pay_after_business_days,
        holidays_country=calendar.holidays_country,
        countries=sorted(calendar.countries),
        payee_ids=sorted(calendar.payee_ids),
    )
    if following is not None:
        message.next_statement_time.CopyFrom(timestamp(following.end))
        message.next_pay_date = following.pay_day.isoformat() if following.pay_day else ""
    return message
