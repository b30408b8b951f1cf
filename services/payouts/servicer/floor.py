"""PayoutsService, fair pay: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.payouts.v1 import floors_pb2 as pb
from services.chassis.authentication import current_principal
from services.chassis.paging import page_position, page_size, page_token
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.errors import CurrencyUnsupported
from services.payouts.domain.fairness.fair_pay import Verdict, hourly_units
from services.payouts.domain.ledger.money import minor_exponent
from services.payouts.parts.floor import FloorParts
from services.payouts.usecases.fairness.price_checks import PriceChecks
from services.payouts.wire import floor as wire
from services.payouts.wire.ledger import money_of, naming_fields, units_message

Context = grpc.aio.ServicerContext[Any, Any]


class FloorServicer:
    """Floors, rates, price checks, floor tests; see protos/crewline/payouts/v1/floors.proto."""

    def __init__(
        self, *, transactions: Transactions, floors: FloorParts, prices: PriceChecks
    ) -> None:
        self._floor_transactions = transactions
        self._floor_tables = floors.tables
        self._floor_inspection = floors.inspection
        self._pass_throughs = floors.pass_throughs
        self._prices = prices

    async def ImportFloors(
        self, request: pb.ImportFloorsRequest, context: Context
    ) -> pb.ImportFloorsResponse:
        principal = current_principal()
        rows = [wire.floor_row(row) for row in request.rows]

        async def body(work: UnitOfWork) -> pb.ImportFloorsResponse:
            found = await self._floor_tables.import_floors(work, principal, rows)
            return pb.ImportFloorsResponse(
                added=found.added,
                known=found.known,
                problems=wire.problem_messages(found.problems),
            )

        return await self._floor_transactions.run_once(
            caller=principal.organisation_id,
            method="ImportFloors",
            request_id=request.request_id,
            request=request,
            response_type=pb.ImportFloorsResponse,
            body=body,
        )

    async def ImportRates(
        self, request: pb.ImportRatesRequest, context: Context
    ) -> pb.ImportRatesResponse:
        principal = current_principal()
        rows = [wire.rate_row(row) for row in request.rows]

        async def body(work: UnitOfWork) -> pb.ImportRatesResponse:
            found = await self._floor_tables.import_rates(work, principal, rows)
            return pb.ImportRatesResponse(
                added=found.added,
                known=found.known,
                problems=wire.problem_messages(found.problems),
            )

        return await self._floor_transactions.run_once(
            caller=principal.organisation_id,
            method="ImportRates",
            request_id=request.request_id,
            request=request,
            response_type=pb.ImportRatesResponse,
            body=body,
        )

    async def ListFloors(
        self, request: pb.ListFloorsRequest, context: Context
    ) -> pb.ListFloorsResponse:
        scope = f"floors:{request.country}"
        size = page_size(request.page_size)
        found = await self._floor_tables.floors(
            country=request.country,
            after=page_position(request.page_token, scope=scope),
            limit=size + 1,
        )
        more = page_token(found[size - 1][0].floor_id, scope=scope) if len(found) > size else ""
        return pb.ListFloorsResponse(
            floors=[
                wire.floor_message(floor, is_fresh=fresh, for_operator=_is_operator())
                for floor, fresh in found[:size]
            ],
            next_page_token=more,
        )

    async def ListRates(
        self, request: pb.ListRatesRequest, context: Context
    ) -> pb.ListRatesResponse:
        size = page_size(request.page_size)
        found = await self._floor_tables.rates(
            after=page_position(request.page_token, scope="rates"), limit=size + 1
        )
        more = page_token(found[size - 1][0].rate_id, scope="rates") if len(found) > size else ""
        return pb.ListRatesResponse(
            rates=[
                wire.rate_message(rate, is_fresh=fresh, for_operator=_is_operator())
                for rate, fresh in found[:size]
            ],
            next_page_token=more,
        )

    async def GetFloorsCheck(
        self, request: pb.GetFloorsCheckRequest, context: Context
    ) -> pb.GetFloorsCheckResponse:
        found = await self._floor_tables.lacks()
        return pb.GetFloorsCheckResponse(lacks=[wire.lack_message(lack) for lack in found])

    async def GetPriceCheck(
        self, request: pb.GetPriceCheckRequest, context: Context
    ) -> pb.GetPriceCheckResponse:
        currency = request.currency
        try:
            minor_exponent(currency)
        except CurrencyUnsupported as err:
            err.metadata.setdefault("field", "currency")
            raise
        lines = await self._prices.of_price(
            pay_units=request.pay_units,
            currency=currency,
            milliseconds=round(request.expected_seconds * 1000),
            countries=request.countries,
            regions=request.regions,
        )
        return pb.GetPriceCheckResponse(
            lines=[wire.price_line_message(line, currency) for line in lines],
            passes=all(line.verdict is Verdict.PASSES for line in lines),
        )

    async def GetProjectPay(
        self, request: pb.GetProjectPayRequest, context: Context
    ) -> pb.GetProjectPayResponse:
        found = await self._prices.of_project(current_principal(), request.project_id)
        project, pace = found.project, found.pace
        response = pb.GetProjectPayResponse(
            answers=pace.answers,
            median_seconds=pace.median_milliseconds / 1000,
            slow_seconds=pace.slow_milliseconds / 1000,
            judged_seconds=found.judged_milliseconds / 1000,
            is_measured=found.is_measured,
            lines=[wire.price_line_message(line, project.currency) for line in found.lines],
            passes=all(line.verdict is Verdict.PASSES for line in found.lines),
        )
        if pace.median_milliseconds:
            units = hourly_units(project.pay_units, pace.median_milliseconds)
            response.median_hourly.CopyFrom(units_message(units, project.currency))
        return response

    async def ListFloorTests(
        self, request: pb.ListFloorTestsRequest, context: Context
    ) -> pb.ListFloorTestsResponse:
        principal = current_principal()
        scope = (
            f"floor_tests:{principal.subject_id}:{request.pay_period_id}:{request.contractor_id}"
            f":{request.shortfalls_only}"
        )
        size = page_size(request.page_size)
        found = await self._floor_inspection.page(
            principal,
            contractor_id=request.contractor_id,
            period_id=request.pay_period_id,
            shortfalls_only=request.shortfalls_only,
            after=page_position(request.page_token, scope=scope),
            limit=size + 1,
        )
        more = page_token(found[size - 1].test_id, scope=scope) if len(found) > size else ""
        return pb.ListFloorTestsResponse(
            floor_tests=[
                wire.test_message(test, shows_money_of_clients=_is_operator())
                for test in found[:size]
            ],
            next_page_token=more,
        )

    async def RecordPassThrough(
        self, request: pb.RecordPassThroughRequest, context: Context
    ) -> pb.RecordPassThroughResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> pb.RecordPassThroughResponse:
            with naming_fields(amount="amount", account="contractor_id"):
                one = await self._pass_throughs.record(
                    work,
                    principal,
                    contractor_id=request.contractor_id,
                    amount=money_of(request.amount),
                    pay_date=request.pay_date,
                    reference=request.reference,
                )
            return pb.RecordPassThroughResponse(pass_through=wire.pass_through_message(one))

        return await self._floor_transactions.run_once(
            caller=principal.organisation_id,
            method="RecordPassThrough",
            request_id=request.request_id,
            request=request,
            response_type=pb.RecordPassThroughResponse,
            body=body,
        )

    async def AnswerPassThrough(
        self, request: pb.AnswerPassThroughRequest, context: Context
    ) -> pb.AnswerPassThroughResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> pb.AnswerPassThroughResponse:
            one = await self._pass_throughs.answer(
                work,
                principal,
                request.pass_through_id,
                received=request.received,
                reason=request.reason,
            )
            return pb.AnswerPassThroughResponse(pass_through=wire.pass_through_message(one))

        return await self._floor_transactions.run_once(
            caller=principal.subject_id,
            method="AnswerPassThrough",
            request_id=request.request_id,
            request=request,
            response_type=pb.AnswerPassThroughResponse,
            body=body,
        )

    async def WithdrawPassThrough(
        self, request: pb.WithdrawPassThroughRequest, context: Context
    ) -> pb.WithdrawPassThroughResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> pb.WithdrawPassThroughResponse:
            one = await self._pass_throughs.withdraw(
                work, principal, request.pass_through_id, reason=request.reason
            )
            return pb.WithdrawPassThroughResponse(pass_through=wire.pass_through_message(one))

        return await self._floor_transactions.run_once(
            caller=principal.organisation_id,
            method="WithdrawPassThrough",
            request_id=request.request_id,
            request=request,
            response_type=pb.WithdrawPassThroughResponse,
            body=body,
        )

    async def ListPassThroughs(
        self, request: pb.ListPassThroughsRequest, context: Context
    ) -> pb.ListPassThroughsResponse:
        principal = current_principal()
        scope = f"pass_throughs:{principal.subject_id}:{request.contractor_id}"
        size = page_size(request.page_size)
        found = await self._pass_throughs.page(
            principal,
            contractor_id=request.contractor_id,
            after=page_position(request.page_token, scope=scope),
            limit=size + 1,
        )
        more = page_token(found[size - 1].pass_through_id, scope=scope) if len(found) > size else ""
        return pb.ListPassThroughsResponse(
            pass_throughs=[wire.pass_through_message(one) for one in found[:size]],
            next_page_token=more,
        )

    async def ListPassThroughBalances(
        self, request: pb.ListPassThroughBalancesRequest, context: Context
    ) -> pb.ListPassThroughBalancesResponse:
        principal = current_principal()
        scope = f"pass_through_balances:{principal.organisation_id}:{request.vendor_id}"
        size = page_size(request.page_size)
        found = await self._pass_throughs.balances(
            principal,
            vendor_id=request.vendor_id,
            after=page_position(request.page_token, scope=scope),
            limit=size + 1,
        )
        more = page_token(found[size - 1][0], scope=scope) if len(found) > size else ""
        return pb.ListPassThroughBalancesResponse(
            balances=[wire.balance_message(balance) for _, balance in found[:size]],
            next_page_token=more,
        )


def _is_operator() -> bool:
    return "OPERATOR" in current_principal().roles
