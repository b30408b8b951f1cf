"""Pay periods from open to paid, and whether the books are right."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.chassis.errors import DomainError
from services.gateway.callers import Caller
from services.gateway.web.formats import AmountMalformed, parse_amount
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

PAGE_SIZE = 25
# Of a thousand statements each: whoever has more is told, and presses again.
_PARTS_MAX = 100
# What the minimum is written in: its minor units count, whatever the statement's currency.
_MINIMUM_IN = "USD"


class MoneyPages:
    """Periods and books."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("OPERATOR", prefix="/operator")
        router.add_api_route("/periods", self.periods, methods=["GET"])
        router.add_api_route("/periods", self.close, methods=["POST"])
        router.add_api_route("/periods/live", self.live, methods=["GET"])
        router.add_api_route("/periods/{pay_period_id}/pay", self.pay, methods=["POST"])
        router.add_api_route("/books", self.books, methods=["GET"])
        return router

    async def periods(self, request: Request, page: str = "") -> Response:
        """Newest first, with how many statements are paid."""
        return await self._periods(request, page=page)

    async def live(self, request: Request) -> Response:
        """The first page of the list, as it changes."""

        async def read(caller: Caller) -> Mapping[str, str]:
            found = await self._list(caller, "")
            return {
                "periods": self._site.pages.fragment(
                    request, "operator/parts/periods.html", periods=found.pay_periods
                )
            }

        return await self._site.live.answer(request, read)

    async def close(self, request: Request) -> Response:
        """Everything accrued until now goes on statements."""
        visit = visit_of(request)
        form = visit.form
        try:
            minimum = parse_amount(form.text("minimum", "0") or "0", _MINIMUM_IN)
        except AmountMalformed:
            form.errors["minimum"] = visit.language.translate(
                "That is not an amount. Write it as 12.50."
            )
            return await self._periods(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            await self._site.ask(
                request,
                self._site.peers.payouts.ClosePayPeriod,
                payouts_pb2.ClosePayPeriodRequest(
                    request_id=form.request_id, minimum_minor=minimum
                ),
            )
        except DomainError as err:
            form.refuse(err, visit.language)
            return await self._periods(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        said = visit.language.translate("The pay period is closed; its statements are being made.")
        return self._site.pages.redirect(request, "/operator/periods", said=said)

    async def pay(self, request: Request, pay_period_id: str) -> Response:
        """Issues what is not paid yet."""
        visit = visit_of(request)
        ordered, remaining, resume_after = 0, 0, ""
        first = uuid.UUID(visit.form.request_id)
        for part in range(_PARTS_MAX):
            answer = await self._site.ask(
                request,
                self._site.peers.payouts.PayStatements,
                payouts_pb2.PayStatementsRequest(
                    # Sent again, the form is the same requests again.
                    request_id=str(uuid.uuid5(first, str(part)) if part else first),
                    pay_period_id=pay_period_id,
                    resume_after=resume_after,
                ),
            )
            ordered += answer.instructions
            remaining, resume_after = answer.remaining, answer.resume_after
            if not resume_after:
                break
        said = visit.language.ngettext(
            "%(num)s payment is on its way.",
            "%(num)s payments are on their way.",
            ordered,
        ) % {"num": ordered}
        if resume_after:
            rest = visit.language.ngettext(
                "%(num)s statement was not looked at yet: pay again.",
                "%(num)s statements were not looked at yet: pay again.",
                remaining,
            ) % {"num": remaining}
            said = f"{said} {rest}"
        return self._site.pages.redirect(request, "/operator/periods", said=said)

    async def books(self, request: Request) -> Response:
        """The trial balance, and the ledger's money beside the provider's."""
        payouts = self._site.peers.payouts
        balance, reconciliation, check = await asyncio.gather(
            self._site.ask(request, payouts.GetTrialBalance, payouts_pb2.GetTrialBalanceRequest()),
            self._site.ask(
                request, payouts.GetReconciliation, payouts_pb2.GetReconciliationRequest()
            ),
            self._site.ask(request, payouts.GetBooksCheck, payouts_pb2.GetBooksCheckRequest()),
        )
        return self._site.pages.render(
            request,
            "operator/books.html",
            balance=balance,
            reconciliation=reconciliation,
            findings=check.findings,
            balances=all(total.amount_minor == 0 for total in balance.totals),
            reconciles=all(
                line.ledger_platform_minor == line.provider_platform_minor
                and not line.provider_unknown
                for line in reconciliation.lines
                if line.has_provider or line.provider_unknown
            ),
        )

    async def _periods(
        self, request: Request, *, page: str = "", status: int = HTTPStatus.OK
    ) -> Response:
        found = await self._list(visit_of(request).signed_in, page)
        return self._site.pages.render(
            request,
            "operator/periods.html",
            status=status,
            periods=found.pay_periods,
            next_page=found.next_page_token,
            is_first=not page,
            currency=_MINIMUM_IN,
        )

    async def _list(self, caller: Caller, page: str) -> Any:
        return await self._site.peers.call(
            self._site.peers.payouts.ListPayPeriods,
            payouts_pb2.ListPayPeriodsRequest(page_size=PAGE_SIZE, page_token=page),
            caller=caller,
        )
